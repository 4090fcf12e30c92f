using System.Text.Json.Nodes;

namespace Trireme.Contracts.Schema;

/// <summary>
/// The structural schema of one value: what CRDs publish, what validation walks and what server-side apply merges by.
/// </summary>
public sealed record SchemaNode
{
    /// <summary>object, array, string, integer, number or boolean; null accepts anything.</summary>
    public string? Type { get; init; }

    public string? Format { get; init; }

    public string? Description { get; init; }

    /// <summary>What an absent value means; null where that is not one value. Nobody changes it.</summary>
    public JsonNode? Default { get; init; }

    /// <summary>Properties by name in declaration order, for objects with known fields.</summary>
    public IReadOnlyDictionary<string, SchemaNode>? Properties { get; init; }

    /// <summary>Schema of the values of a free-form map.</summary>
    public SchemaNode? AdditionalProperties { get; init; }

    public SchemaNode? Items { get; init; }

    public IReadOnlyList<string> Required { get; init; } = [];

    public IReadOnlyList<string>? Enum { get; init; }

    public double? Minimum { get; init; }

    public double? Maximum { get; init; }

    public int? MinLength { get; init; }

    public int? MaxLength { get; init; }

    public int? MinItems { get; init; }

    public int? MaxItems { get; init; }

    public string? Pattern { get; init; }

    /// <summary>True where any content is kept as it is.</summary>
    public bool PreservesUnknownFields { get; init; }

    /// <summary>True for amounts of memory: whole bytes or a string with a unit. The limits count for both, in bytes.</summary>
    public bool IntOrString { get; init; }

    /// <summary>"map" or "set" where server-side apply merges item by item; null for an atomic list.</summary>
    public string? ListType { get; init; }

    /// <summary>The members by which items of a "map" are told apart.</summary>
    public IReadOnlyList<string> ListMapKeys { get; init; } = [];

    /// <summary>True for an object that server-side apply replaces as a whole.</summary>
    public bool IsAtomic { get; init; }

    /// <summary>True for a list by keys that may hold several items of one key.</summary>
    public bool AllowsDuplicates { get; init; }

    /// <summary>The schema of a field within, by its names from here; null where none is described.</summary>
    public SchemaNode? Find(IEnumerable<string> path)
    {
        ArgumentNullException.ThrowIfNull(path);
        SchemaNode? found = this;
        foreach (string part in path) found = found?.Properties?.GetValueOrDefault(part);
        return found;
    }

    /// <summary>The schema as OpenAPI v3 with the x-kubernetes extensions.</summary>
    public JsonObject ToOpenApi()
    {
        var json = new JsonObject();
        if (Description is not null) json["description"] = Description;
        if (Type is not null) json["type"] = Type;
        if (Format is not null) json["format"] = Format;
        if (Default is not null) json["default"] = Default.DeepClone();
        if (Enum is not null) json["enum"] = new JsonArray([.. Enum.Select(value => JsonValue.Create(value))]);
        Set(json, "minimum", Minimum);
        Set(json, "maximum", Maximum);
        Set(json, "minLength", MinLength);
        Set(json, "maxLength", MaxLength);
        Set(json, "minItems", MinItems);
        Set(json, "maxItems", MaxItems);
        if (Pattern is not null) json["pattern"] = Pattern;
        if (Items is not null) json["items"] = Items.ToOpenApi();
        if (AdditionalProperties is not null) json["additionalProperties"] = AdditionalProperties.ToOpenApi();
        if (Properties is not null)
        {
            var properties = new JsonObject();
            foreach ((string name, SchemaNode schema) in Properties) properties[name] = schema.ToOpenApi();
            json["properties"] = properties;
        }

        if (Required.Count > 0) json["required"] = new JsonArray([.. Required.Select(name => JsonValue.Create(name))]);
        if (PreservesUnknownFields) json["x-kubernetes-preserve-unknown-fields"] = true;
        if (IntOrString) json["x-kubernetes-int-or-string"] = true;
        if (ListType is not null) json["x-kubernetes-list-type"] = ListType;
        if (ListMapKeys.Count > 0)
        {
            json["x-kubernetes-list-map-keys"] = new JsonArray([.. ListMapKeys.Select(name => JsonValue.Create(name))]);
        }

        if (IsAtomic) json["x-kubernetes-map-type"] = "atomic";
        return json;
    }

    private static void Set(JsonObject json, string name, double? value)
    {
        if (value is not { } number) return;
        json[name] = double.IsInteger(number) ? JsonValue.Create((long)number) : JsonValue.Create(number);
    }
}
