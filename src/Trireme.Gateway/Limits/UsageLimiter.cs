using System.Collections.Frozen;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Limits;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Routing;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Limits;

/// <summary>
/// What requests have used of the limits of their keys, tenants and services. One lock is over all of them, so that a request takes from
/// each or from none; it is held for as long as a few numbers take to add.
/// </summary>
public sealed class UsageLimiter
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;

    /// <summary>Keys, tenants and services, by kind and name.</summary>
    private readonly Dictionary<(string Kind, string Name), Holder> _holders = [];
    private volatile FrozenDictionary<string, TenantLimits> _tenants = FrozenDictionary<string, TenantLimits>.Empty;

    internal UsageLimiter(TimeProvider time) => _time = time;

    /// <summary>Takes the tenants' policies in force. What was used stays used.</summary>
    public void Update(IEnumerable<TenantPolicy> policies)
    {
        ArgumentNullException.ThrowIfNull(policies);
        _tenants = policies
            .Where(static policy => !policy.Metadata.IsDeleting)
            .ToFrozenDictionary(
                static policy => policy.Metadata.Namespace ?? "",
                static policy => new TenantLimits(policy.Spec.Usage, policy.Spec.UsagePerKey),
                StringComparer.Ordinal);
    }

    /// <summary>Begins a request where its limits have room for it.</summary>
    /// <param name="request">One whose service is known.</param>
    /// <param name="meter">To be ended with the request; null where nothing is limited, or it is denied.</param>
    internal LimitDenial? TryBegin(GatewayRequest request, out UsageMeter? meter)
    {
        meter = null;
        ApiKeyIdentity caller = request.Caller!;
        ServiceRoute service = request.Service!.Route;
        TenantLimits tenant = _tenants.GetValueOrDefault(caller.Namespace, TenantLimits.None);
        UsageSpec ofKey = caller.Usage ?? tenant.PerKey;
        if (ofKey == UsageSpec.Unlimited && tenant.Together == UsageSpec.Unlimited && service.Usage == UsageSpec.Unlimited) return null;
        lock (_lock)
        {
            var scopes = new List<LimitScope>(3);
            Add(scopes, "key", caller.Tenant, ofKey);
            Add(scopes, "service", service.FullName, service.Usage);
            Add(scopes, "tenant", caller.Namespace, tenant.Together);

            // Nobody knows what a prompt has before an engine has counted it, and a guess that is too high would refuse what has room.
            long prompt = request.Route.Generates ? 1 : 0;
            LimitDenial? denial = RequestMeter.TryBegin([.. scopes], prompt, service.Prices, Now(), out RequestMeter? begun);
            if (begun is not null) meter = new UsageMeter(this, begun, countsTokens: scopes.Exists(static scope => scope.CountsTokens));
            return denial;
        }
    }

    /// <summary>Does something with a meter, while nothing else is done with any.</summary>
    internal LimitDenial? With(RequestMeter meter, Func<RequestMeter, LimitTime, LimitDenial?> act)
    {
        lock (_lock) return act(meter, Now());
    }

    private LimitTime Now() => new(_time.GetSteadyTime(), _time.GetUtcNow());

    private void Add(List<LimitScope> scopes, string kind, string name, UsageSpec limits)
    {
        if (limits == UsageSpec.Unlimited) return;
        if (!_holders.TryGetValue((kind, name), out Holder? holder))
        {
            _holders.Add((kind, name), holder = new Holder(new LimitScope(kind, name)));
        }

        if (holder.Limits != limits)
        {
            holder.Scope.Limit(UsageLimits.From(limits));
            holder.Limits = limits;
        }

        scopes.Add(holder.Scope);
    }

    /// <summary>A holder of limits, and those that hold now.</summary>
    private sealed class Holder(LimitScope scope)
    {
        public LimitScope Scope { get; } = scope;

        public UsageSpec? Limits { get; set; }
    }

    /// <param name="Together">Of all the tenant's keys.</param>
    /// <param name="PerKey">Of each that has none of its own.</param>
    private sealed record TenantLimits(UsageSpec Together, UsageSpec PerKey)
    {
        public static TenantLimits None { get; } = new(UsageSpec.Unlimited, UsageSpec.Unlimited);
    }
}
