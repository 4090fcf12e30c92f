using System.Collections.Immutable;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.Governance.Authorisation;

/// <summary>
/// All roles and bindings at one moment, by whom they concern: a question looks at the grants of one user and its groups and at no others.
/// A change makes another snapshot that shares all else with this one.
/// </summary>
internal sealed record AccessSnapshot
{
    private static readonly AccessDecision Denied = AccessDecision.Deny("");

    public static AccessSnapshot Empty { get; } = new();

    private ImmutableDictionary<RoleKey, CompiledRole> Roles { get; init; } = ImmutableDictionary<RoleKey, CompiledRole>.Empty;

    private ImmutableDictionary<RoleKey, IRoleBinding> Bindings { get; init; } = ImmutableDictionary<RoleKey, IRoleBinding>.Empty;

    private ImmutableDictionary<SubjectKey, ImmutableArray<Grant>> Grants { get; init; } =
        ImmutableDictionary<SubjectKey, ImmutableArray<Grant>>.Empty;

    public IEnumerable<ClusterRole> ClusterRoles => Roles.Values.Select(static role => role.Source).OfType<ClusterRole>();

    public AccessSnapshot With(IResource resource) => resource switch
    {
        Role role => this with { Roles = Roles.SetItem(Key(role), new CompiledRole(role, role.Rules)) },
        ClusterRole role => this with { Roles = Roles.SetItem(Key(role), new CompiledRole(role, role.Rules)) },
        IRoleBinding binding => Without(binding).Add(binding),
        _ => this,
    };

    public AccessSnapshot Without(IResource resource) => resource switch
    {
        Role or ClusterRole => this with { Roles = Roles.Remove(Key(resource)) },
        IRoleBinding => Remove(Key(resource)),
        _ => this,
    };

    /// <summary>Decides about a request (k8s.io/kubernetes, plugin/pkg/auth/authorizer/rbac).</summary>
    public AccessDecision Decide(AccessRequest request)
    {
        string resource = request.Subresource.Length == 0 ? request.Resource : $"{request.Resource}/{request.Subresource}";
        List<RoleKey>? missing = null;
        if (Find("", request, resource, ref missing) is { } everywhere) return everywhere.Allowed;
        bool within = request.IsResource && request.Namespace.Length > 0;
        if (within && Find(request.Namespace, request, resource, ref missing) is { } here) return here.Allowed;
        return missing is null ? Denied : AccessDecision.Deny("RBAC: " + Aggregate(Errors(missing)));
    }

    /// <summary>All rules of a user in a namespace, in the order of the bindings that give them.</summary>
    public AccessGrants GrantsOf(UserInfo user, string @namespace)
    {
        var rules = new List<PolicyRule>();
        var missing = new List<RoleKey>();
        foreach (string scope in @namespace.Length == 0 ? (string[])[""] : ["", @namespace])
        {
            // Each binding counts once, also for a user that is several of its subjects.
            IEnumerable<Grant> grants = GrantsIn(scope, user)
                .DistinctBy(static grant => grant.Binding)
                .OrderBy(static grant => grant.Binding, StringComparer.Ordinal);
            foreach (Grant grant in grants)
            {
                if (Roles.TryGetValue(grant.Role, out CompiledRole? role)) rules.AddRange(role.Rules.Select(static rule => rule.Rule));
                else missing.Add(grant.Role);
            }
        }

        return new AccessGrants(rules, [.. Errors(missing)]);
    }

    public IReadOnlyList<PolicyRule>? RulesOf(RoleRef role, string @namespace) =>
        Roles.TryGetValue(RoleKey.Of(role, @namespace), out CompiledRole? found)
            ? [.. found.Rules.Select(static rule => rule.Rule)]
            : null;

    private Grant? Find(string scope, AccessRequest request, string resource, ref List<RoleKey>? missing)
    {
        var user = new SubjectKey(scope, IsGroup: false, request.User.Name);
        if (FindFor(user, request, resource, ref missing) is { } own) return own;
        IReadOnlyList<string> groups = request.User.Groups;
        for (int i = 0; i < groups.Count; i++)
        {
            var group = new SubjectKey(scope, IsGroup: true, groups[i]);
            if (FindFor(group, request, resource, ref missing) is { } shared) return shared;
        }

        return null;
    }

    private Grant? FindFor(SubjectKey subject, AccessRequest request, string resource, ref List<RoleKey>? missing)
    {
        if (!Grants.TryGetValue(subject, out ImmutableArray<Grant> grants)) return null;
        foreach (Grant grant in grants)
        {
            if (!Roles.TryGetValue(grant.Role, out CompiledRole? role)) (missing ??= []).Add(grant.Role);
            else if (role.Allows(request, resource)) return grant;
        }

        return null;
    }

    private IEnumerable<Grant> GrantsIn(string scope, UserInfo user) => user.Groups
        .Select(group => new SubjectKey(scope, IsGroup: true, group))
        .Prepend(new SubjectKey(scope, IsGroup: false, user.Name))
        .SelectMany(subject => Grants.GetValueOrDefault(subject, []));

    private AccessSnapshot Add(IRoleBinding binding)
    {
        ImmutableDictionary<SubjectKey, ImmutableArray<Grant>>.Builder grants = Grants.ToBuilder();
        foreach ((SubjectKey subject, Grant grant) in Grant.Of(binding))
        {
            grants[subject] = grants.TryGetValue(subject, out ImmutableArray<Grant> before) ? before.Add(grant) : [grant];
        }

        return this with { Bindings = Bindings.SetItem(Key(binding), binding), Grants = grants.ToImmutable() };
    }

    private AccessSnapshot Remove(RoleKey key)
    {
        if (!Bindings.TryGetValue(key, out IRoleBinding? binding)) return this;
        ImmutableDictionary<SubjectKey, ImmutableArray<Grant>>.Builder grants = Grants.ToBuilder();
        foreach (SubjectKey subject in Grant.Of(binding).Select(static entry => entry.Subject).Distinct())
        {
            ImmutableArray<Grant> left = grants[subject].RemoveAll(grant => grant.Binding == key.Name);
            if (left.IsEmpty) grants.Remove(subject);
            else grants[subject] = left;
        }

        return this with { Bindings = Bindings.Remove(key), Grants = grants.ToImmutable() };
    }

    private static RoleKey Key(IResource resource) => new(resource.Metadata.Namespace ?? "", resource.Metadata.Name);

    private static IEnumerable<string> Errors(IEnumerable<RoleKey> missing) =>
        missing.Distinct().Select(static role => $"{role} not found");

    /// <summary>Errors as Go's client libraries join them.</summary>
    private static string Aggregate(IEnumerable<string> errors)
    {
        string[] all = [.. errors];
        return all.Length == 1 ? all[0] : $"[{string.Join(", ", all)}]";
    }

    private sealed class CompiledRole(IResource source, IReadOnlyList<PolicyRule>? rules)
    {
        public IResource Source => source;

        public CompiledRule[] Rules { get; } = [.. (rules ?? []).Select(static rule => new CompiledRule(rule))];

        public bool Allows(AccessRequest request, string resource)
        {
            foreach (CompiledRule rule in Rules)
            {
                if (rule.Allows(request, resource)) return true;
            }

            return false;
        }
    }
}
