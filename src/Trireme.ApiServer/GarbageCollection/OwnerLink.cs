using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>What one owner reference says: which object owns, and whether its foreground deletion waits.</summary>
internal readonly record struct OwnerLink(string ApiVersion, string Kind, string Name, string Uid, bool Blocks)
{
    public static OwnerLink Of(JsonObject reference) => new(
        reference.Text("apiVersion") ?? "",
        reference.Text("kind") ?? "",
        reference.Text("name") ?? "",
        reference.Text("uid") ?? "",
        reference["blockOwnerDeletion"] is JsonValue value && value.TryGetValue(out bool blocks) && blocks);

    public static OwnerLink[] AllOf(JsonObject document) => [.. document.OwnerReferences().Select(Of)];
}
