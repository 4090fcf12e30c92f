using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Governance.ApiKeys;

namespace Trireme.Governance.Authorisation;

/// <summary>
/// Kubernetes' role-based access control over the roles and bindings it is told of. Besides them, the group system:masters may do
/// everything, and an API key may use the services of its namespace, as the gateway lets it.
/// </summary>
public sealed class RbacPolicy : IAccessPolicy
{
    private const string InferVerb = "infer";
    private const string ModelServices = "modelservices";

    private static readonly AccessDecision Master = AccessDecision.Allow($"the user is in the group {WellKnownGroups.Masters}");
    private static readonly AccessDecision OwnService = AccessDecision.Allow("an API key opens the services of its namespace");

    private readonly Lock _lock = new();
    private volatile AccessSnapshot _snapshot = AccessSnapshot.Empty;

    public IReadOnlyList<IResource> Defaults => DefaultRoles.All;

    public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Decide(request));

    public AccessDecision Decide(AccessRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.User.IsIn(WellKnownGroups.Masters)) return Master;
        return request is { Verb: InferVerb, Resource: ModelServices, Group: TriremeApi.Group, Namespace.Length: > 0 }
            && ApiKeyIdentity.IsKeyOf(request.User, request.Namespace)
                ? OwnService
                : _snapshot.Decide(request);
    }

    public void Put(IResource resource)
    {
        lock (_lock) _snapshot = _snapshot.With(resource);
    }

    public void Remove(IResource resource)
    {
        lock (_lock) _snapshot = _snapshot.Without(resource);
    }

    public AccessGrants GrantsOf(UserInfo user, string @namespace) => _snapshot.GrantsOf(user, @namespace);

    public IReadOnlyList<PolicyRule>? RulesOf(RoleRef role, string @namespace) => _snapshot.RulesOf(role, @namespace);

    public string? Escalation(UserInfo user, string @namespace, IReadOnlyList<PolicyRule> rules)
    {
        ArgumentNullException.ThrowIfNull(user);
        AccessGrants held = _snapshot.GrantsOf(user, @namespace);
        List<PolicyRule> missing = RuleCoverage.Missing(held.Rules, rules);
        if (missing.Count == 0) return null;
        string errors = held.Errors.Count == 0 ? "" : $"; resolution errors: [{string.Join(' ', held.Errors)}]";
        return $"user \"{user.Name}\" (groups={RuleCoverage.Quoted(user.Groups)}) is attempting to grant RBAC permissions not currently "
            + $"held:\n{RuleCoverage.Describe(missing)}{errors}";
    }

    public IReadOnlyList<PolicyRule> Aggregate(ClusterRole role)
    {
        ArgumentNullException.ThrowIfNull(role);
        var gathered = new List<PolicyRule>();
        ClusterRole[] others =
        [
            .. _snapshot.ClusterRoles
                .Where(other => other.Metadata.Name != role.Metadata.Name)
                .OrderBy(static other => other.Metadata.Name, StringComparer.Ordinal),
        ];
        foreach (LabelSelector selector in role.AggregationRule?.ClusterRoleSelectors ?? [])
        {
            IEnumerable<PolicyRule> rules = others.Where(other => selector.Matches(other.Metadata.Labels))
                .SelectMany(static other => other.Rules ?? []);
            foreach (PolicyRule rule in rules)
            {
                if (!gathered.Exists(known => RuleCoverage.AreSame(known, rule))) gathered.Add(rule);
            }
        }

        return gathered;
    }

    public IResource? Reconcile(IResource stored, IResource wanted) => RoleReconciliation.Of(stored, wanted);
}
