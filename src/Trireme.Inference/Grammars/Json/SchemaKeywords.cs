using System.Text.Json.Nodes;
using Trireme.Contracts.Validation;

namespace Trireme.Inference.Grammars.Json;

/// <summary>The keywords of JSON Schema and OpenAPI, by what becomes of them.</summary>
internal static class SchemaKeywords
{
    private const int NameLengthMax = 40;

    /// <summary>Say nothing about which values are valid.</summary>
    private static readonly HashSet<string> Annotations = new(StringComparer.Ordinal)
    {
        "title", "description", "default", "example", "examples", "$schema", "$id", "$comment", "$defs", "definitions", "$anchor",
        "deprecated", "readOnly", "writeOnly", "contentEncoding", "contentMediaType", "externalDocs", "xml", "discriminator",
    };

    private static readonly string[] Assertions =
    [
        "$ref", "allOf", "anyOf", "oneOf", "type", "nullable", "enum", "const", "properties", "required", "additionalProperties", "items",
        "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems", "minLength", "maxLength", "pattern", "format", "minimum",
        "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minProperties", "maxProperties", "patternProperties",
        "propertyNames",
    ];

    /// <summary>Standard keywords that no automaton of reasonable size can keep, or that are left out for now.</summary>
    private static readonly string[] Unsupported =
    [
        "not", "if", "then", "else", "contains", "minContains", "maxContains", "dependencies", "dependentRequired", "dependentSchemas",
        "unevaluatedProperties", "unevaluatedItems",
        "contentSchema", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor",
    ];

    private static readonly string[] OfObjects = 
    [
        "properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties", "maxProperties",
    ];

    private static readonly string[] OfArrays = ["items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems"];

    private static readonly string[] OfStrings = ["minLength", "maxLength", "pattern", "format"];

    private static readonly string[] OfNumbers = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"];

    public static bool IsAnnotation(string keyword) =>
        Annotations.Contains(keyword) || keyword.StartsWith("x-", StringComparison.Ordinal);

    /// <exception cref="GrammarException">A keyword limits values in a way this engine cannot keep.</exception>
    public static void Check(JsonObject schema, string path)
    {
        foreach ((string keyword, _) in schema)
        {
            if (IsAnnotation(keyword) || System.Array.IndexOf(Assertions, keyword) >= 0) continue;
            bool isSlip = System.Array.IndexOf(Unsupported, keyword) < 0 && keyword.Length <= NameLengthMax;
            string? near = isSlip ? NearestName.Find(keyword, Assertions) : null;
            string hint = near is null ? "Leave it out or rewrite the schema." : $"Did you mean '{near}'?";
            throw new GrammarException($"The keyword '{keyword}' at {path} is not supported. {hint}");
        }
    }

    /// <summary>The types a schema without a type speaks about; empty when it speaks about none.</summary>
    public static List<string> ImpliedTypes(JsonObject schema)
    {
        var types = new List<string>();
        if (HasAny(schema, OfObjects)) types.Add("object");
        if (HasAny(schema, OfArrays)) types.Add("array");
        if (HasAny(schema, OfStrings)) types.Add("string");
        if (HasAny(schema, OfNumbers)) types.Add("number");
        return types;
    }

    private static bool HasAny(JsonObject schema, string[] keywords)
    {
        foreach (string keyword in keywords)
        {
            if (schema.ContainsKey(keyword)) return true;
        }

        return false;
    }
}
