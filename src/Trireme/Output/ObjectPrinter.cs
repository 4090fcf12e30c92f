using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Output;

/// <summary>Prints API objects in the formats that tools read.</summary>
internal static class ObjectPrinter
{
    /// <summary>Prints one object or a list; tables come from the server and are printed by <see cref="TablePrinter"/>.</summary>
    public static void Print(JsonObject json, OutputFormat format, TextWriter output)
    {
        switch (format)
        {
            case OutputFormat.Json:
                output.WriteLine(json.ToJsonString(ResourceJson.Indented));
                break;
            case OutputFormat.Yaml:
                output.Write(YamlJson.Write(json));
                break;
            case OutputFormat.Name:
                foreach (JsonNode? item in json["items"] as JsonArray ?? [json.DeepClone()]) output.WriteLine(NameOf(item!.AsObject()));
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(format), format, "Tables are printed from the server's columns.");
        }
    }

    /// <summary>Takes out who owns which field, which is long and rarely what a reader looks for; kubectl hides it too.</summary>
    public static void HideManagedFields(JsonObject json)
    {
        foreach (JsonNode? item in json["items"] as JsonArray ?? [])
        {
            if (item is JsonObject one) HideManagedFields(one);
        }

        (json["metadata"] as JsonObject)?.Remove("managedFields");
    }

    /// <summary>The object as kubectl names it, such as "modelservice.trireme.dev/tiny".</summary>
    public static string NameOf(JsonObject json)
    {
        string apiVersion = (string?)json["apiVersion"] ?? "";
        string kind = (string?)json["kind"] ?? "";
        ResourceDefinition? definition = ResourceCatalog.Find(apiVersion, kind);
        string group = definition?.Group is { Length: > 0 } known ? "." + known : "";
        return $"{definition?.Singular ?? kind.ToLowerInvariant()}{group}/{(string?)json["metadata"]?["name"]}";
    }
}
