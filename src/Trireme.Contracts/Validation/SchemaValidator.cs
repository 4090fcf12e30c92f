using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Validation;

/// <summary>
/// Checks JSON against a schema, naming every field at fault by its path. Valid objects are by far the most, so paths are put
/// together and texts are read only where there is something to say or to compare.
/// </summary>
internal sealed class SchemaValidator(FieldErrors errors)
{
    /// <summary>Characters of a text that a message repeats.</summary>
    private const int QuotedLength = 100;

    /// <summary>Where the walk is: names of members, and indexes of items where there is no name.</summary>
    private readonly List<(string? Name, int Index)> _path = [];

    /// <summary>Adds an error for each violation; unknown fields are reported with the nearest known name.</summary>
    public void Validate(JsonNode? value, SchemaNode schema)
    {
        if (errors.IsFull) return;
        JsonValueKind kind = value?.GetValueKind() ?? JsonValueKind.Null;
        if (!HasType(value, kind, schema))
        {
            string path = Path();
            string name = path.Length == 0 ? "(root)" : path;
            errors.Add(name, FieldErrorType.TypeInvalid, $"must be {Expected(schema)}, not {Actual(value, kind)}{Overflow(value, schema)}");
            return;
        }

        switch (value)
        {
            case JsonObject map:
                ValidateObject(map, schema);
                break;
            case JsonArray list:
                ValidateArray(list, schema);
                break;
            case JsonValue text when kind == JsonValueKind.String && ComparesText(schema):
                ValidateText(text.GetValue<string>(), text, schema);
                break;
            case JsonValue number when kind == JsonValueKind.Number && (schema.Minimum ?? schema.Maximum) is not null:
                ValidateNumber(Number(number), number, schema);
                break;
        }
    }

    private void ValidateObject(JsonObject value, SchemaNode schema)
    {
        foreach ((string name, JsonNode? member) in value)
        {
            if (schema.Properties?.GetValueOrDefault(name) is { } known)
            {
                // An explicit null says "not set", as in Kubernetes.
                if (member is not null) ValidateBelow((name, 0), member, known);
            }
            else if (schema.AdditionalProperties is { } any)
            {
                ValidateBelow((name, 0), member, any);
            }
            else if (!schema.PreservesUnknownFields && schema.Properties is not null && !errors.IsFull)
            {
                string path = Path(name);
                errors.Add(path, FieldErrorType.UnknownField, UnknownField(name, path, schema.Properties.Keys));
            }
        }

        foreach (string name in schema.Required)
        {
            if (value[name] is null) errors.Required(Path(name));
        }
    }

    private void ValidateBelow((string? Name, int Index) element, JsonNode? value, SchemaNode schema)
    {
        JsonDepth.Below(_path.Count);
        _path.Add(element);
        Validate(value, schema);
        _path.RemoveAt(_path.Count - 1);
    }

    private string Path(string? member = null)
    {
        var path = new StringBuilder();
        foreach ((string? name, int index) in _path)
        {
            if (name is null) path.Append(CultureInfo.InvariantCulture, $"[{index}]");
            else path.Append(path.Length > 0 ? "." : "").Append(name);
        }

        return member is null ? path.ToString() : path.Append(path.Length > 0 ? "." : "").Append(member).ToString();
    }

    private static string UnknownField(string name, string path, IEnumerable<string> known) =>
        NearestName.Find(name, known) is { } nearest
            ? $"unknown field \"{path}\", did you mean \"{nearest}\"?"
            : $"unknown field \"{path}\"; known fields here: {string.Join(", ", known)}";

    private void ValidateArray(JsonArray value, SchemaNode schema)
    {
        if (schema.MinItems is { } min && value.Count < min) errors.Invalid(Path(), $"must have at least {min} items");
        if (schema.MaxItems is { } max && value.Count > max)
        {
            errors.Add(Path(), FieldErrorType.TooMany, $"must have at most {max} items");
        }

        if (schema.Items is null) return;
        HashSet<string>? keys = schema.ListType is null || schema.AllowsDuplicates ? null : [];
        for (int i = 0; i < value.Count; i++)
        {
            JsonNode? item = value[i];
            ValidateBelow((null, i), item, schema.Items);
            JsonNode? key = keys is null ? null : schema.ListType switch
            {
                "set" => item,
                "map" => (item as JsonObject)?[schema.ListMapKeys[0]],
                _ => null,
            };
            if (key is null || keys!.Add(key.ToString())) continue;
            string path = string.Create(CultureInfo.InvariantCulture, $"{Path()}[{i}]");
            errors.Add(path, FieldErrorType.Duplicate, $"\"{key}\" is there already");
        }
    }

    /// <summary>False where any text will do, so that it need not be read.</summary>
    private static bool ComparesText(SchemaNode schema) =>
        schema.Enum is not null
        || (schema.MinLength ?? schema.MaxLength) is not null
        || schema.Format == "date-time"
        || schema.Pattern is not null;

    private void ValidateText(string text, JsonValue written, SchemaNode schema)
    {
        if (schema.Enum is { } allowed && !allowed.Contains(text))
        {
            string hint = NearestName.Find(text, allowed) is { } nearest ? $"did you mean \"{nearest}\"? " : "";
            string supported = string.Join(", ", allowed);
            errors.Add(Path(), FieldErrorType.NotSupported, $"{Quoted(text)} is not supported; {hint}supported values: {supported}");
        }

        if (schema.MinLength is { } min && text.Length < min)
        {
            errors.Invalid(Path(), text.Length == 0 ? "must not be empty" : $"must have at least {min} characters");
        }
        if (schema.MaxLength is { } max && text.Length > max) errors.Invalid(Path(), $"must have at most {max} characters");
        if (schema.Format == "date-time"
            && !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
        {
            errors.Invalid(Path(), $"{Quoted(text)} is not a time; write it like 2026-01-31T09:30:00Z");
        }

        if (schema.Pattern is { } pattern && !SchemaPatterns.IsMatch(text, pattern))
        {
            errors.Invalid(Path(), $"{Quoted(text)} {Mismatch(text, pattern, schema)}");
        }
        else if (schema.Format == Duration.Format && !Duration.TryParse(text, out _))
        {
            errors.Invalid(Path(), $"{Quoted(text)} {Duration.Problem(text)}");
        }
        else if (schema.IntOrString && ByteSize.TryMeasure(text, out double bytes))
        {
            ValidateNumber(bytes, written, schema);
        }
    }

    /// <summary>A pattern is no answer to someone who wants to know how a known form is written.</summary>
    private static string Mismatch(string text, string pattern, SchemaNode schema) => schema switch
    {
        { Format: Duration.Format } => Duration.Problem(text),
        { IntOrString: true } => ByteSize.Problem(text),
        _ => $"does not match {pattern}",
    };

    /// <summary>A text as messages show it: the beginning of a long one.</summary>
    private static string Quoted(string text) => text.Length <= QuotedLength ? $"\"{text}\"" : $"\"{text[..QuotedLength]}\"...";

    private void ValidateNumber(double number, JsonValue written, SchemaNode schema)
    {
        if (schema.Minimum is { } min && number < min)
        {
            errors.Invalid(Path(), $"{written.ToJsonString(ResourceJson.Options)} is too small; must be at least {Limit(min, schema)}");
        }
        if (schema.Maximum is { } max && number > max)
        {
            errors.Invalid(Path(), $"{written.ToJsonString(ResourceJson.Options)} is too large; must be at most {Limit(max, schema)}");
        }
    }

    private static string Limit(double limit, SchemaNode schema) =>
        schema.IntOrString ? new ByteSize((long)limit).ToString() : limit.ToString(CultureInfo.InvariantCulture);

    private static bool HasType(JsonNode? value, JsonValueKind kind, SchemaNode schema)
    {
        if (schema.IntOrString)
        {
            // However large, so that the message is about the limit.
            return kind == JsonValueKind.String
                || (kind == JsonValueKind.Number && JsonIntegers.TryParse(Spelling(value!.AsValue()), out _));
        }

        return schema.Type switch
        {
            "object" => kind == JsonValueKind.Object,
            "array" => kind == JsonValueKind.Array,
            "string" => kind == JsonValueKind.String,
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False,
            "number" => kind == JsonValueKind.Number && double.IsFinite(Number(value!.AsValue())),
            "integer" => kind == JsonValueKind.Number && IsInteger(value!.AsValue(), schema.Format),
            _ => true,
        };
    }

    private static bool IsInteger(JsonValue value, string? format)
    {
        // As the schemas of Kubernetes have it, 2.0 and 2e0 are integers: what counts is the number and not its spelling.
        if (!JsonIntegers.TryParse(Spelling(value), out Int128 number)) return false;
        return format == "int32" ? number >= int.MinValue && number <= int.MaxValue : number >= long.MinValue && number <= long.MaxValue;
    }

    private static ReadOnlySpan<byte> Spelling(JsonValue value) => value.TryGetValue(out JsonElement parsed)
        ? JsonMarshal.GetRawUtf8Value(parsed)
        : Encoding.UTF8.GetBytes(value.ToJsonString());

    private static double Number(JsonValue value) => value.TryGetValue(out JsonElement parsed)
        ? parsed.GetDouble()
        : double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);

    private static string Expected(SchemaNode schema) => schema switch
    {
        { IntOrString: true } => "a whole number of bytes or a text such as 512Mi",
        { Format: Duration.Format } => "a duration such as 30s",
        { Type: "integer", Format: "int32" } => "a 32-bit integer",
        { Type: "integer" } => "an integer",
        { Type: "object" } => "an object",
        { Type: "array" } => "a list",
        _ => $"a {schema.Type}",
    };

    /// <summary>
    /// What is wrong with a number that no reader can hold. YAML's reader leaves it as the text that it is; JSON's makes infinity of it.
    /// </summary>
    private static string Overflow(JsonNode? value, SchemaNode schema)
    {
        string text = value?.ToString() ?? "";
        bool isTooLarge = (schema.IntOrString || schema.Type is "number" or "integer")
            && text.AsSpan().TrimStart("+-") is [>= '0' and <= '9', ..]
            && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && !double.IsFinite(number);
        return isTooLarge ? ", which is too large for a number" : "";
    }

    private static string Actual(JsonNode? value, JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"the string \"{value!.GetValue<string>()}\"",
        JsonValueKind.Null => "null",
        _ => value!.ToJsonString(),
    };
}
