using Trireme.Contracts.Resources;

namespace Trireme.Contracts.Identity;

/// <summary>
/// What roles and bindings allow. Who stores them keeps it current: each is put in when it is written and taken out when it is removed,
/// and the next question is answered by it. All of it may be called from any thread.
/// </summary>
public interface IAccessPolicy : IAuthorizer
{
    /// <summary>The ClusterRoles and ClusterRoleBindings there are without anyone's doing.</summary>
    IReadOnlyList<IResource> Defaults { get; }

    /// <summary>Takes a Role, ClusterRole, RoleBinding or ClusterRoleBinding in its present state.</summary>
    void Put(IResource resource);

    /// <summary>Forgets a role or binding.</summary>
    void Remove(IResource resource);

    /// <summary>All that a user may do in a namespace, and outside of namespaces.</summary>
    AccessGrants GrantsOf(UserInfo user, string @namespace);

    /// <summary>What a role gives; null if there is no such role.</summary>
    IReadOnlyList<PolicyRule>? RulesOf(RoleRef role, string @namespace);

    /// <summary>
    /// Why a user may not give these rules to others, in Kubernetes' words: nobody gives what they do not have themselves. Null if the user
    /// has all of them.
    /// </summary>
    string? Escalation(UserInfo user, string @namespace, IReadOnlyList<PolicyRule> rules);

    /// <summary>The rules that the role's selectors gather from the present roles, without repetitions.</summary>
    IReadOnlyList<PolicyRule> Aggregate(ClusterRole role);

    /// <summary>A stored default role or binding with what it lacks put back; null if there is nothing to do.</summary>
    /// <param name="stored">As it is.</param>
    /// <param name="wanted">One of the <see cref="Defaults"/>.</param>
    IResource? Reconcile(IResource stored, IResource wanted);
}

/// <summary>What a user may do.</summary>
/// <param name="Rules">The rules of all roles the user has.</param>
/// <param name="Errors">Roles that are bound to the user and do not exist.</param>
public sealed record AccessGrants(IReadOnlyList<PolicyRule> Rules, IReadOnlyList<string> Errors);
