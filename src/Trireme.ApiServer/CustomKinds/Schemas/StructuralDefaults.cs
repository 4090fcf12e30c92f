using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.CustomKinds.Schemas;

/// <summary>
/// Puts defaults where values are absent (k8s.io/apiextensions-apiserver, pkg/apiserver/schema/defaulting). A null where none may stand is
/// an absent value: it gets its default, or goes.
/// </summary>
internal static class StructuralDefaults
{
    /// <summary>Completes an object in place. Its metadata is nobody's to default.</summary>
    public static void Apply(JsonObject document, StructuralSchema schema)
    {
        foreach ((string name, StructuralSchema member) in schema.Properties ?? new Dictionary<string, StructuralSchema>())
        {
            if (name is "apiVersion" or "kind" or "metadata") continue;
            Complete(document, name, member);
        }

        foreach ((string name, JsonNode? value) in document)
        {
            if (name is "apiVersion" or "kind" or "metadata") continue;
            if (schema.Member(name) is { } known) Apply(value, known, 1);
        }
    }

    /// <summary>Completes a value that is no object of its own, such as a default.</summary>
    public static void Within(JsonNode value, StructuralSchema schema) => Apply(value, schema, 0);

    private static void Apply(JsonNode? value, StructuralSchema schema, int depth)
    {
        int below = JsonDepth.Below(depth);
        if (value is JsonArray list && schema.Items is { } items)
        {
            for (int i = 0; i < list.Count; i++)
            {
                if (list[i] is null && !items.Nullable && items.Default is { } instead) list[i] = instead.DeepClone();
                Apply(list[i], items, below);
            }
        }

        if (value is not JsonObject map) return;
        foreach ((string name, StructuralSchema member) in schema.Properties ?? new Dictionary<string, StructuralSchema>())
        {
            Complete(map, name, member);
        }

        if (schema.AdditionalProperties is { Nullable: false } values)
        {
            foreach (string name in map.Where(member => member.Value is null && schema.Properties?.ContainsKey(member.Key) != true)
                .Select(static member => member.Key).ToList())
            {
                Complete(map, name, values);
            }
        }

        foreach ((string name, JsonNode? member) in map)
        {
            if (member is not null && schema.Member(name) is { } known) Apply(member, known, below);
        }
    }

    private static void Complete(JsonObject map, string name, StructuralSchema member)
    {
        bool there = map.TryGetPropertyValue(name, out JsonNode? value);
        bool absent = !there || (value is null && !member.Nullable);
        if (!absent) return;
        if (member.Default is { } given) map[name] = given.DeepClone();
        else if (there) map.Remove(name);
    }
}
