using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Http;
using Trireme.Worker.Tools;

namespace Trireme.Worker.Answers;

/// <summary>What a request says an answer must look like: OpenAI's field, vLLM's, or the older ones of vLLM.</summary>
internal sealed record ConstraintRequest
{
    private const string ResponseFormat = "response_format";
    private const string StructuredOutputs = "structured_outputs";

    public static ConstraintRequest None { get; } = new();

    /// <summary>Null for an answer of any form.</summary>
    public OutputConstraint? Constraint { get; init; }

    /// <summary>The field that asks for it.</summary>
    public string? Field { get; private init; }

    /// <summary>What is wrong with the fields, or null.</summary>
    public WorkerError? Problem { get; private init; }

    public static ConstraintRequest Read(GenerationFields request)
    {
        List<ConstraintRequest> asked = [];
        Add(request.ResponseFormat is { } format ? ReadResponseFormat(format) : None);
        Add(request.StructuredOutputs is { } outputs ? ReadStructuredOutputs(outputs) : None);
        Add(request.GuidedJson is { } schema ? ReadSchema("guided_json", schema) : None);
        Add(request.GuidedRegex is { } regex ? Of("guided_regex", OutputConstraint.Regex(regex)) : None);
        Add(request.GuidedGrammar is { } grammar ? Of("guided_grammar", OutputConstraint.Grammar(grammar)) : None);
        Add(request.GuidedChoice is { } choice ? ReadChoice("guided_choice", choice) : None);
        if (asked.Count == 0) return None;
        return asked.Find(constraint => constraint.Problem is not null) ?? (asked.Count == 1
            ? WithSpace(asked[0], request.GuidedWhitespacePattern)
            : Wrong(asked[1].Field!, $"{asked[0].Field} and {asked[1].Field} cannot be combined; keep one of them."));

        void Add(ConstraintRequest constraint)
        {
            if (constraint != None) asked.Add(constraint);
        }
    }

    private static ConstraintRequest WithSpace(ConstraintRequest asked, string? pattern) =>
        pattern is null || asked.Constraint is not { } constraint
            ? asked
            : asked with { Constraint = constraint.With(constraint.Style with { WhitespacePattern = pattern }) };

    /// <summary>A constraint that follows from another field than those for constraints.</summary>
    public static ConstraintRequest Of(string field, OutputConstraint constraint) => new() { Field = field, Constraint = constraint };

    private static ConstraintRequest ReadResponseFormat(JsonElement format)
    {
        if (format.ValueKind == JsonValueKind.Null) return None;
        if (format.ValueKind != JsonValueKind.Object) return Wrong(ResponseFormat, "response_format must be an object.");
        string? type = TextOf(format, "type");
        switch (type)
        {
            case "text":
                return None;
            case "json_object":
                return Of(ResponseFormat, OutputConstraint.JsonObject);
            case "json_schema":
                return ReadNamedSchema(format);
            default:
                return Wrong(
                    ResponseFormat,
                    "response_format.type must be one of: text, json_object, json_schema.",
                    type is null ? null : OpenAiErrorCodes.UnsupportedParameter);
        }
    }

    /// <summary>Whether it is strict makes no difference: what the schema allows is kept in any case.</summary>
    private static ConstraintRequest ReadNamedSchema(JsonElement format)
    {
        const string Named = $"{ResponseFormat}.json_schema";
        const string Schema = $"{Named}.schema";
        if (!format.TryGetProperty("json_schema", out JsonElement named) || named.ValueKind != JsonValueKind.Object)
        {
            return Wrong(Named, $"{Named} must be an object with a schema.");
        }

        // One that is null would ask for JSON and constrain nothing.
        return named.TryGetProperty("schema", out JsonElement schema) && schema.ValueKind != JsonValueKind.Null
            ? ReadSchema(ResponseFormat, schema)
            : Wrong(Schema, $"{Schema} must hold a JSON schema; for any JSON object send the type \"json_object\".");
    }

    private static ConstraintRequest ReadStructuredOutputs(JsonElement outputs)
    {
        if (outputs.ValueKind == JsonValueKind.Null) return None;
        if (outputs.ValueKind != JsonValueKind.Object) return Wrong(StructuredOutputs, "structured_outputs must be an object.");
        ConstraintRequest found = None;
        var style = StyleRequest.None;
        foreach (JsonProperty property in outputs.EnumerateObject())
        {
            if (property.Value.ValueKind is JsonValueKind.Null or JsonValueKind.False) continue;
            string field = $"{StructuredOutputs}.{property.Name}";
            if (style.TryRead(property.Name, property.Value, field, out WorkerError? problem)) continue;
            if (problem is not null) return new ConstraintRequest { Field = field, Problem = problem };
            if (found != None) return Wrong(StructuredOutputs, "structured_outputs must hold one constraint, not several.");
            found = ReadOne(property, field);
        }

        return found == None
            ? Wrong(StructuredOutputs, "structured_outputs must hold a constraint: one of json, json_object, regex, choice and grammar.")
            : style.Apply(found);
    }

    private static ConstraintRequest ReadOne(JsonProperty property, string field) => property.Name switch
    {
        "json" => ReadSchema(field, property.Value),
        "json_object" when property.Value.ValueKind == JsonValueKind.True => Of(field, OutputConstraint.JsonObject),
        "regex" when property.Value.ValueKind == JsonValueKind.String => Of(field, OutputConstraint.Regex(property.Value.GetString()!)),
        "grammar" when ToolDefinitions.TextOf(property.Value) is { } grammar => Of(field, OutputConstraint.Grammar(grammar)),
        "choice" when TextsOf(property.Value) is { } texts => ReadChoice(field, texts),
        "json_object" => Wrong(field, $"{field} must be true."),
        "regex" or "grammar" => Wrong(field, $"{field} must be a string."),
        "choice" => Wrong(field, $"{field} must be a list of strings."),
        _ => Wrong(
            field,
            $"{field} is not supported; known are json, json_object, regex, choice and grammar, and the options disable_any_whitespace, "
            + "whitespace_pattern and disable_additional_properties.",
            OpenAiErrorCodes.UnsupportedParameter),
    };

    /// <summary>A schema, or one written into a string.</summary>
    private static ConstraintRequest ReadSchema(string field, JsonElement schema) => schema.ValueKind switch
    {
        JsonValueKind.Null => None,
        JsonValueKind.Object or JsonValueKind.True => Of(field, OutputConstraint.JsonSchema(schema.GetRawText())),
        JsonValueKind.String => ReadSchemaText(field, schema.GetString()!),
        _ => Wrong(field, $"{field} must hold a JSON schema."),
    };

    private static ConstraintRequest ReadSchemaText(string field, string schema) => JsonText.FindProblem(schema, field) is { } problem
        ? new ConstraintRequest { Field = field, Problem = problem }
        : Of(field, OutputConstraint.JsonSchema(schema));

    private static ConstraintRequest ReadChoice(string field, IReadOnlyList<string> texts)
    {
        foreach (string? text in texts)
        {
            if (string.IsNullOrEmpty(text)) return Wrong(field, $"{field} must not hold an empty text.");
        }

        return texts.Count == 0 ? Wrong(field, $"{field} must hold at least one text.") : Of(field, OutputConstraint.Choice(texts));
    }

    private static List<string>? TextsOf(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array) return null;
        var texts = new List<string>();
        foreach (JsonElement entry in list.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.String) return null;
            texts.Add(entry.GetString()!);
        }

        return texts;
    }

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static ConstraintRequest Wrong(string field, string message, string? code = null) =>
        new() { Field = field, Problem = WorkerError.Invalid(field, message, code) };
}
