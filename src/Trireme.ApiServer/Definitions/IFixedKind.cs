using System.Text.Json.Nodes;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Definitions;

/// <summary>A kind some of whose objects come with the server: they are listed and read, and stay as they are while it runs.</summary>
internal interface IFixedKind
{
    ResourceDefinition Definition { get; }

    IReadOnlyList<TableColumn> Columns { get; }

    /// <summary>What to do instead of writing one of them, as the end of a sentence.</summary>
    string InsteadOfWriting { get; }

    /// <summary>The objects, by name.</summary>
    IReadOnlyList<JsonObject> Objects { get; }
}
