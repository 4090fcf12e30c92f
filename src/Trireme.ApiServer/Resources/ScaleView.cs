using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Resources;

/// <summary>An object of a kind that can be scaled, seen as an autoscaling/v1 Scale.</summary>
internal static class ScaleView
{
    public static ResourceDefinition Definition { get; } = ResourceDefinition.Of<Scale>(
        "scales",
        new("Desired", ".spec.replicas", "integer"),
        new("Available", ".status.replicas", "integer"),
        new("Age", ".metadata.creationTimestamp", "date"));

    public static ServedResource Resource { get; } = new(Definition);

    public static JsonObject Of(JsonObject document, ScalePaths paths, SchemaNode schema)
    {
        JsonObject from = document.Metadata();
        var metadata = new JsonObject();
        foreach (string name in (ReadOnlySpan<string>)["name", "namespace", "uid", "resourceVersion", "creationTimestamp"])
        {
            if (from[name] is { } value) metadata[name] = value.DeepClone();
        }

        var status = new JsonObject { ["replicas"] = Number(document, paths.Present, schema) };
        string? selector = paths.Selector is { } path ? document.Find(path.Split('.'))?.ToString() : null;
        if (!string.IsNullOrEmpty(selector)) status["selector"] = selector;
        return new JsonObject
        {
            ["apiVersion"] = Definition.ApiVersion,
            ["kind"] = Definition.Kind,
            ["metadata"] = metadata,
            ["spec"] = new JsonObject { ["replicas"] = Number(document, paths.Wanted, schema) },
            ["status"] = status,
        };
    }

    /// <summary>Sets the wanted number in an object.</summary>
    public static void Set(JsonObject document, ScalePaths paths, int wanted)
    {
        string[] parts = paths.Wanted.Split('.');
        JsonObject parent = document;
        foreach (string part in parts[..^1])
        {
            if (parent[part] is not JsonObject child) parent[part] = child = [];
            parent = child;
        }

        parent[parts[^1]] = (long)wanted;
    }

    /// <summary>A number of an object; where it is absent, what the kind's schema says it then is, or none.</summary>
    private static long Number(JsonObject document, string path, SchemaNode schema)
    {
        string[] parts = path.Split('.');
        return ResourceDocument.WholeNumber(document.Find(parts) ?? schema.Find(parts)?.Default) ?? 0;
    }
}
