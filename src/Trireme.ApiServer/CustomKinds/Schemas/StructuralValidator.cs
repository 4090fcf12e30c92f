using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.CustomKinds.Schemas;

/// <summary>
/// Checks values against the schema of a custom kind, in the words of clusters (k8s.io/kube-openapi, pkg/validation/validate). What was
/// there before and stays may be wrong: schemas become stricter, and an object that was stored must still be written.
/// </summary>
internal sealed class StructuralValidator
{
    /// <summary>
    /// Steps of one check: looks at values, and elements of patterns times characters. Some tenths of a second at most, which a definition
    /// cannot stretch by its branches and patterns.
    /// </summary>
    private const long MaxSteps = 20_000_000;

    /// <summary>Characters that one step over a pattern is worth.</summary>
    private const int CharactersPerStep = 8;

    private long _steps;

    private bool IsExhausted => _steps > MaxSteps;

    /// <summary>What is wrong with a value.</summary>
    /// <param name="value">An object or a part of one, pruned and with its defaults.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="before">What was there before; null for what is new.</param>
    public static IReadOnlyList<FieldError> Validate(JsonNode? value, StructuralSchema schema, JsonNode? before = null)
    {
        var errors = new FieldErrors();
        var validator = new StructuralValidator();
        validator.Check(value, before, schema, Place.Root, errors, 0);
        if (validator.IsExhausted)
        {
            errors.Invalid("<nil>", $"Invalid value: null: the check takes more than {MaxSteps} steps, which is the most for one object; "
                + "make the object smaller, or simplify patterns, anyOf and oneOf of its definition");
        }

        return errors.Items;
    }

    private void Check(JsonNode? value, JsonNode? before, StructuralSchema schema, Place at, FieldErrors errors, int depth)
    {
        if (errors.IsFull || ++_steps > MaxSteps) return;
        if (value is null && schema.Nullable) return;
        if (before is not null && JsonNode.DeepEquals(value, before)) return;
        JsonValueKind kind = value?.GetValueKind() ?? JsonValueKind.Null;
        string actual = TypeOf(value, kind);
        bool fits = HasType(actual, schema);
        if (!fits)
        {
            string expected = schema.IsIntOrString ? "integer,string" : schema.Type!;
            string shown = $"\"{actual}\"";
            errors.Add(at.ToString(), FieldErrorType.TypeInvalid, Invalid(shown, at, $"must be of type {expected}: {shown}"));
        }

        bool isChosen = schema.Enum?.Any(choice => JsonNode.DeepEquals(choice, value)) != false;
        if (!isChosen) Unsupported(value, schema.Enum!, at, errors);
        if (!fits) return;
        switch (value)
        {
            case JsonObject map:
                CheckObject(map, before as JsonObject, schema, at, errors, depth);
                break;
            case JsonArray list:
                CheckList(list, before as JsonArray, schema, at, errors, depth);
                break;
            case JsonValue text when kind == JsonValueKind.String:
                CheckText(text, schema, at, errors);
                break;
            case JsonValue number when kind == JsonValueKind.Number:
                CheckNumber(number, schema, at, errors);
                break;
        }

        if (schema.AllOf.Count + schema.AnyOf.Count + schema.OneOf.Count > 0 || schema.Not is not null)
        {
            CheckBranches(value, before, schema, at, errors, depth);
        }
    }

    private void CheckObject(JsonObject map, JsonObject? before, StructuralSchema schema, Place at, FieldErrors errors, int depth)
    {
        int below = JsonDepth.Below(depth);
        foreach (string name in schema.Required)
        {
            if (!map.ContainsKey(name)) errors.Required(new Place(at, name, 0).ToString(), "Required value");
        }

        if (schema.MinProperties is { } min && map.Count < min)
        {
            errors.Invalid(at.ToString(), Invalid(Shown(map), at, $"should have at least {Number(min)} properties"));
        }

        if (schema.MaxProperties is { } max && map.Count > max) TooMany(map.Count, max, at, errors);
        if (schema.IsEmbeddedResource) CheckEmbedded(map, at, errors);
        foreach ((string name, JsonNode? member) in map)
        {
            if (schema.Member(name) is { } known) Check(member, before?[name], known, new Place(at, name, 0), errors, below);
        }
    }

    private static void CheckEmbedded(JsonObject map, Place at, FieldErrors errors)
    {
        foreach (string name in (ReadOnlySpan<string>)["apiVersion", "kind"])
        {
            bool named = map[name] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0;
            if (!named) errors.Required(new Place(at, name, 0).ToString(), "Required value: must not be empty");
        }
    }

    private void CheckList(JsonArray list, JsonArray? before, StructuralSchema schema, Place at, FieldErrors errors, int depth)
    {
        int below = JsonDepth.Below(depth);
        if (schema.MinItems is { } min && list.Count < min)
        {
            errors.Invalid(at.ToString(), Invalid(Shown(list), at, $"should have at least {Number(min)} items"));
        }

        if (schema.MaxItems is { } max && list.Count > max) TooMany(list.Count, max, at, errors);
        Dictionary<string, JsonNode?>? known = before is null || schema.ListType != "map" ? null : ByKey(before, schema);
        HashSet<string>? keys = schema.ListType is null ? null : [];
        for (int i = 0; i < list.Count && !errors.IsFull; i++)
        {
            JsonNode? item = list[i];
            string? key = keys is null ? null : KeyOf(item, schema);
            JsonNode? was = key is null ? null : known?.GetValueOrDefault(key);
            if (schema.Items is { } items) Check(item, was, items, new Place(at, null, i), errors, below);
            if (key is null || keys!.Add(key)) continue;
            errors.Add(new Place(at, null, i).ToString(), FieldErrorType.Duplicate, $"Duplicate value: {key}");
        }
    }

    private static Dictionary<string, JsonNode?> ByKey(JsonArray list, StructuralSchema schema)
    {
        var byKey = new Dictionary<string, JsonNode?>();
        foreach (JsonNode? item in list)
        {
            if (KeyOf(item, schema) is { } key) byKey.TryAdd(key, item);
        }

        return byKey;
    }

    /// <summary>What tells an item from the others, as JSON; null for one that nothing tells.</summary>
    private static string? KeyOf(JsonNode? item, StructuralSchema schema)
    {
        if (schema.ListType == "set") return Canonical(item, 0)?.ToJsonString(ResourceJson.Options) ?? "null";
        if (item is not JsonObject map) return null;
        var key = new JsonObject();
        foreach (string name in schema.ListMapKeys.Order(StringComparer.Ordinal))
        {
            if (map[name] is { } value) key[name] = value.DeepClone();
        }

        return key.ToJsonString(ResourceJson.Options);
    }

    /// <summary>A value with the members of its objects in one order.</summary>
    private static JsonNode? Canonical(JsonNode? value, int depth)
    {
        int below = JsonDepth.Below(depth);
        return value switch
        {
            JsonObject map => new JsonObject(map.OrderBy(static member => member.Key, StringComparer.Ordinal)
                .Select(member => KeyValuePair.Create(member.Key, Canonical(member.Value, below)))),
            JsonArray list => new JsonArray([.. list.Select(item => Canonical(item, below))]),
            _ => value?.DeepClone(),
        };
    }

    private void CheckText(JsonValue value, StructuralSchema schema, Place at, FieldErrors errors)
    {
        string text = value.GetValue<string>();
        if ((schema.MinLength ?? schema.MaxLength) is not null)
        {
            // Characters as Go counts them: of UTF-16, the second half of a pair is none.
            long length = text.Length - text.Count(char.IsLowSurrogate);
            if (schema.MinLength is { } min && length < min)
            {
                errors.Invalid(at.ToString(), Invalid(Shown(value), at, $"should be at least {Number(min)} chars long"));
            }

            if (schema.MaxLength is { } max && length > max)
            {
                errors.Add(at.ToString(), FieldErrorType.TooLong, $"Too long: may not be more than {Number(max)} bytes");
            }
        }

        if (schema.Pattern is { } pattern)
        {
            _steps += (long)text.Length * pattern.Size / CharactersPerStep;
            if (!IsExhausted && !pattern.IsMatch(text))
            {
                errors.Invalid(at.ToString(), Invalid(Shown(value), at, $"should match '{pattern.Text}'"));
            }
        }

        CheckFormat(value, schema, at, errors);
    }

    private static void CheckNumber(JsonValue value, StructuralSchema schema, Place at, FieldErrors errors)
    {
        double number = double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture);
        if (schema.Minimum is { } min && (schema.ExclusiveMinimum ? number <= min : number < min))
        {
            string than = schema.ExclusiveMinimum ? "greater than" : "greater than or equal to";
            errors.Invalid(at.ToString(), Invalid(Shown(value), at, $"should be {than} {Number(min)}"));
        }

        if (schema.Maximum is { } max && (schema.ExclusiveMaximum ? number >= max : number > max))
        {
            string than = schema.ExclusiveMaximum ? "less than" : "less than or equal to";
            errors.Invalid(at.ToString(), Invalid(Shown(value), at, $"should be {than} {Number(max)}"));
        }

        if (schema.MultipleOf is { } factor and > 0 && !double.IsInteger(number / factor))
        {
            errors.Invalid(at.ToString(), Invalid(Shown(value), at, $"should be a multiple of {Number(factor)}"));
        }

        CheckFormat(value, schema, at, errors);
    }

    private static void CheckFormat(JsonValue value, StructuralSchema schema, Place at, FieldErrors errors)
    {
        if (schema.Format is not { } format || SchemaFormats.Fits(format, value)) return;
        errors.Add(
            at.ToString(), FieldErrorType.TypeInvalid, Invalid(Shown(value), at, $"must be of type {format}: {Shown(value)}"));
    }

    private void CheckBranches(JsonNode? value, JsonNode? before, StructuralSchema schema, Place at, FieldErrors errors, int depth)
    {
        int below = JsonDepth.Below(depth);
        foreach (StructuralSchema branch in schema.AllOf) Check(value, before, branch, at, errors, below);
        if (schema.AnyOf.Count > 0)
        {
            FieldErrors[] tried = Try(schema.AnyOf);
            if (!tried.Any(static found => found.IsEmpty)) Refuse(Best(tried), "must validate at least one schema (anyOf)");
        }

        if (schema.OneOf.Count > 0)
        {
            FieldErrors[] tried = Try(schema.OneOf);
            int fitting = tried.Count(static found => found.IsEmpty);
            const string Only = "must validate one and only one schema (oneOf). ";
            if (fitting == 0) Refuse(Best(tried), Only + "Found none valid");
            else if (fitting > 1) Refuse(null, $"{Only}Found {fitting} valid alternatives");
        }

        if (schema.Not is { } not && Try([not])[0].IsEmpty) Refuse(null, "must not validate the schema (not)");

        FieldErrors[] Try(IReadOnlyList<StructuralSchema> branches)
        {
            var tried = new FieldErrors[branches.Count];
            for (int i = 0; i < tried.Length; i++) Check(value, before, branches[i], at, tried[i] = new FieldErrors(), below);
            return tried;
        }

        void Refuse(FieldErrors? because, string rule)
        {
            if (IsExhausted) return;
            foreach (FieldError error in because?.Items ?? []) errors.Add(error.Field, error.Type, error.Detail);
            errors.Invalid(at.ToString(), $"Invalid value: \"\": \"{at}\" {rule}");
        }
    }

    /// <summary>The branch that came closest.</summary>
    private static FieldErrors Best(FieldErrors[] tried) => tried.MinBy(static found => found.Items.Count)!;

    private static void Unsupported(JsonNode? value, IReadOnlyList<JsonNode?> choices, Place at, FieldErrors errors)
    {
        string supported = string.Join(", ", choices.Select(static choice => $"\"{choice}\""));
        errors.Add(at.ToString(), FieldErrorType.NotSupported, $"Unsupported value: {Shown(value)}: supported values: {supported}");
    }

    private static void TooMany(int count, long max, Place at, FieldErrors errors)
    {
        string most = max == 1 ? "1 item" : $"{Number(max)} items";
        errors.Add(at.ToString(), FieldErrorType.TooMany, $"Too many: {Number(count)}: must have at most {most}");
    }

    private static string Invalid(string value, Place at, string rule) => $"Invalid value: {value}: {at} in body {rule}";

    private static bool HasType(string actual, StructuralSchema schema)
    {
        if (schema.IsIntOrString) return actual is "integer" or "string";
        return schema.Type is null || schema.Type == actual || (schema.Type == "number" && actual == "integer");
    }

    /// <summary>JSON's name of a value's type; a whole number is an integer however it is written.</summary>
    private static string TypeOf(JsonNode? value, JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => JsonIntegers.TryParse(Encoding.ASCII.GetBytes(value!.ToJsonString()), out _) ? "integer" : "number",
        _ => "null",
    };

    /// <summary>A value as messages show it: the beginning of a long one.</summary>
    private static string Shown(JsonNode? value)
    {
        const int Most = 200;
        string text = value?.ToJsonString(ResourceJson.Options) ?? "null";
        return text.Length <= Most ? text : text[..Most] + "...";
    }

    private static string Number(double number) => number.ToString("0.#################", CultureInfo.InvariantCulture);
}
