using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.OpenApi;

/// <summary>OpenAPI v2 made from the documents of v3: the same paths and schemas in the older form.</summary>
internal static class SwaggerConversion
{
    private static readonly string[] Methods = ["get", "put", "post", "patch", "delete"];

    public static JsonObject Of(IEnumerable<JsonObject> groups, JsonObject info)
    {
        var paths = new JsonObject();
        var definitions = new JsonObject();
        foreach (JsonObject group in groups)
        {
            foreach ((string path, JsonNode? item) in group["paths"]!.AsObject()) paths[path] = PathItem(item!.AsObject());
            JsonObject schemas = group["components"]!["schemas"]!.AsObject();
            foreach ((string name, JsonNode? schema) in schemas) definitions[name] ??= Schema(schema, 0);
        }

        return new JsonObject
        {
            ["swagger"] = "2.0",
            ["info"] = info,
            ["paths"] = paths,
            ["definitions"] = definitions,
            ["securityDefinitions"] = new JsonObject
            {
                ["BearerToken"] = new JsonObject { ["type"] = "apiKey", ["name"] = "authorization", ["in"] = "header" },
            },
        };
    }

    private static JsonObject PathItem(JsonObject item)
    {
        var converted = new JsonObject();
        foreach (string method in Methods)
        {
            if (item[method] is JsonObject operation) converted[method] = Operation(operation);
        }

        converted["parameters"] = new JsonArray([.. item["parameters"]!.AsArray().Select(Parameter)]);
        return converted;
    }

    private static JsonObject Operation(JsonObject operation)
    {
        var converted = new JsonObject();
        foreach ((string name, JsonNode? value) in operation)
        {
            if (name is "parameters" or "requestBody" or "responses") continue;
            converted[name] = value?.DeepClone();
        }

        var parameters = new JsonArray();
        if (operation["requestBody"] is JsonObject body)
        {
            converted["consumes"] = Types(body);
            parameters.Add(new JsonObject
            {
                ["name"] = "body",
                ["in"] = "body",
                ["required"] = body["required"] is not null,
                ["schema"] = FirstSchema(body),
            });
        }

        foreach (JsonNode? parameter in operation["parameters"] as JsonArray ?? []) parameters.Add(Parameter(parameter));
        if (parameters.Count > 0) converted["parameters"] = parameters;
        var responses = new JsonObject();
        foreach ((string code, JsonNode? answer) in operation["responses"]!.AsObject())
        {
            responses[code] = new JsonObject { ["description"] = answer!["description"]!.DeepClone() };
            if (answer["content"] is null) continue;
            converted["produces"] ??= Types(answer.AsObject());
            responses[code]!["schema"] = FirstSchema(answer.AsObject());
        }

        converted["responses"] = responses;
        return converted;
    }

    private static JsonArray Types(JsonObject withContent) =>
        new([.. withContent["content"]!.AsObject().Select(static type => JsonValue.Create(type.Key))]);

    private static JsonNode? FirstSchema(JsonObject withContent) => Schema(withContent["content"]!.AsObject().First().Value!["schema"], 0);

    /// <summary>A parameter says its type itself.</summary>
    private static JsonObject Parameter(JsonNode? parameter)
    {
        JsonObject converted = parameter!.DeepClone().AsObject();
        JsonObject schema = converted["schema"]!.AsObject();
        converted.Remove("schema");
        foreach ((string name, JsonNode? value) in schema) converted[name] = value?.DeepClone();
        return converted;
    }

    /// <summary>References lead to definitions, and one beside a description needs no list of several.</summary>
    private static JsonNode? Schema(JsonNode? node, int depth)
    {
        switch (node)
        {
            case JsonArray list:
                return new JsonArray([.. list.Select(item => Schema(item, JsonDepth.Below(depth)))]);
            case JsonObject map:
                var converted = new JsonObject();
                foreach ((string name, JsonNode? value) in map)
                {
                    int below = JsonDepth.Below(depth);
                    if (name == "properties" && value is JsonObject members) converted[name] = Members(members, below);
                    else if (name is "default" or "enum" or "example") converted[name] = value?.DeepClone();
                    else if (IsNewer(name, value)) continue;
                    else if (name == "$ref") converted[name] = Reference((string)value!);
                    else if (name == "allOf" && value is JsonArray { Count: 1 } only) Merge(converted, Schema(only[0], below));
                    else converted[name] = Schema(value, below);
                }

                return converted;
            default:
                return node?.DeepClone();
        }
    }

    /// <summary>The members of an object, whose names are no keywords.</summary>
    private static JsonObject Members(JsonObject members, int depth) => new(
        members.Select(member => KeyValuePair.Create(member.Key, Schema(member.Value, JsonDepth.Below(depth)))));

    /// <summary>True for keywords of v3 alone. What is valid is the server's to say; the older form says what there is.</summary>
    private static bool IsNewer(string name, JsonNode? value) =>
        name is "anyOf" or "oneOf" or "not" or "nullable" || (name == "allOf" && value is JsonArray { Count: > 1 });

    private static string Reference(string schema) =>
        schema.Replace("#/components/schemas/", "#/definitions/", StringComparison.Ordinal);

    private static void Merge(JsonObject target, JsonNode? source)
    {
        foreach ((string name, JsonNode? value) in source!.AsObject()) target[name] = value?.DeepClone();
    }
}
