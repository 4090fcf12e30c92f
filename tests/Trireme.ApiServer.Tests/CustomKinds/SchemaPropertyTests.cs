using System.Text.Json.Nodes;
using Trireme.ApiServer.CustomKinds.Schemas;
using Trireme.ApiServer.Definitions;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Tests.CustomKinds;

/// <summary>What holds for every schema and every value, tried on random ones from fixed seeds.</summary>
public sealed class SchemaPropertyTests
{
    private static readonly string[] Names = ["a", "b", "c", "items", "type"];

    private static readonly string[] Keywords =
    [
        "type", "properties", "items", "additionalProperties", "required", "enum", "default", "anyOf", "oneOf", "not", "pattern",
        "nullable", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-int-or-string", "x-kubernetes-validations",
        "minimum", "junk",
    ];

    [Fact]
    public void Pruned_and_completed_values_stay_as_they_are_and_break_no_rule_for_what_the_server_did()
    {
        int accepted = 0;
        for (int seed = 0; seed < 1500; seed++)
        {
            var random = new Random(seed);
            JsonObject json = Schema(random, 4);
            var errors = new FieldErrors();
            new SchemaRules(errors).CheckRoot(json, "schema");
            // Only a default can be wrong in these.
            Assert.All(errors.Items, error => Assert.Contains("default", error.Field, StringComparison.Ordinal));
            if (!errors.IsEmpty) continue;
            accepted++;
            StructuralSchema schema = StructuralReader.Read(json);
            JsonObject value = Value(random, json, 4)!.AsObject();
            StructuralPruner.Prune(value, schema);
            StructuralDefaults.Apply(value, schema);
            JsonNode once = value.DeepClone();
            Assert.Empty(StructuralPruner.Prune(value, schema));
            StructuralDefaults.Apply(value, schema);
            Assert.True(JsonNode.DeepEquals(once, value), $"seed {seed}: {once.ToJsonString()} became {value.ToJsonString()}");
            IReadOnlyList<FieldError> found = StructuralValidator.Validate(value, schema);
            Assert.All(found, static error => Assert.NotEmpty(error.Detail));
            // What was there before may stay, whatever it is.
            Assert.Empty(StructuralValidator.Validate(value, schema, before: value.DeepClone()));
            StructuralReader.ToNode(schema).ToOpenApi();
        }

        Assert.True(accepted > 500, $"{accepted} schemas were accepted");
    }

    [Fact]
    public void Whatever_is_sent_as_a_schema_is_read_or_refused_and_never_breaks_the_server()
    {
        int refused = 0;
        for (int seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            JsonObject json = Junk(random, 4)!.AsObject();
            var errors = new FieldErrors();
            new SchemaRules(errors).CheckRoot(json, "schema");
            refused += errors.IsEmpty ? 0 : 1;
            StructuralSchema schema = StructuralReader.Read(json);
            var value = new JsonObject { ["a"] = Any(random, 3), ["b"] = Any(random, 3) };
            StructuralPruner.Prune(value, schema);
            StructuralDefaults.Apply(value, schema);
            StructuralValidator.Validate(value, schema);
        }

        Assert.True(refused > 1000);
    }

    [Fact]
    public void A_check_ends_after_its_steps_whatever_definition_and_object_say()
    {
        const string Branches = """{"pattern":"^([a-z]{30}){30}$"},{"pattern":"^([a-y]{30}){30}$"},{"pattern":"^([b-z]{30}){30}$"}""";
        const string Json =
            $$"""{"type":"object","properties":{"l":{"type":"array","items":{"type":"string","anyOf":[{{Branches}}] } } } }""";
        StructuralSchema schema = StructuralReader.Read(JsonNode.Parse(Json)!.AsObject());
        var list = new JsonArray();
        for (int i = 0; i < 2000; i++) list.Add(new string('z', 1000));
        IReadOnlyList<FieldError> errors = StructuralValidator.Validate(new JsonObject { ["l"] = list }, schema);
        Assert.Contains(errors, static error => error.Detail.Contains("more than 20000000 steps", StringComparison.Ordinal));
    }

    private static JsonObject Schema(Random random, int depth)
    {
        string type = depth == 4 ? "object" : Pick(random, depth == 0
            ? ["string", "integer", "boolean", "number"]
            : ["object", "array", "string", "integer", "map", "free"]);
        var schema = new JsonObject { ["type"] = type is "map" or "free" ? "object" : type };
        switch (type)
        {
            case "object":
                schema["properties"] = new JsonObject(Names.Take(random.Next(1, Names.Length)).Select(name =>
                    KeyValuePair.Create<string, JsonNode?>(name, Schema(random, depth - 1))));
                if (random.Next(3) == 0) schema["required"] = new JsonArray("a");
                break;
            case "map":
                schema["additionalProperties"] = Schema(random, depth - 1);
                break;
            case "free":
                schema["x-kubernetes-preserve-unknown-fields"] = true;
                break;
            case "array":
                schema["items"] = Schema(random, depth - 1);
                break;
            case "integer":
                schema["minimum"] = random.Next(5);
                break;
            case "string":
                if (random.Next(2) == 0) schema["pattern"] = "^[a-c]*$";
                break;
        }

        if (random.Next(4) == 0) schema["nullable"] = true;
        if (depth < 4 && random.Next(3) == 0) schema["default"] = Value(random, schema, depth);
        return schema;
    }

    /// <summary>A value that fits a schema for the most part.</summary>
    private static JsonNode? Value(Random random, JsonObject schema, int depth)
    {
        if (depth < 4 && random.Next(12) == 0) return Any(random, 2);
        switch ((string?)schema["type"])
        {
            case "object" when schema["properties"] is JsonObject properties:
                var map = new JsonObject();
                foreach ((string name, JsonNode? member) in properties)
                {
                    if (random.Next(3) > 0) map[name] = Value(random, member!.AsObject(), depth - 1);
                }

                if (random.Next(4) == 0) map["unknown"] = Any(random, 2);
                return map;
            case "object" when schema["additionalProperties"] is JsonObject values:
                return new JsonObject { ["k"] = Value(random, values, depth - 1), ["l"] = Value(random, values, depth - 1) };
            case "object":
                return Any(random, 2) as JsonObject ?? [];
            case "array":
                JsonObject items = schema["items"]!.AsObject();
                return new JsonArray([.. Enumerable.Range(0, random.Next(3)).Select(_ => Value(random, items, depth - 1))]);
            case "integer":
                return random.Next(9);
            case "number":
                return random.NextDouble();
            case "boolean":
                return random.Next(2) == 0;
            default:
                return Pick(random, "", "abc", "xyz");
        }
    }

    private static JsonNode? Junk(Random random, int depth)
    {
        if (depth < 4 && random.Next(4) == 0) return Any(random, 2);
        var schema = new JsonObject();
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            string keyword = Pick(random, Keywords);
            schema[keyword] = depth == 0 || random.Next(4) == 0 ? Any(random, 2) : keyword switch
            {
                "properties" => new JsonObject { ["a"] = Junk(random, depth - 1), ["b"] = Junk(random, depth - 1) },
                "anyOf" or "oneOf" => new JsonArray(Junk(random, depth - 1), Junk(random, depth - 1)),
                "type" => Pick(random, "object", "array", "string", "integer", "nonsense"),
                "x-kubernetes-list-type" => Pick(random, "set", "map", "atomic", "other"),
                "x-kubernetes-list-map-keys" or "required" => new JsonArray("a"),
                "pattern" => Pick(random, "^a", "(", "[", "\\", "a{9999}", "(?=x)", "((a*)*)*"),
                "nullable" or "x-kubernetes-int-or-string" => random.Next(2) == 0,
                _ => Junk(random, depth - 1),
            };
        }

        return schema;
    }

    private static JsonNode? Any(Random random, int depth) => random.Next(depth == 0 ? 6 : 8) switch
    {
        0 => null,
        1 => random.Next(10),
        2 => random.NextDouble(),
        3 => random.Next(2) == 0,
        4 => "text",
        5 => "",
        6 => new JsonArray(Any(random, depth - 1), Any(random, depth - 1)),
        _ => new JsonObject { ["a"] = Any(random, depth - 1), ["x"] = Any(random, depth - 1) },
    };

    private static string Pick(Random random, params string[] choices) => choices[random.Next(choices.Length)];
}
