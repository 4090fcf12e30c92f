using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.CustomKinds.Schemas;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Definitions;

/// <summary>
/// What a schema must be to be structural (k8s.io/apiextensions-apiserver, pkg/apiserver/schema/validation.go): every value has its type in
/// one place, so that pruning, defaults and merging by fields know what to do. Rules in CEL are refused: this server does not evaluate
/// them, and an object that breaks one must not be stored as if it had been looked at.
/// </summary>
internal sealed class SchemaRules(FieldErrors errors)
{
    /// <summary>Schemas within all versions of one definition: those of large operators have some tens of thousands.</summary>
    private const int MaxNodes = 60_000;

    /// <summary>Size of all patterns of a definition; a matcher takes memory by it.</summary>
    private const int MaxPatternSize = 50_000;

    private const string Rules = "x-kubernetes-validations";
    private const string ListType = "x-kubernetes-list-type";
    private const string ListMapKeys = "x-kubernetes-list-map-keys";
    private const string IntOrString = "x-kubernetes-int-or-string";
    private const string Preserve = "x-kubernetes-preserve-unknown-fields";
    private const string Embedded = "x-kubernetes-embedded-resource";

    private static readonly string[] Types = ["array", "boolean", "integer", "number", "object", "string"];

    /// <summary>Keywords of JSON Schema that no structural schema has.</summary>
    private static readonly string[] Unsupported =
        ["$ref", "$schema", "additionalItems", "definitions", "dependencies", "id", "patternProperties"];

    /// <summary>What may stand in the branches of allOf, anyOf, oneOf and not, which say nothing but what is valid.</summary>
    private static readonly string[] OutsideOfBranches =
    [
        "additionalProperties", "default", "description", "nullable", "title", "type", Rules, ListType, ListMapKeys, IntOrString, Preserve,
        Embedded, "x-kubernetes-map-type",
    ];

    private readonly HashSet<string> _patterns = [];
    private int _nodes;
    private long _patternSize;

    /// <summary>Checks the schema of a version, or of all versions where they have the same.</summary>
    public void CheckRoot(JsonObject schema, string at)
    {
        Check(schema, at, at, "at the root", 0);
        if (schema["type"] is { } type && !IsText(type, "object"))
        {
            errors.Invalid(at + ".type", $"Invalid value: {Shown(type)}: must be object at the root");
        }

        if (schema["properties"] is JsonObject properties && properties["metadata"] is JsonObject metadata) CheckMetadata(metadata, at);
    }

    private void Check(JsonObject schema, string at, string root, string where, int depth)
    {
        if (errors.IsFull) return;
        if (++_nodes > MaxNodes)
        {
            const string Most = "schemas in all versions together";
            if (_nodes == MaxNodes + 1) errors.Add(root, FieldErrorType.TooMany, $"Too many: must have at most {MaxNodes} {Most}");
            return;
        }

        int below = JsonDepth.Below(depth);
        foreach ((string keyword, JsonNode? value) in schema) CheckKeyword(schema, keyword, value, at);
        CheckType(schema, at, where);
        CheckShape(schema, at);
        CheckList(schema, at);
        foreach ((string name, JsonNode? member) in schema["properties"] as JsonObject ?? [])
        {
            if (member is JsonObject known) Check(known, $"{at}.properties[{name}]", root, "for specified object fields", below);
            else errors.Add($"{at}.properties[{name}]", FieldErrorType.TypeInvalid, "must be a schema");
        }

        if (schema["items"] is JsonObject items) Check(items, at + ".items", root, "for specified array items", below);
        if (schema["additionalProperties"] is JsonObject values)
        {
            Check(values, at + ".additionalProperties", root, "for specified object fields", below);
        }

        CheckBranches(schema, schema, at, below);
        // The default is looked at once everything that it must fit is known to be sound.
        if (schema["default"] is { } given && errors.IsEmpty) CheckDefault(schema, given, at);
    }

    /// <summary>Whether a keyword is known, and its value of the form that it must have.</summary>
    private void CheckKeyword(JsonObject schema, string keyword, JsonNode? value, string at)
    {
        string field = $"{at}.{keyword}";
        JsonValueKind kind = value?.GetValueKind() ?? JsonValueKind.Null;
        string? expected = keyword switch
        {
            "type" or "format" or "pattern" or "title" or "description" or ListType or "x-kubernetes-map-type" => "a string",
            "nullable" or "uniqueItems" or "exclusiveMinimum" or "exclusiveMaximum" or Preserve or IntOrString or Embedded => "a boolean",
            "minimum" or "maximum" or "multipleOf" => "a number",
            "minLength" or "maxLength" or "minItems" or "maxItems" or "minProperties" or "maxProperties" => "a whole number from 0 on",
            "required" or ListMapKeys => "a list of strings",
            "enum" or "allOf" or "anyOf" or "oneOf" or Rules => "a list",
            "properties" or "not" => "an object",
            "items" or "additionalProperties" or "default" or "example" or "externalDocs" => "",
            _ => null,
        };
        if (Unsupported.Contains(keyword))
        {
            errors.Add(field, FieldErrorType.Forbidden, $"Forbidden: {keyword} is not supported");
        }
        else if (expected is null)
        {
            errors.Add(field, FieldErrorType.Forbidden, $"Forbidden: {keyword} is no keyword of schemas; leave it out");
        }
        else if (!Fits(value, kind, expected))
        {
            errors.Add(field, FieldErrorType.TypeInvalid, $"Invalid value: {Shown(value)}: must be {expected}");
        }
        else if (keyword == Rules && value is JsonArray { Count: > 0 } rules)
        {
            Refuse(rules, field);
        }
        else if (keyword == "pattern")
        {
            CheckPattern(value!.GetValue<string>(), field);
        }
        else if (keyword == "format" && SchemaFormats.Unchecked.Contains(value!.GetValue<string>()))
        {
            errors.Add(field, FieldErrorType.Forbidden, $"Forbidden: this server does not check the format {Shown(value)}; use a pattern");
        }
        else if (keyword == "uniqueItems" && kind == JsonValueKind.True)
        {
            errors.Add(field, FieldErrorType.Forbidden,
                "Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
        }
        else if (keyword == "additionalProperties" && (kind == JsonValueKind.False || schema["properties"] is JsonObject { Count: > 0 }))
        {
            errors.Add(field, FieldErrorType.Forbidden, kind == JsonValueKind.False
                ? "Forbidden: additionalProperties cannot be set to false"
                : "Forbidden: additionalProperties and properties are mutual exclusive");
        }
    }

    private void Refuse(JsonArray rules, string field)
    {
        for (int i = 0; i < rules.Count; i++)
        {
            string rule = (rules[i] as JsonObject)?["rule"]?.ToString() ?? "";
            errors.Add($"{field}[{i}].rule", FieldErrorType.Forbidden, "Forbidden: this server does not evaluate rules in CEL, so that "
                + $"\"{rule}\" would hold nobody to anything; leave the rule out and say what can be said with enum, pattern, required and "
                + "limits, or define the kind on a cluster");
        }
    }

    private void CheckPattern(string text, string field)
    {
        // Large definitions say few patterns, each hundreds of times, and to make a matcher takes a millisecond.
        if (_patterns.Contains(text)) return;
        if (!SchemaPattern.TryParse(text, out SchemaPattern? pattern, out string fault))
        {
            string shown = JsonSerializer.Serialize(text, ResourceJson.Options);
            errors.Invalid(field, $"Invalid value: {shown}: must be a valid regular expression, but isn't: {fault}");
        }
        else if (_patterns.Add(text) && (_patternSize += pattern.Size) > MaxPatternSize)
        {
            errors.Add(field, FieldErrorType.TooMany, $"Too many: all patterns together must have at most {MaxPatternSize} elements");
        }
    }

    private void CheckType(JsonObject schema, string at, string where)
    {
        bool isFree = IsTrue(schema, IntOrString) || IsTrue(schema, Preserve);
        if (schema["type"] is not { } type)
        {
            if (!isFree) errors.Required(at + ".type", $"Required value: must not be empty {where}");
        }
        else if (IsTrue(schema, IntOrString))
        {
            errors.Invalid(at + ".type", $"Invalid value: {Shown(type)}: must be empty if {IntOrString} is true");
        }
        else if (!Types.Contains(type.ToString()))
        {
            string supported = string.Join(", ", Types.Select(static name => $"\"{name}\""));
            errors.Add(at + ".type", FieldErrorType.NotSupported, $"Unsupported value: {Shown(type)}: supported values: {supported}");
        }
    }

    private void CheckShape(JsonObject schema, string at)
    {
        bool isArray = IsText(schema["type"], "array");
        if (isArray && schema["items"] is null) errors.Required(at + ".items", "Required value: must be specified");
        if (schema["items"] is JsonArray)
        {
            errors.Add(at + ".items", FieldErrorType.Forbidden, "Forbidden: items must be a schema object and not an array");
        }

        if (IsTrue(schema, Embedded))
        {
            if (!IsText(schema["type"], "object"))
            {
                errors.Invalid(at + ".type", $"Invalid value: {Shown(schema["type"])}: must be object if {Embedded} is true");
            }

            if (!IsTrue(schema, Preserve) && schema["properties"] is not JsonObject { Count: > 0 })
            {
                errors.Required(at + ".properties", $"Required value: must not be empty if {Embedded} is true without {Preserve}");
            }
        }

        if (schema[Preserve] is { } kept && !IsTrue(schema, Preserve))
        {
            errors.Invalid($"{at}.{Preserve}", $"Invalid value: {Shown(kept)}: must be true or undefined");
        }

        if (schema["x-kubernetes-map-type"] is { } mapType && mapType.ToString() is not ("granular" or "atomic"))
        {
            errors.Add(at + ".x-kubernetes-map-type", FieldErrorType.NotSupported,
                $"Unsupported value: {Shown(mapType)}: supported values: \"atomic\", \"granular\"");
        }
    }

    private void CheckList(JsonObject schema, string at)
    {
        if (schema[ListType] is not { } listType)
        {
            const string Missing = $"Required value: must be map if {ListMapKeys} is set";
            if (schema[ListMapKeys] is not null) errors.Required($"{at}.{ListType}", Missing);
            return;
        }

        if (!IsText(schema["type"], "array")) errors.Required(at + ".type", $"Required value: must be array if {ListType} is specified");
        switch (listType.ToString())
        {
            case "atomic":
                break;
            case "set":
                CheckItemsOfSet(schema, at);
                break;
            case "map":
                CheckItemsOfMap(schema, at);
                break;
            default:
                errors.Add($"{at}.{ListType}", FieldErrorType.NotSupported,
                    $"Unsupported value: {Shown(listType)}: supported values: \"atomic\", \"map\", \"set\"");
                break;
        }
    }

    private void CheckItemsOfSet(JsonObject schema, string at)
    {
        if (schema["items"] is not JsonObject items) return;
        bool isOne = items["type"]?.ToString() switch
        {
            "object" => IsText(items["x-kubernetes-map-type"], "atomic"),
            "array" => IsText(items[ListType], "atomic") || items[ListType] is null,
            _ => true,
        };
        if (!isOne) errors.Invalid(at + ".items", "Invalid value: the items of a set must be scalars, or atomic lists or maps");
        if (!IsTrue(items, "nullable")) return;
        errors.Add(at + ".items.nullable", FieldErrorType.Forbidden, "Forbidden: cannot be nullable in a set");
    }

    private void CheckItemsOfMap(JsonObject schema, string at)
    {
        string[] keys = [.. (schema[ListMapKeys] as JsonArray ?? []).Select(static key => key?.ToString() ?? "")];
        if (keys.Length == 0) errors.Required($"{at}.{ListMapKeys}", $"Required value: must not be empty if {ListType} is map");
        if (schema["items"] is not JsonObject items) return;
        if (!IsText(items["type"], "object"))
        {
            string type = Shown(items["type"]);
            errors.Invalid(at + ".items.type", $"Invalid value: {type}: must be object if parent array's {ListType} is map");
        }

        for (int i = 0; i < keys.Length; i++)
        {
            string key = keys[i];
            string field = $"{at}.items.properties[{key}]";
            string place = $"{at}.{ListMapKeys}[{i}]";
            if (keys.AsSpan(0, i).Contains(key)) errors.Add(place, FieldErrorType.Duplicate, $"Duplicate value: \"{key}\"");
            if ((items["properties"] as JsonObject)?[key] is not JsonObject described)
            {
                errors.Invalid(place, $"Invalid value: \"{key}\": entries must all be names of item properties");
                continue;
            }

            if (described["type"]?.ToString() is "array" or "object")
            {
                string type = Shown(described["type"]);
                errors.Invalid(field + ".type", $"Invalid value: {type}: must be a scalar type if parent array's {ListType} is map");
            }

            bool isRequired = (items["required"] as JsonArray ?? []).Any(name => IsText(name, key));
            if (!isRequired && described["default"] is null)
            {
                errors.Required(field + ".default",
                    $"Required value: this property is in {ListMapKeys}, so it must have a default or be a required property");
            }
        }
    }

    /// <summary>Branches say what is valid of fields that are described outside of them.</summary>
    private void CheckBranches(JsonObject schema, JsonObject outside, string at, int depth)
    {
        int below = JsonDepth.Below(depth);
        foreach (string keyword in (ReadOnlySpan<string>)["allOf", "anyOf", "oneOf"])
        {
            if (schema[keyword] is not JsonArray branches) continue;
            for (int i = 0; i < branches.Count; i++)
            {
                if (branches[i] is JsonObject branch) CheckBranch(branch, outside, $"{at}.{keyword}[{i}]", below);
                else errors.Add($"{at}.{keyword}[{i}]", FieldErrorType.TypeInvalid, "must be a schema");
            }
        }

        if (schema["not"] is JsonObject not) CheckBranch(not, outside, at + ".not", below);
    }

    private void CheckBranch(JsonObject branch, JsonObject outside, string at, int depth)
    {
        if (errors.IsFull || ++_nodes > MaxNodes) return;
        int below = JsonDepth.Below(depth);
        foreach ((string keyword, JsonNode? value) in branch)
        {
            // The two types of an int-or-string are written so by convention.
            bool isAlternative = keyword == "type" && IsTrue(outside, IntOrString) && value?.ToString() is "integer" or "string";
            if (isAlternative) continue;
            if (!OutsideOfBranches.Contains(keyword)) CheckKeyword(branch, keyword, value, at);
            else errors.Add($"{at}.{keyword}", FieldErrorType.Forbidden, "Forbidden: must be empty to be structural");
        }

        foreach ((string name, JsonNode? member) in branch["properties"] as JsonObject ?? [])
        {
            string field = $"{at}.properties[{name}]";
            var described = ((outside["properties"] as JsonObject)?[name] ?? outside["additionalProperties"]) as JsonObject;
            if (member is not JsonObject known) errors.Add(field, FieldErrorType.TypeInvalid, "must be a schema");
            else if (described is not null) CheckBranch(known, described, field, below);
            else errors.Required(field, "Required value: because it is not declared in the structural part of the schema");
        }

        if (branch["items"] is JsonObject items && outside["items"] is JsonObject outer) CheckBranch(items, outer, at + ".items", below);
        CheckBranches(branch, outside, at, below);
    }

    private void CheckMetadata(JsonObject metadata, string at)
    {
        string[] named = [.. (metadata["properties"] as JsonObject ?? []).Select(static member => member.Key)];
        bool isPlain = named.All(static name => name is "name" or "generateName")
            && metadata.All(static keyword => keyword.Key is "type" or "properties" or "description");
        if (isPlain) return;
        errors.Add(at + ".properties[metadata]", FieldErrorType.Forbidden,
            "Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified");
    }

    private void CheckDefault(JsonObject schema, JsonNode given, string at)
    {
        StructuralSchema structural = StructuralReader.Read(schema);
        string field = at + ".default";
        if (StructuralPruner.HasUnknown(given, structural))
        {
            errors.Invalid(field, $"Invalid value: {Shown(given)}: must not have unknown fields");
            return;
        }

        JsonNode complete = given.DeepClone();
        StructuralDefaults.Within(complete, structural);
        foreach (FieldError error in StructuralValidator.Validate(complete, structural))
        {
            errors.Add(error.Field is "" or "<nil>" ? field : $"{field}.{error.Field}", error.Type, error.Detail);
        }
    }

    private static bool Fits(JsonNode? value, JsonValueKind kind, string expected) => expected switch
    {
        "a string" => kind == JsonValueKind.String,
        "a boolean" => kind is JsonValueKind.True or JsonValueKind.False,
        "a number" => kind == JsonValueKind.Number,
        "a whole number from 0 on" => kind == JsonValueKind.Number && long.TryParse(value!.ToJsonString(), out long number) && number >= 0,
        "a list of strings" => value is JsonArray list && list.All(static item => item?.GetValueKind() == JsonValueKind.String),
        "a list" => kind == JsonValueKind.Array,
        "an object" => kind == JsonValueKind.Object,
        _ => true,
    };

    private static bool IsTrue(JsonObject schema, string keyword) => schema[keyword]?.GetValueKind() == JsonValueKind.True;

    private static bool IsText(JsonNode? value, string text) =>
        value?.GetValueKind() == JsonValueKind.String && value.GetValue<string>() == text;

    private static string Shown(JsonNode? value)
    {
        const int Most = 100;
        string text = value?.ToJsonString(ResourceJson.Options) ?? "null";
        return text.Length <= Most ? text : text[..Most] + "...";
    }
}
