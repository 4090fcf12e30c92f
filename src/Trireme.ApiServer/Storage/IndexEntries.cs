using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// By what an object is found without a look at the others of its kind: its labels, and the few fields that its kind is selected by most.
/// </summary>
internal static class IndexEntries
{
    private static readonly Dictionary<string, string[]> FieldsByKind = new()
    {
        ["events"] = ["involvedObject.uid", "involvedObject.name"],
        ["secrets"] = ["type"],
    };

    /// <summary>The key under which a field is found. No label begins with a dot.</summary>
    public static string KeyOfField(string path) => "." + path;

    /// <summary>The fields by which objects of a kind are found, under its name in the store.</summary>
    public static IReadOnlyList<string> FieldsOf(string resource) => FieldsByKind.GetValueOrDefault(resource, []);

    public static HashSet<(string Key, string Value)> Of(string resource, Selectable selectable)
    {
        HashSet<(string Key, string Value)> entries = [.. selectable.Labels.Select(static label => (label.Key, label.Value))];
        foreach (string path in FieldsOf(resource))
        {
            if (selectable.Field(path.Split('.')) is { Length: > 0 } value) entries.Add((KeyOfField(path), value));
        }

        return entries;
    }

    /// <summary>True if both states of an object are found by the same.</summary>
    public static bool AreSame(string resource, JsonObject before, JsonObject after) =>
        JsonNode.DeepEquals(before.Labels(), after.Labels())
        && FieldsOf(resource).All(path => Field(before, path) == Field(after, path));

    private static string? Field(JsonObject document, string path) => document.Find(path.Split('.'))?.ToString();
}
