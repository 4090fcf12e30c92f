using System.Globalization;
using System.Numerics;
using System.Net;
using System.Text.Json.Nodes;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Trireme.Inference.Tests.Grammars;

/// <summary>Says whether a document satisfies a schema, straight from the specification and without any automaton.</summary>
internal sealed class SchemaValidator(JsonNode root)
{
    /// <summary>Null when the document is valid, or what is wrong with it.</summary>
    public static string? FindViolation(string schema, string document)
    {
        JsonNode root = JsonNode.Parse(schema)!;
        try
        {
            using JsonDocument parsed = JsonDocument.Parse(document, new JsonDocumentOptions { MaxDepth = 512 });
            return new SchemaValidator(root).Validate(root, Read(parsed.RootElement));
        }
        catch (JsonException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>Of members with one name the last counts, as in most readers.</summary>
    private static JsonNode? Read(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var map = new JsonObject();
                foreach (JsonProperty property in element.EnumerateObject()) map[property.Name] = Read(property.Value);
                return map;
            case JsonValueKind.Array:
                return new JsonArray([.. element.EnumerateArray().Select(Read)]);
            default:
                return JsonNode.Parse(element.GetRawText());
        }
    }

    private string? Validate(JsonNode? schema, JsonNode? value)
    {
        if (schema is JsonValue always) return always.GetValue<bool>() ? null : "nothing is allowed here";
        var rules = (JsonObject)schema!;
        bool isNull = value is null && rules["nullable"]?.GetValue<bool>() == true;
        if (isNull && !rules.ContainsKey("enum") && !rules.ContainsKey("const")) return null;
        foreach ((string keyword, JsonNode? wanted) in rules)
        {
            if (isNull && keyword == "type") continue;
            if (JudgeKeyword(rules, keyword, wanted, value) is { } violation) return $"{keyword}: {violation}";
        }

        return null;
    }

    private string? JudgeKeyword(JsonObject rules, string keyword, JsonNode? wanted, JsonNode? value)
    {
        switch (keyword)
        {
            case "$ref":
                return Validate(Resolve(wanted!.GetValue<string>()), value);
            case "allOf":
                return wanted!.AsArray().Select(part => Validate(part, value)).FirstOrDefault(violation => violation is not null);
            case "anyOf":
                return wanted!.AsArray().Any(part => Validate(part, value) is null) ? null : "none fits";
            case "oneOf":
                return wanted!.AsArray().Count(part => Validate(part, value) is null) == 1 ? null : "not exactly one fits";
            case "enum":
                return wanted!.AsArray().Any(entry => JsonNode.DeepEquals(entry, value)) ? null : "not listed";
            case "const":
                return JsonNode.DeepEquals(wanted, value) ? null : "another value";
            case "type":
                JsonNode?[] types = wanted is JsonArray list ? [.. list] : [wanted];
                return types.Any(type => IsOf(type!.GetValue<string>(), value)) ? null : "another type";
            default:
                return value switch
                {
                    JsonObject map => JudgeObject(rules, keyword, wanted, map),
                    JsonArray items => JudgeArray(rules, keyword, wanted, items),
                    JsonValue scalar when scalar.GetValueKind() == JsonValueKind.String =>
                        JudgeString(keyword, wanted, scalar.GetValue<string>()),
                    JsonValue scalar when scalar.GetValueKind() == JsonValueKind.Number => JudgeNumber(keyword, wanted, scalar),
                    _ => null,
                };
        }
    }

    private string? JudgeObject(JsonObject rules, string keyword, JsonNode? wanted, JsonObject value)
    {
        switch (keyword)
        {
            case "required":
                return wanted!.AsArray().FirstOrDefault(name => !value.ContainsKey(name!.GetValue<string>()))?.GetValue<string>();
            case "properties":
                foreach ((string name, JsonNode? schema) in wanted!.AsObject())
                {
                    if (!value.TryGetPropertyValue(name, out JsonNode? entry)) continue;
                    if (Validate(schema, entry) is { } violation) return $"{name}: {violation}";
                }

                return null;
            case "minProperties":
                return value.Count >= wanted!.GetValue<int>() ? null : "too few";
            case "maxProperties":
                return value.Count <= wanted!.GetValue<int>() ? null : "too many";
            case "propertyNames":
                return value.Select(property => Validate(wanted, property.Key)).FirstOrDefault(violation => violation is not null);
            case "patternProperties":
                foreach ((string pattern, JsonNode? schema) in wanted!.AsObject())
                {
                    foreach ((string name, JsonNode? entry) in value)
                    {
                        if (Matches(pattern, name) && Validate(schema, entry) is { } violation) return $"{name}: {violation}";
                    }
                }

                return null;
            case "additionalProperties":
                foreach ((string name, JsonNode? entry) in value)
                {
                    if (rules["properties"]?.AsObject().ContainsKey(name) == true) continue;
                    if (rules["patternProperties"]?.AsObject().Any(pattern => Matches(pattern.Key, name)) == true) continue;
                    if (Validate(wanted, entry) is { } violation) return $"{name}: {violation}";
                }

                return null;
            default:
                return null;
        }
    }

    private string? JudgeArray(JsonObject rules, string keyword, JsonNode? wanted, JsonArray value)
    {
        int prefix = rules["prefixItems"]?.AsArray().Count ?? 0;
        return keyword switch
        {
            "minItems" => value.Count >= wanted!.GetValue<int>() ? null : "too few",
            "maxItems" => value.Count <= wanted!.GetValue<int>() ? null : "too many",
            "uniqueItems" when wanted!.GetValue<bool>() =>
                value.Where((item, i) => value.Take(i).Any(other => JsonNode.DeepEquals(item, other))).Any() ? "an item twice" : null,
            "prefixItems" =>
                value.Take(prefix).Select((item, i) => Validate(wanted![i], item)).FirstOrDefault(violation => violation is not null),
            "items" => value.Skip(prefix).Select(item => Validate(wanted, item)).FirstOrDefault(violation => violation is not null),
            _ => null,
        };
    }

    private static string? JudgeString(string keyword, JsonNode? wanted, string value)
    {
        int length = value.EnumerateRunes().Count();
        return keyword switch
        {
            "minLength" => length >= wanted!.GetValue<int>() ? null : "too short",
            "maxLength" => length <= wanted!.GetValue<int>() ? null : "too long",
            "pattern" => Matches(wanted!.GetValue<string>(), value) ? null : $"'{value}' does not match",
            "format" => IsFormat(wanted!.GetValue<string>(), value) ? null : $"'{value}' is none",
            _ => null,
        };
    }

    /// <summary>.NET knows Unicode's categories only outside the dialect whose \d and \w are ASCII.</summary>
    private static bool Matches(string pattern, string value)
    {
        bool hasCategory = pattern.Contains("\\p", StringComparison.OrdinalIgnoreCase);
        return Regex.IsMatch(hasCategory ? Basic(value) : Units(value), pattern, hasCategory ? RegexOptions.None : RegexOptions.ECMAScript);
    }

    /// <summary>.NET looks at halves of pairs: here a character of one unit and the same category stands for a pair.</summary>
    private static string Basic(string text) => string.Concat(text.EnumerateRunes().Select(Basic));

    private static string Basic(Rune rune) => rune.IsBmp ? rune.ToString() : Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter => "A",
        UnicodeCategory.LowercaseLetter => "a",
        UnicodeCategory.OtherLetter => "\u00AA",
        UnicodeCategory.DecimalDigitNumber => "1",
        UnicodeCategory.LetterNumber => "\u2160",
        UnicodeCategory.OtherNumber => "\u00B2",
        _ => "!",
    };

    private static bool IsFormat(string format, string value) => format switch
    {
        "date" => DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "date-time" => DateTimeOffset.TryParse(value, CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "time" => DateTimeOffset.TryParse("2001-01-01T" + value, CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "uuid" => Guid.TryParseExact(value, "D", out _),
        "ipv4" or "ipv6" => IPAddress.TryParse(value, out _),
        "email" => System.Net.Mail.MailAddress.TryCreate(value, out _),
        "uri" => Uri.TryCreate(value, UriKind.Absolute, out _),
        "hostname" => Uri.CheckHostName(value) == UriHostNameType.Dns,
        "duration" => Regex.IsMatch(value, "^P(?=.)(\\d+W|(\\d+D)?(T(?=.)(\\d+H)?(\\d+M)?(\\d+S)?)?)$"),
        "json-pointer" => value.Length == 0 || value[0] == '/',
        "regex" => IsExpression(value),
        _ => true,
    };

    private static bool IsExpression(string value)
    {
        try
        {
            return Regex.IsMatch("", $"(?:{value})?");
        }
        catch (RegexParseException)
        {
            return false;
        }
    }

    private static string? JudgeNumber(string keyword, JsonNode? wanted, JsonValue number)
    {
        if (keyword == "multipleOf")
        {
            (BigInteger digits, int exponent) = Digits(number.ToJsonString());
            (BigInteger step, int stepExponent) = Digits(wanted!.ToJsonString());
            int scale = Math.Min(exponent, stepExponent);
            bool isMultiple = digits * BigInteger.Pow(10, exponent - scale) % (step * BigInteger.Pow(10, stepExponent - scale)) == 0;
            return isMultiple ? null : $"{number.ToJsonString()} is none of {wanted.ToJsonString()}";
        }

        if (keyword is not ("minimum" or "maximum" or "exclusiveMinimum" or "exclusiveMaximum")) return null;
        int order = Compare(number.ToJsonString(), wanted!.ToJsonString());
        bool isValid = keyword switch
        {
            "minimum" => order >= 0,
            "maximum" => order <= 0,
            "exclusiveMinimum" => order > 0,
            _ => order < 0,
        };
        return isValid ? null : $"{number.ToJsonString()} against {wanted.ToJsonString()}";
    }

    /// <summary>Compares two JSON numbers digit by digit: they may have more digits than any type holds.</summary>
    private static int Compare(string left, string right)
    {
        (BigInteger leftDigits, int leftExponent) = Digits(left);
        (BigInteger rightDigits, int rightExponent) = Digits(right);
        int low = Math.Min(leftExponent, rightExponent);
        return (leftDigits * BigInteger.Pow(10, leftExponent - low)).CompareTo(rightDigits * BigInteger.Pow(10, rightExponent - low));
    }

    /// <summary>A number as whole digits times a power of ten. Powers beyond any limit of the schemas here are cut.</summary>
    private static (BigInteger Digits, int Exponent) Digits(string number)
    {
        string[] parts = number.Split('e', 'E');
        var written = BigInteger.Parse(parts.Length > 1 ? parts[1] : "0", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        int exponent = (int)BigInteger.Max(-2000, BigInteger.Min(2000, written));
        int point = parts[0].IndexOf('.');
        if (point >= 0) exponent -= parts[0].Length - point - 1;
        string digits = parts[0].Replace(".", "", StringComparison.Ordinal);
        return (BigInteger.Parse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), exponent);
    }

    private static bool IsOf(string type, JsonNode? value) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        "integer" => value?.GetValueKind() == JsonValueKind.Number && value.GetValue<double>() % 1 == 0,
        _ => false,
    };

    private JsonNode? Resolve(string reference)
    {
        JsonNode? node = root;
        foreach (string part in reference.Split('/').Skip(1)) node = node![part.Replace("~1", "/", StringComparison.Ordinal)];
        return node;
    }

    /// <summary>A schema's pattern counts characters, where .NET counts halves of pairs: here one unit stands for a pair.</summary>
    private static string Units(string text) => Regex.Replace(text, "[\uD800-\uDBFF][\uDC00-\uDFFF]", "\uE000");
}
