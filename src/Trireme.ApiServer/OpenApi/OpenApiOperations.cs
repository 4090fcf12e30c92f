using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.OpenApi;

/// <summary>The operations of one kind's paths.</summary>
internal static class OpenApiOperations
{
    public static JsonObject GroupVersionKind(ResourceDefinition definition) => new()
    {
        ["group"] = definition.Group,
        ["kind"] = definition.Kind,
        ["version"] = definition.Version,
    };

    /// <summary>What can be done with a kind as a whole.</summary>
    public static JsonObject Collection(ResourceDefinition definition, string schema, IReadOnlyList<string> verbs)
    {
        var operations = new JsonObject();
        if (verbs.Contains("list")) operations["get"] = Operation(definition, schema, "list", body: null);
        if (verbs.Contains("create")) operations["post"] = Operation(definition, schema, "post", "application/json", writes: true);
        if (verbs.Contains("deletecollection")) operations["delete"] = Operation(definition, schema, "deletecollection", body: null);
        return operations;
    }

    /// <summary>What can be done with one object.</summary>
    public static JsonObject Item(ResourceDefinition definition, string schema, IReadOnlyList<string> verbs)
    {
        JsonObject operations = Part(definition, schema, verbs);
        if (verbs.Contains("delete")) operations["delete"] = Operation(definition, schema, "delete", body: null);
        return operations;
    }

    /// <summary>A subresource, described by the kind that it shows.</summary>
    public static JsonObject Part(ResourceDefinition shown, string schema, IReadOnlyList<string> verbs)
    {
        var operations = new JsonObject();
        if (verbs.Contains("get")) operations["get"] = Operation(shown, schema, "get", body: null);
        if (verbs.Contains("update")) operations["put"] = Operation(shown, schema, "put", "application/json", writes: true);
        if (verbs.Contains("patch")) operations["patch"] = Operation(shown, schema, "patch", "application/merge-patch+json", writes: true);
        return operations;
    }

    /// <summary>A subresource that is plain text.</summary>
    public static JsonObject Text(ResourceDefinition of) => new()
    {
        ["get"] = new JsonObject
        {
            ["x-kubernetes-action"] = "get",
            ["x-kubernetes-group-version-kind"] = GroupVersionKind(of),
            ["responses"] = new JsonObject
            {
                ["200"] = new JsonObject
                {
                    ["description"] = "OK",
                    ["content"] = new JsonObject
                    {
                        ["text/plain"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } },
                    },
                },
            },
        },
    };

    private static JsonObject Operation(ResourceDefinition definition, string schema, string action, string? body, bool writes = false)
    {
        var operation = new JsonObject
        {
            ["x-kubernetes-action"] = action,
            ["x-kubernetes-group-version-kind"] = GroupVersionKind(definition),
            ["responses"] = new JsonObject { ["200"] = Content("OK", "application/json", schema) },
        };
        // kubectl leaves validation to the server exactly when the operations name this parameter.
        if (writes) operation["parameters"] = new JsonArray(Query("dryRun"), Query("fieldManager"), Query("fieldValidation"));
        if (body is not null) operation["requestBody"] = Content(null, body, schema);
        return operation;
    }

    private static JsonObject Query(string name) => new()
    {
        ["name"] = name,
        ["in"] = "query",
        ["schema"] = new JsonObject { ["type"] = "string", ["uniqueItems"] = true },
    };

    private static JsonObject Content(string? description, string mediaType, string schema)
    {
        var content = new JsonObject
        {
            ["content"] = new JsonObject
            {
                [mediaType] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/" + schema } },
            },
        };
        if (description is not null) content["description"] = description;
        return content;
    }
}
