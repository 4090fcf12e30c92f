using System.Text.Json.Nodes;

namespace Trireme.Output;

/// <summary>
/// Tells rows of different namespaces apart, as kubectl does: the server's table has no such column, but each row carries the metadata of
/// its object.
/// </summary>
internal static class NamespaceColumn
{
    /// <summary>Puts the namespace before the server's columns.</summary>
    public static void AddTo(JsonObject table)
    {
        table["columnDefinitions"]!.AsArray().Insert(0, new JsonObject { ["name"] = "Namespace", ["type"] = "string", ["priority"] = 0 });
        foreach (JsonNode? row in table["rows"]?.AsArray() ?? [])
        {
            row!["cells"]!.AsArray().Insert(0, (string?)row["object"]?["metadata"]?["namespace"]);
        }
    }
}
