namespace Trireme.Contracts.Resources;

/// <summary>What both kinds of bindings have.</summary>
public interface IRoleBinding : IResource
{
    IReadOnlyList<Subject>? Subjects { get; }

    RoleRef? RoleRef { get; }
}
