using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Projections;

/// <summary>
/// A kind whose objects are never stored: each is another form of one object of a stored kind, under the same namespace and name. It is
/// read and watched in the versions of that object, and deleting it deletes that one.
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

    /// <summary>What to do instead of writing it, as the end of a sentence.</summary>
    string InsteadOfWriting { get; }

    /// <summary>An object of the kind behind it in this form; null for one that has none.</summary>
    JsonObject? Project(JsonObject source);
}
