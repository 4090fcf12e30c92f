using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.GarbageCollection;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Resources;

/// <summary>Access to the standard members of an object held as JSON.</summary>
internal static class ResourceDocument
{
    public static JsonObject Parse(ReadOnlySpan<byte> json) => JsonNode.Parse(json)!.AsObject();

    public static byte[] ToBytes(this JsonObject document) => JsonSerializer.SerializeToUtf8Bytes(document, ResourceJson.Options);

    /// <summary>The object's metadata; an empty one is added where there is none.</summary>
    public static JsonObject Metadata(this JsonObject document)
    {
        if (document["metadata"] is JsonObject metadata) return metadata;
        var created = new JsonObject();
        document["metadata"] = created;
        return created;
    }

    /// <summary>A member's text, or null when it is absent or of another type.</summary>
    public static string? Text(this JsonObject document, string name) =>
        document[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    /// <summary>A whole number however it is written, such as 2.0; null for anything else.</summary>
    public static long? WholeNumber(JsonNode? node) =>
        node?.GetValueKind() == JsonValueKind.Number
        && JsonIntegers.TryParse(Encoding.ASCII.GetBytes(node.ToJsonString()), out Int128 number)
        && number >= long.MinValue && number <= long.MaxValue
            ? (long)number
            : null;

    /// <summary>The value at a path such as spec, replicas; null where there is none.</summary>
    public static JsonNode? Find(this JsonObject document, params ReadOnlySpan<string> path)
    {
        JsonNode? current = document;
        foreach (string part in path) current = (current as JsonObject)?[part];
        return current;
    }

    public static string Name(this JsonObject document) => document.Metadata().Text("name") ?? "";

    public static string Uid(this JsonObject document) => document.Metadata().Text("uid") ?? "";

    /// <summary>The labels; null where there are none.</summary>
    public static JsonObject? Labels(this JsonObject document) => document.Find("metadata", "labels") as JsonObject;

    public static bool IsDeleting(this JsonObject document) => document.Metadata()["deletionTimestamp"] is not null;

    /// <summary>The strings of a list such as metadata.finalizers.</summary>
    public static List<string> TextList(this JsonObject document, string name)
    {
        var texts = new List<string>();
        foreach (JsonNode? item in document[name] as JsonArray ?? [])
        {
            if (item is JsonValue value && value.TryGetValue(out string? text)) texts.Add(text);
        }

        return texts;
    }

    /// <summary>Sets a list of strings, or removes the member when the list is empty.</summary>
    public static void SetTextList(this JsonObject document, string name, IReadOnlyCollection<string> texts)
    {
        if (texts.Count == 0) document.Remove(name);
        else document[name] = new JsonArray([.. texts.Select(text => JsonValue.Create(text))]);
    }

    public static IEnumerable<JsonObject> OwnerReferences(this JsonObject document) =>
        (document.Metadata()["ownerReferences"] as JsonArray ?? []).OfType<JsonObject>();

    /// <summary>Takes owner references off an object.</summary>
    public static void RemoveOwners(this JsonObject document, Func<OwnerLink, bool> goes)
    {
        JsonObject[] kept = [.. document.OwnerReferences().Where(reference => !goes(OwnerLink.Of(reference)))];
        if (kept.Length == 0) document.Metadata().Remove("ownerReferences");
        else document.Metadata()["ownerReferences"] = new JsonArray([.. kept.Select(reference => reference.DeepClone())]);
    }

    /// <summary>Takes a member over from another document: copied, or removed when it is absent there.</summary>
    public static void CopyMember(this JsonObject document, JsonObject source, string name)
    {
        if (source[name] is { } value) document[name] = value.DeepClone();
        else document.Remove(name);
    }

    /// <summary>Takes a member out of another document into this one; it is removed here when it is absent there.</summary>
    public static void TakeMember(this JsonObject document, JsonObject source, string name)
    {
        JsonNode? value = source[name];
        source.Remove(name);
        if (value is null) document.Remove(name);
        else document[name] = value;
    }

    /// <summary>Kubernetes' Time: whole seconds in UTC.</summary>
    public static string Timestamp(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
