using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Kubernetes;

/// <summary>Reads one line of a watch: {"type":"ADDED","object":{…}}.</summary>
internal static class WatchLine
{
    /// <exception cref="ApiException">The line is the server's error, such as an expired revision.</exception>
    /// <exception cref="JsonException">The line is not a watch event.</exception>
    public static WatchEvent<T> Parse<T>(string line, Uri path)
        where T : class, IResource
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object
            || !root.TryGetProperty("type", out JsonElement type) || type.ValueKind != JsonValueKind.String
            || !root.TryGetProperty("object", out JsonElement value) || value.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("A watch line must have a type and an object.");
        }

        return type.GetString() switch
        {
            "ADDED" => Change<T>(WatchEventType.Added, value),
            "MODIFIED" => Change<T>(WatchEventType.Modified, value),
            "DELETED" => Change<T>(WatchEventType.Deleted, value),
            // A bookmark's object holds nothing but a revision, so it cannot be read as the full type.
            "BOOKMARK" => new WatchEvent<T>(WatchEventType.Bookmark, null, Revision(value)),
            "ERROR" => throw new ApiException(path, value.Deserialize<Status>(ResourceJson.Options) ?? new Status()),
            var unknown => throw new JsonException($"The watch event type \"{unknown}\" is unknown."),
        };
    }

    private static WatchEvent<T> Change<T>(WatchEventType type, JsonElement value)
        where T : class, IResource
    {
        T resource = value.Deserialize<T>(ResourceJson.Options)!;
        return new WatchEvent<T>(type, resource, Revision(value));
    }

    private static string Revision(JsonElement value) =>
        value.TryGetProperty("metadata", out JsonElement metadata)
        && metadata.ValueKind == JsonValueKind.Object
        && metadata.TryGetProperty("resourceVersion", out JsonElement version)
        && version.ValueKind == JsonValueKind.String
            ? version.GetString()!
            : throw new JsonException("A watched object must have metadata.resourceVersion.");
}
