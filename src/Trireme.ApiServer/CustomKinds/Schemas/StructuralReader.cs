using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.CustomKinds.Schemas;

/// <summary>
/// Reads the schema of a definition. What does not belong into one was refused when the definition was written
/// (<see cref="Definitions.SchemaRules"/>); here it is left out, so that a stored definition can always be read.
/// </summary>
internal sealed class StructuralReader
{
    /// <summary>Patterns by their text: one definition often says the same many times.</summary>
    private readonly Dictionary<string, SchemaPattern?> _patterns = [];

    /// <summary>Schemas of plain values, which most are: those that say the same are one.</summary>
    private readonly Dictionary<StructuralSchema, StructuralSchema> _plain = [];

    public static StructuralSchema Read(JsonObject schema) => new StructuralReader().Schema(schema, 0);

    private StructuralSchema Schema(JsonObject json, int depth)
    {
        int below = JsonDepth.Below(depth);
        var schema = new StructuralSchema
        {
            Type = Text(json, "type"),
            Format = Text(json, "format"),
            Nullable = Switch(json, "nullable"),
            Default = json["default"]?.DeepClone(),
            Properties = (json["properties"] as JsonObject)?
                .Where(static member => member.Value is JsonObject)
                .ToDictionary(static member => member.Key, member => Schema(member.Value!.AsObject(), below)),
            AdditionalProperties = Additional(json["additionalProperties"], below),
            Items = json["items"] is JsonObject items ? Schema(items, below) : null,
            Required = Texts(json, "required"),
            Enum = (json["enum"] as JsonArray)?.Select(static choice => choice?.DeepClone()).ToArray(),
            Minimum = Number(json, "minimum"),
            Maximum = Number(json, "maximum"),
            ExclusiveMinimum = Switch(json, "exclusiveMinimum"),
            ExclusiveMaximum = Switch(json, "exclusiveMaximum"),
            MultipleOf = Number(json, "multipleOf"),
            MinLength = (long?)Number(json, "minLength"),
            MaxLength = (long?)Number(json, "maxLength"),
            MinItems = (long?)Number(json, "minItems"),
            MaxItems = (long?)Number(json, "maxItems"),
            MinProperties = (long?)Number(json, "minProperties"),
            MaxProperties = (long?)Number(json, "maxProperties"),
            Pattern = Pattern(Text(json, "pattern")),
            AllOf = Branches(json, "allOf", below),
            AnyOf = Branches(json, "anyOf", below),
            OneOf = Branches(json, "oneOf", below),
            Not = json["not"] is JsonObject not ? Schema(not, below) : null,
            PreservesUnknownFields = Switch(json, "x-kubernetes-preserve-unknown-fields"),
            IsEmbeddedResource = Switch(json, "x-kubernetes-embedded-resource"),
            IsIntOrString = Switch(json, "x-kubernetes-int-or-string"),
            ListType = Text(json, "x-kubernetes-list-type") is "set" or "map" ? Text(json, "x-kubernetes-list-type") : null,
            ListMapKeys = Texts(json, "x-kubernetes-list-map-keys"),
            IsAtomicMap = Text(json, "x-kubernetes-map-type") == "atomic",
        };
        if (!schema.IsPlain) return schema;
        _plain.TryAdd(schema, schema);
        return _plain[schema];
    }

    /// <summary>The schema as server-side apply and scale read it, with the metadata that all objects have.</summary>
    public static SchemaNode ToNode(StructuralSchema root)
    {
        SchemaNode node = Node(root, new Dictionary<StructuralSchema, SchemaNode>(ReferenceEqualityComparer.Instance), 0);
        var properties = new Dictionary<string, SchemaNode>(node.Properties ?? new Dictionary<string, SchemaNode>());
        foreach ((string name, SchemaNode known) in CustomObject.Schema.Properties!) properties[name] = known;
        return node with { Properties = properties };
    }

    private static SchemaNode Node(StructuralSchema schema, Dictionary<StructuralSchema, SchemaNode> made, int depth)
    {
        if (made.TryGetValue(schema, out SchemaNode? known)) return known;
        int below = JsonDepth.Below(depth);
        return made[schema] = new SchemaNode
        {
            Type = schema.Type,
            Default = schema.Default,
            Properties = schema.Properties?.ToDictionary(static member => member.Key, member => Node(member.Value, made, below)),
            AdditionalProperties = schema.AdditionalProperties is { } values ? Node(values, made, below) : null,
            Items = schema.Items is { } items ? Node(items, made, below) : null,
            PreservesUnknownFields = schema.PreservesUnknownFields || schema.IsEmbeddedResource,
            ListType = schema.ListType,
            ListMapKeys = schema.ListType == "map" ? schema.ListMapKeys : [],
            IsAtomic = schema.IsAtomicMap,
        };
    }

    private StructuralSchema? Additional(JsonNode? json, int depth) => json switch
    {
        JsonObject schema => Schema(schema, depth),
        JsonValue value when value.GetValueKind() == JsonValueKind.True =>
            new StructuralSchema { PreservesUnknownFields = true, Nullable = true },
        _ => null,
    };

    private StructuralSchema[] Branches(JsonObject json, string name, int depth) =>
        json[name] is JsonArray { Count: > 0 } branches ? [.. branches.OfType<JsonObject>().Select(branch => Schema(branch, depth))] : [];

    private SchemaPattern? Pattern(string? text)
    {
        if (text is null) return null;
        if (_patterns.TryGetValue(text, out SchemaPattern? known)) return known;
        return _patterns[text] = SchemaPattern.Read(text);
    }

    private static string? Text(JsonObject json, string name) =>
        json[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static string[] Texts(JsonObject json, string name) =>
        json[name] is JsonArray { Count: > 0 } ? [.. json.TextList(name)] : [];

    private static bool Switch(JsonObject json, string name) =>
        json[name] is JsonValue value && value.GetValueKind() == JsonValueKind.True;

    private static double? Number(JsonObject json, string name) =>
        json[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number
            ? double.Parse(value.ToJsonString(), System.Globalization.CultureInfo.InvariantCulture)
            : null;
}
