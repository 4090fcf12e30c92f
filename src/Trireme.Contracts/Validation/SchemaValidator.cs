using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Validation;

/// <summary>Checks JSON against a schema, naming every field at fault by its path.</summary>
public static class SchemaValidator
{
    private static readonly TimeSpan PatternTimeout = TimeSpan.FromMilliseconds(100);

    /// <summary>Adds an error for each violation; unknown fields are reported with the nearest known name.</summary>
    public static void Validate(JsonElement value, SchemaNode schema, string path, FieldErrors errors)
    {
        if (!HasType(value, schema))
        {
            errors.Add(Name(path), FieldErrorType.TypeInvalid, $"must be {Expected(schema)}, not {Actual(value)}");
            return;
        }

        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                ValidateObject(value, schema, path, errors);
                break;
            case JsonValueKind.Array:
                ValidateArray(value, schema, path, errors);
                break;
            case JsonValueKind.String:
                ValidateText(value.GetString()!, schema, path, errors);
                break;
            case JsonValueKind.Number:
                ValidateNumber(value.GetDouble(), schema, path, errors);
                break;
        }
    }

    private static void ValidateObject(JsonElement value, SchemaNode schema, string path, FieldErrors errors)
    {
        foreach (JsonProperty property in value.EnumerateObject())
        {
            string child = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            if (schema.Properties?.GetValueOrDefault(property.Name) is { } known)
            {
                // An explicit null says "not set", as in Kubernetes.
                if (property.Value.ValueKind != JsonValueKind.Null) Validate(property.Value, known, child, errors);
            }
            else if (schema.AdditionalProperties is { } any)
            {
                Validate(property.Value, any, child, errors);
            }
            else if (!schema.PreservesUnknownFields && schema.Properties is not null)
            {
                errors.Add(child, FieldErrorType.UnknownField, UnknownField(property.Name, child, schema.Properties.Keys));
            }
        }

        foreach (string name in schema.Required)
        {
            bool present = value.TryGetProperty(name, out JsonElement found) && found.ValueKind != JsonValueKind.Null;
            if (!present) errors.Required(path.Length == 0 ? name : $"{path}.{name}");
        }
    }

    private static string UnknownField(string name, string path, IEnumerable<string> known) =>
        NearestName.Find(name, known) is { } nearest
            ? $"unknown field \"{path}\", did you mean \"{nearest}\"?"
            : $"unknown field \"{path}\"; known fields here: {string.Join(", ", known)}";

    private static void ValidateArray(JsonElement value, SchemaNode schema, string path, FieldErrors errors)
    {
        int count = value.GetArrayLength();
        if (schema.MinItems is { } min && count < min) errors.Invalid(path, $"must have at least {min} items");
        if (schema.MaxItems is { } max && count > max) errors.Add(path, FieldErrorType.TooMany, $"must have at most {max} items");
        if (schema.Items is null) return;

        var keys = new HashSet<string>();
        int index = 0;
        foreach (JsonElement item in value.EnumerateArray())
        {
            string child = string.Create(CultureInfo.InvariantCulture, $"{path}[{index++}]");
            Validate(item, schema.Items, child, errors);
            string? key = schema.ListType switch
            {
                "set" => item.ToString(),
                "map" when item.ValueKind == JsonValueKind.Object
                    && item.TryGetProperty(schema.ListMapKey!, out JsonElement found) => found.ToString(),
                _ => null,
            };
            if (key is not null && !keys.Add(key)) errors.Add(child, FieldErrorType.Duplicate, $"\"{key}\" is there already");
        }
    }

    private static void ValidateText(string text, SchemaNode schema, string path, FieldErrors errors)
    {
        if (schema.Enum is { } allowed && !allowed.Contains(text))
        {
            string hint = NearestName.Find(text, allowed) is { } nearest ? $"did you mean \"{nearest}\"? " : "";
            string supported = string.Join(", ", allowed);
            errors.Add(path, FieldErrorType.NotSupported, $"\"{text}\" is not supported; {hint}supported values: {supported}");
        }

        if (schema.MinLength is { } min && text.Length < min)
        {
            errors.Invalid(path, text.Length == 0 ? "must not be empty" : $"must have at least {min} characters");
        }
        if (schema.MaxLength is { } max && text.Length > max) errors.Invalid(path, $"must have at most {max} characters");
        if (schema.Format == "date-time"
            && !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
        {
            errors.Invalid(path, $"\"{text}\" is not a time; write it like 2026-01-31T09:30:00Z");
        }

        if (schema.Pattern is { } pattern && !Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant, PatternTimeout))
        {
            errors.Invalid(path, $"\"{text}\" does not match {pattern}");
        }
    }

    private static void ValidateNumber(double number, SchemaNode schema, string path, FieldErrors errors)
    {
        if (schema.Minimum is { } min && number < min)
        {
            errors.Invalid(path, string.Create(CultureInfo.InvariantCulture, $"{number} is too small; must be at least {min}"));
        }
        if (schema.Maximum is { } max && number > max)
        {
            errors.Invalid(path, string.Create(CultureInfo.InvariantCulture, $"{number} is too large; must be at most {max}"));
        }
    }

    private static bool HasType(JsonElement value, SchemaNode schema)
    {
        if (schema.IntOrString) return value.ValueKind is JsonValueKind.String or JsonValueKind.Number;
        return schema.Type switch
        {
            "object" => value.ValueKind == JsonValueKind.Object,
            "array" => value.ValueKind == JsonValueKind.Array,
            "string" => value.ValueKind == JsonValueKind.String,
            "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
            "number" => value.ValueKind == JsonValueKind.Number,
            "integer" => value.ValueKind == JsonValueKind.Number && IsInteger(value, schema.Format),
            _ => true,
        };
    }

    private static bool IsInteger(JsonElement value, string? format) =>
        format == "int32" ? value.TryGetInt32(out _) : value.TryGetInt64(out _);

    private static string Expected(SchemaNode schema) => schema switch
    {
        { IntOrString: true } => "a number or a string",
        { Type: "integer", Format: "int32" } => "a 32-bit integer",
        { Type: "integer" } => "an integer",
        { Type: "object" } => "an object",
        { Type: "array" } => "a list",
        _ => $"a {schema.Type}",
    };

    private static string Actual(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"the string \"{value.GetString()}\"",
        JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };

    private static string Name(string path) => path.Length == 0 ? "(root)" : path;
}
