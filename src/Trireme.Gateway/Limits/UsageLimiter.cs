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
/// each or from none; it is held for as long as a few numbers take to add. What holders have spent is known beside their limits, so that
/// whom nobody asks for any more can be forgotten.
/// </summary>
public sealed class UsageLimiter
{
    private const string Key = "key";
    private const string Service = "service";
    private const string Tenant = "tenant";

    private static readonly TimeSpan ForgetEvery = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly bool _countsAll;

    /// <summary>Keys, tenants and services that have limits, by kind and name.</summary>
    private readonly Dictionary<(string Kind, string Name), Holder> _holders = [];
    private readonly SpentBook _spent = new();
    private volatile FrozenDictionary<string, TenantLimits> _tenants = FrozenDictionary<string, TenantLimits>.Empty;
    private TimeSpan _forgotten;

    /// <param name="time">The time.</param>
    /// <param name="countsAll">Whether requests that nothing limits are counted too, for a ledger.</param>
    internal UsageLimiter(TimeProvider time, bool countsAll)
    {
        _time = time;
        _countsAll = countsAll;
    }

    /// <summary>Over all holders.</summary>
    internal Lock Gate { get; } = new();

    internal LimitTime Now => new(_time.GetSteadyTime(), _time.GetUtcNow());

    /// <summary>Holders of limits that are remembered.</summary>
    internal int Holders
    {
        get
        {
            lock (Gate) return _holders.Count;
        }
    }

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

    /// <summary>Goes on with what was spent before, by this gateway's earlier lives or by other gateways.</summary>
    /// <param name="spent">By whom: a key's name is its namespace and id, a service's its namespace and name.</param>
    /// <param name="utc">The time whose day and month they are of.</param>
    public void Restore(IReadOnlyCollection<SpentBefore> spent, DateTimeOffset utc)
    {
        ArgumentNullException.ThrowIfNull(spent);
        lock (Gate)
        {
            LimitTime at = Now with { Utc = utc };
            foreach (SpentBefore one in spent)
            {
                _spent.Add(one.Kind, one.Name, one.Amount, utc);
                if (_holders.TryGetValue((one.Kind, one.Name), out Holder? holder)) holder.Scope.Add(one.Amount, at);
            }
        }
    }

    /// <summary>Begins a request where its limits have room for it.</summary>
    /// <param name="request">One whose service is known.</param>
    /// <param name="meter">To be ended with the request; null where nothing is counted, or it is denied.</param>
    internal LimitDenial? TryBegin(GatewayRequest request, out UsageMeter? meter)
    {
        meter = null;
        ApiKeyIdentity caller = request.Caller!;
        ServiceRoute service = request.Service!.Route;
        TenantLimits tenant = _tenants.GetValueOrDefault(caller.Namespace, TenantLimits.None);
        UsageSpec ofKey = caller.Usage ?? tenant.PerKey;
        bool isLimited = ofKey != UsageSpec.Unlimited || tenant.Together != UsageSpec.Unlimited || service.Usage != UsageSpec.Unlimited;
        if (!isLimited && !_countsAll) return null;

        // Nobody knows what a prompt has before an engine has counted it, and a guess that is too high would refuse what has room.
        long prompt = request.Route.Generates ? 1 : 0;
        RequestMeter? begun;
        if (!isLimited)
        {
            RequestMeter.TryBegin([], prompt, service.Prices, default, out begun);
            meter = new UsageMeter(this, begun!, caller, service) { CountsTokens = true };
            return null;
        }

        lock (Gate)
        {
            LimitTime now = Now;
            Forget(now);
            var scopes = new List<LimitScope>(3);
            Add(scopes, Key, caller.Tenant, ofKey, now);
            Add(scopes, Service, service.FullName, service.Usage, now);
            Add(scopes, Tenant, caller.Namespace, tenant.Together, now);
            LimitDenial? denial = RequestMeter.TryBegin([.. scopes], prompt, service.Prices, now, out begun);
            if (begun is null) return denial;
            meter = new UsageMeter(this, begun, caller, service)
            {
                IsLimited = true, CountsTokens = _countsAll || scopes.Exists(static scope => scope.CountsTokens),
            };
            return null;
        }
    }

    /// <summary>Notes what an ended request has cost. Only for who holds the gate.</summary>
    internal void Spend(ApiKeyIdentity caller, ServiceRoute service, long cost, LimitTime now)
    {
        var spent = Spent.Now(cost);
        _spent.Add(Key, caller.Tenant, spent, now.Utc);
        _spent.Add(Service, service.FullName, spent, now.Utc);
        _spent.Add(Tenant, caller.Namespace, spent, now.Utc);
    }

    private void Add(List<LimitScope> scopes, string kind, string name, UsageSpec limits, LimitTime now)
    {
        if (limits == UsageSpec.Unlimited) return;
        if (!_holders.TryGetValue((kind, name), out Holder? holder))
        {
            _holders.Add((kind, name), holder = new Holder(new LimitScope(kind, name)));
        }

        if (holder.Limits != limits)
        {
            holder.Scope.Limit(UsageLimits.From(limits));
            holder.Scope.Restore(_spent.Of(kind, name, now.Utc), now);
            holder.Limits = limits;
        }

        scopes.Add(holder.Scope);
    }

    /// <summary>Forgets who has no request and has used nothing within the last minute: what they have spent is in the book.</summary>
    private void Forget(LimitTime now)
    {
        if (now.Steady - _forgotten < ForgetEvery) return;
        _forgotten = now.Steady;
        foreach ((string Kind, string Name) name in _holders.Keys)
        {
            if (_holders[name].Scope.IsIdle(now)) _holders.Remove(name);
        }
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

/// <summary>What somebody spent before.</summary>
/// <param name="Kind">A key, a tenant or a service.</param>
/// <param name="Name">Which one.</param>
/// <param name="Amount">In the day and the month that the time is in.</param>
public sealed record SpentBefore(string Kind, string Name, Spent Amount)
{
    public static SpentBefore ByKey(string name, Spent amount) => new("key", name, amount);

    public static SpentBefore ByService(string name, Spent amount) => new("service", name, amount);

    public static SpentBefore ByTenant(string name, Spent amount) => new("tenant", name, amount);
}
