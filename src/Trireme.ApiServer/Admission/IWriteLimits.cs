using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Admission;

/// <summary>Says whether a tenant may have what a write would give it.</summary>
public interface IWriteLimits
{
    /// <summary>Whether writes of a kind are ever refused.</summary>
    bool Concerns(ResourceDefinition kind);

    /// <summary>Whether anything is limited in a namespace.</summary>
    bool Applies(string @namespace, ITenantObjects objects);

    /// <summary>Why a write is refused, after "is forbidden: ", and the field that is too much; null where it may be made.</summary>
    WriteRefusal? Refuse(TenantWrite write, ITenantObjects objects);
}

/// <summary>A write that is about to be made.</summary>
/// <param name="Kind">Of what kind.</param>
/// <param name="Namespace">In which namespace.</param>
/// <param name="Before">The object as it is; null for a new one.</param>
/// <param name="After">The object as it would be.</param>
public sealed record TenantWrite(ResourceDefinition Kind, string Namespace, IResource? Before, IResource After);

/// <param name="Message">What is too much, and the next step.</param>
/// <param name="Field">The field; empty for the object itself.</param>
public sealed record WriteRefusal(string Message, string Field);

/// <summary>What is stored at the moment a write is looked at; nothing of the namespace is written meanwhile.</summary>
public interface ITenantObjects
{
    /// <summary>
    /// The objects of a kind in a namespace, those that cannot be read left out; the empty namespace for cluster-scoped kinds.
    /// </summary>
    IReadOnlyList<T> List<T>(string @namespace)
        where T : class, IResource;

    /// <summary>One object; null where there is none.</summary>
    T? Find<T>(string @namespace, string name)
        where T : class, IResource;

    /// <summary>How many objects of a kind a namespace has.</summary>
    long Count<T>(string @namespace)
        where T : class, IResource;
}
