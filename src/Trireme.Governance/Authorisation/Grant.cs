using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.Governance.Authorisation;

/// <summary>A role that a binding gives one subject.</summary>
internal sealed class Grant
{
    private Grant(string binding, RoleKey role, string why)
    {
        Binding = binding;
        Role = role;
        Allowed = AccessDecision.Allow(why);
    }

    /// <summary>Name of the binding.</summary>
    public string Binding { get; }

    public RoleKey Role { get; }

    /// <summary>The answer to a request that the role allows, with the reason in Kubernetes' words.</summary>
    public AccessDecision Allowed { get; }

    /// <summary>The grants of a binding by whom they are to; subjects that name nobody give nobody anything.</summary>
    public static IEnumerable<(SubjectKey Subject, Grant Grant)> Of(IRoleBinding binding)
    {
        if (binding.RoleRef is not { } reference) yield break;
        bool clusterWide = binding is ClusterRoleBinding;
        string name = binding.Metadata.Name;
        string @namespace = clusterWide ? "" : binding.Metadata.Namespace ?? "";
        RoleKey role = RoleKey.Of(reference, @namespace);
        foreach (Subject subject in binding.Subjects ?? [])
        {
            if (SubjectKey.Of(subject, @namespace) is not { } key) continue;
            string kind = clusterWide ? ClusterRoleBinding.TypeKind : RoleBinding.TypeKind;
            string place = clusterWide ? name : $"{name}/{@namespace}";
            string whom = subject.Kind == Subject.ServiceAccount
                ? $"{subject.Name}/{(string.IsNullOrEmpty(subject.Namespace) ? @namespace : subject.Namespace)}"
                : subject.Name;
            string why =
                $"RBAC: allowed by {kind} \"{place}\" of {reference.Kind} \"{reference.Name}\" to {subject.Kind} \"{whom}\"";
            yield return (key, new Grant(name, role, why));
        }
    }
}

/// <summary>Names a role.</summary>
/// <param name="Namespace">Empty for a ClusterRole.</param>
/// <param name="Name">Its name.</param>
internal readonly record struct RoleKey(string Namespace, string Name)
{
    public static RoleKey Of(RoleRef reference, string @namespace) =>
        new(reference.Kind == Role.TypeKind ? @namespace : "", reference.Name);

    /// <summary>The role in the words of an error that it is missing.</summary>
    public override string ToString() => $"{(Namespace.Length == 0 ? "clusterrole" : "role")}.{RbacApi.Group} \"{Name}\"";
}

/// <summary>Whom a binding means, in the namespace where it holds.</summary>
/// <param name="Namespace">Where the binding holds; empty for everywhere.</param>
/// <param name="IsGroup">True for a group, false for a user; a service account is a user by its full name.</param>
/// <param name="Name">Name of the user or group.</param>
internal readonly record struct SubjectKey(string Namespace, bool IsGroup, string Name)
{
    public static SubjectKey? Of(Subject subject, string @namespace) => subject.Kind switch
    {
        Subject.User => new SubjectKey(@namespace, IsGroup: false, subject.Name),
        Subject.Group => new SubjectKey(@namespace, IsGroup: true, subject.Name),
        Subject.ServiceAccount => new SubjectKey(
            @namespace,
            IsGroup: false,
            ServiceAccountNames.Of(string.IsNullOrEmpty(subject.Namespace) ? @namespace : subject.Namespace, subject.Name)),
        _ => null,
    };
}
