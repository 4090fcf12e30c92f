using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Schema;

/// <summary>
/// Derives a schema from a resource record: types and required members from the code, limits from the standard
/// validation attributes, descriptions from the documentation comments. The records are the only source.
/// </summary>
public static class SchemaGenerator
{
    private static readonly NullabilityInfoContext Nullability = new();
    private static readonly Lock NullabilityLock = new();

    public static SchemaNode For(Type type) => Describe(type, XmlDocumentation.Of(type)) with { };

    private static SchemaNode Describe(Type type, string? description)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        description ??= XmlDocumentation.Of(type);
        if (Scalar(type) is { } scalar) return scalar with { Description = description };
        if (MapValueType(type) is { } valueType)
        {
            return new SchemaNode { Type = "object", AdditionalProperties = Describe(valueType, null), Description = description };
        }

        return ItemType(type) is { } itemType
            ? new SchemaNode { Type = "array", Items = Describe(itemType, null), Description = description }
            : Object(type, description);
    }

    private static SchemaNode? Scalar(Type type)
    {
        if (type == typeof(string)) return new SchemaNode { Type = "string" };
        if (type == typeof(bool)) return new SchemaNode { Type = "boolean" };
        if (type == typeof(int)) return new SchemaNode { Type = "integer", Format = "int32" };
        if (type == typeof(long)) return new SchemaNode { Type = "integer", Format = "int64" };
        if (type == typeof(double)) return new SchemaNode { Type = "number", Format = "double" };
        if (type == typeof(DateTimeOffset)) return new SchemaNode { Type = "string", Format = "date-time" };
        if (type == typeof(Duration)) return new SchemaNode { Type = "string", Format = Duration.Format, Pattern = Duration.Pattern };
        if (type == typeof(ByteSize))
        {
            // The pattern is for texts alone; the limits hold numbers to the same. Nothing runs in no memory at all.
            return new SchemaNode { IntOrString = true, Pattern = ByteSize.Pattern, Minimum = 1, Maximum = ByteSize.BytesMax };
        }

        if (type == typeof(JsonElement) || type == typeof(JsonObject))
        {
            return new SchemaNode { Type = "object", PreservesUnknownFields = true };
        }

        if (type == typeof(JsonNode)) return new SchemaNode { PreservesUnknownFields = true };
        if (type.IsEnum) return new SchemaNode { Type = "string", Enum = Enum.GetNames(type) };
        return null;
    }

    private static Type? MapValueType(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() is var generic
        && (generic == typeof(IReadOnlyDictionary<,>) || generic == typeof(Dictionary<,>))
            ? type.GetGenericArguments()[1]
            : null;

    private static Type? ItemType(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.IsAssignableTo(typeof(IEnumerable)) ? type.GetGenericArguments()[0]
        : null;

    private static SchemaNode Object(Type type, string? description)
    {
        var properties = new Dictionary<string, SchemaNode>();
        var required = new List<string>();
        object? sample = type.GetConstructor(Type.EmptyTypes) is null ? null : Activator.CreateInstance(type);
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetIndexParameters().Length > 0
                || property.GetCustomAttribute<JsonIgnoreAttribute>() is { Condition: JsonIgnoreCondition.Always })
            {
                continue;
            }
            if (property.Name == "EqualityContract" || (property.SetMethod is null && !IsTypeMeta(property))) continue;

            string name =
                property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            SchemaNode described = Constrain(Describe(property.PropertyType, Documentation(property)), property);
            properties[name] = sample is null ? described : WithDefault(described, property, sample);
            if (property.GetCustomAttribute<RequiredMemberAttribute>() is not null) required.Add(name);
        }

        return new SchemaNode { Type = "object", Description = description, Properties = properties, Required = required };
    }

    /// <summary>
    /// What the property holds in a new record is what its absence means. Zeros, empty texts and empty lists go without saying, and an
    /// absent part with fields of its own has theirs.
    /// </summary>
    private static SchemaNode WithDefault(SchemaNode schema, PropertyInfo property, object sample)
    {
        bool hasNone = IsTypeMeta(property)
            || schema is { Type: "object" } or { PreservesUnknownFields: true } or { Format: "date-time" }
            || property.GetCustomAttribute<RequiredMemberAttribute>() is not null;
        if (hasNone || property.GetValue(sample) is not { } value) return schema;
        JsonNode? absent = JsonSerializer.SerializeToNode(value, property.PropertyType, ResourceJson.Options);
        bool isPlain = absent switch
        {
            JsonArray list => list.Count == 0,
            JsonValue plain => !property.PropertyType.IsEnum && plain.ToString() is "" or "0" or "0s" or "false",
            _ => true,
        };
        if (isPlain) return schema;
        string text = absent is JsonValue single ? single.ToString() : absent!.ToJsonString(ResourceJson.Options);
        return schema with { Default = absent, Description = $"{schema.Description} Defaults to {text}.".TrimStart() };
    }

    private static string? Documentation(PropertyInfo property) => XmlDocumentation.Of(property) ?? property.Name switch
    {
        "ApiVersion" => "Group and version of the kind, such as trireme.dev/v1alpha1.",
        "Kind" => "Name of the kind.",
        _ => null,
    };

    private static bool IsTypeMeta(PropertyInfo property) => property.Name is "ApiVersion" or "Kind";

    private static SchemaNode Constrain(SchemaNode schema, PropertyInfo property)
    {
        foreach (Attribute attribute in property.GetCustomAttributes())
        {
            schema = attribute switch
            {
                RangeAttribute range => schema with { Minimum = Number(range.Minimum), Maximum = Number(range.Maximum) },
                MinLengthAttribute min when schema.Type == "array" => schema with { MinItems = min.Length },
                MaxLengthAttribute max when schema.Type == "array" => schema with { MaxItems = max.Length },
                MinLengthAttribute min => schema with { MinLength = min.Length },
                MaxLengthAttribute max => schema with { MaxLength = max.Length },
                RegularExpressionAttribute regex => schema with { Pattern = regex.Pattern },
                AllowedValuesAttribute values => schema with { Enum = [.. values.Values.Select(v => (string)v!)] },
                ListMapAttribute map => schema with
                {
                    ListType = "map", ListMapKeys = map.Keys, AllowsDuplicates = map.AllowsDuplicates,
                },
                ListSetAttribute => schema with { ListType = "set" },
                _ => schema,
            };
        }

        lock (NullabilityLock)
        {
            // A required reference with a blank value would pass as present; an empty name never is what was meant.
            bool requiredText = schema.Type == "string" && schema is { MinLength: null, Enum: null, Format: null, Pattern: null }
                && property.GetCustomAttribute<RequiredMemberAttribute>() is not null
                && Nullability.Create(property).WriteState == NullabilityState.NotNull;
            return requiredText ? schema with { MinLength = 1 } : schema;
        }
    }

    private static double Number(object bound) => Convert.ToDouble(bound, CultureInfo.InvariantCulture);
}
