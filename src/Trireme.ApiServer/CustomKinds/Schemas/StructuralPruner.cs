using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.CustomKinds.Schemas;

/// <summary>
/// Removes the members that a schema does not name (k8s.io/apiextensions-apiserver, pkg/apiserver/schema/pruning). What an object of any
/// kind has stays: apiVersion, kind and metadata of the object itself and of those embedded in it.
/// </summary>
internal static class StructuralPruner
{
    /// <summary>Removed members that are named; who sent more mends these first.</summary>
    private const int NamedMax = 100;

    /// <summary>Prunes an object in place, and says which members went, by their paths.</summary>
    public static List<string> Prune(JsonObject document, StructuralSchema schema)
    {
        var gone = new List<string>();
        Prune(document, schema, isResource: true, Place.Root, gone, 0);
        return gone;
    }

    /// <summary>Whether a value that is no object of its own, such as a default, has members that the schema does not name.</summary>
    public static bool HasUnknown(JsonNode? value, StructuralSchema schema)
    {
        var gone = new List<string>();
        Prune(value?.DeepClone(), schema, schema.IsEmbeddedResource, Place.Root, gone, 0);
        return gone.Count > 0;
    }

    private static void Prune(JsonNode? value, StructuralSchema schema, bool isResource, Place at, List<string> gone, int depth)
    {
        int below = JsonDepth.Below(depth);
        if (value is JsonArray list)
        {
            if (schema.Items is not { } items) return;
            for (int i = 0; i < list.Count; i++) Prune(list[i], items, items.IsEmbeddedResource, new Place(at, null, i), gone, below);
            return;
        }

        if (value is not JsonObject map) return;
        List<string>? unknown = null;
        foreach ((string name, JsonNode? member) in map)
        {
            if (isResource && (name is "apiVersion" or "kind" or "metadata")) continue;
            if (schema.Member(name) is { } known) Prune(member, known, known.IsEmbeddedResource, new Place(at, name, 0), gone, below);
            else if (!schema.PreservesUnknownFields) (unknown ??= []).Add(name);
        }

        if (unknown is null) return;
        map.RemoveAll(unknown);
        foreach (string name in unknown.Take(NamedMax - gone.Count)) gone.Add(new Place(at, name, 0).ToString());
    }
}
