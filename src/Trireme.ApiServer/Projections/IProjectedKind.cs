using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Projections;

/// <summary>
/// A kind whose objects are never stored: each is another form of one object of a stored kind, under the same namespace and name and with
/// the same labels. It is read and watched in the versions of that object, and deleting it deletes that one. Where the form says all of the
/// object it can be written too, which writes that one.
/// </summary>
internal interface IProjectedKind
{
    ResourceDefinition Definition { get; }

    /// <summary>Qualified plural name of the kind behind it.</summary>
    string Source { get; }

    /// <summary>The columns of its tables after the name.</summary>
    IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>Fields it can be selected by, beside name and namespace.</summary>
    IReadOnlyList<string> Fields { get; }

    IReadOnlyList<string> Categories { get; }

    IReadOnlyList<Subresource> Subresources { get; }

    /// <summary>What to do instead of writing it, as the end of a sentence; null for a kind that is written.</summary>
    string? InsteadOfWriting { get; }

    bool IsWritten => InsteadOfWriting is null;

    /// <summary>An object of the kind behind it in this form; null for one that has none.</summary>
    JsonObject? Project(JsonObject source);

    /// <summary>An object in this form, of a kind that is written, in the form of the kind behind it.</summary>
    JsonObject ToSource(JsonObject projected) => throw new NotSupportedException($"{Definition.Kind} is not written.");

    /// <summary>Fields that may not change once an object is there.</summary>
    IReadOnlyList<string> ImmutableFields => [];
}
