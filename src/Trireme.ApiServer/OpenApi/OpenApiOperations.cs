using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.OpenApi;

/// <summary>The operations of one kind's paths.</summary>
internal static class OpenApiOperations
{
    private static readonly string[] ObjectTypes = [RequestContent.Json, RequestContent.Yaml];

    private static readonly string[] ListTypes = [RequestContent.Json, "application/json;stream=watch", RequestContent.Yaml];

    private static readonly string[] CustomPatchTypes =
        ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json"];

    private static readonly string[] PatchTypes = [.. CustomPatchTypes, "application/strategic-merge-patch+json"];

    /// <summary>All paths of a kind with their operations.</summary>
    public static IEnumerable<(string Path, JsonObject Item)> PathsOf(ServedResource resource)
    {
        ResourceDefinition definition = resource.Definition;
        string all = $"{definition.BasePath}/{definition.Plural}";
        string collection = definition.Namespaced ? $"{definition.BasePath}/namespaces/{{namespace}}/{definition.Plural}" : all;
        yield return (collection, WithParameters(Collection(resource), named: false, definition.Namespaced));
        if (resource.Virtual is not null) yield break;
        if (definition.Namespaced)
        {
            JsonObject list = List(definition, namespaced: false, suffix: "ForAllNamespaces");
            yield return (all, WithParameters(new JsonObject { ["get"] = list }, named: false, namespaced: false));
        }

        yield return (collection + "/{name}", WithParameters(Item(resource), named: true, definition.Namespaced));
        foreach (Subresource part in resource.Subresources)
        {
            JsonObject item = part.MediaType == RequestContent.Text ? Text(resource, part) : Part(resource, part);
            yield return ($"{collection}/{{name}}/{part.Name}", WithParameters(item, named: true, definition.Namespaced));
        }
    }

    private static JsonObject WithParameters(JsonObject item, bool named, bool namespaced)
    {
        item["parameters"] = OpenApiParameters.Path(named, namespaced);
        return item;
    }

    /// <summary>What can be done with a kind as a whole.</summary>
    private static JsonObject Collection(ServedResource resource)
    {
        ResourceDefinition definition = resource.Definition;
        string schema = OpenApiNames.SchemaName(definition);
        var item = new JsonObject();
        if (resource.Verbs.Contains("list")) item["get"] = List(definition, definition.Namespaced);
        if (resource.Verbs.Contains("create"))
        {
            string name = OpenApiNames.Operation("create", definition, definition.Namespaced);
            item["post"] = Operation(definition, "post", name, OpenApiParameters.OfWrite, schema, [200, 201]);
            item["post"]!["requestBody"] = Body(["*/*"], schema);
        }

        if (resource.Verbs.Contains("deletecollection"))
        {
            string name = OpenApiNames.Operation("delete", definition, definition.Namespaced, prefix: "Collection");
            item["delete"] = Operation(
                definition, "deletecollection", name, OpenApiParameters.OfCollectionDelete, OpenApiNames.Status, [200]);
            item["delete"]!["requestBody"] = Body(["*/*"], OpenApiNames.DeleteOptions, required: false);
        }

        return item;
    }

    private static JsonObject List(ResourceDefinition definition, bool namespaced, string suffix = "")
    {
        string name = OpenApiNames.Operation("list", definition, namespaced, suffix: suffix);
        string schema = OpenApiNames.SchemaName(definition) + "List";
        return Operation(definition, "list", name, OpenApiParameters.OfList, schema, [200], ListTypes);
    }

    /// <summary>What can be done with one object.</summary>
    private static JsonObject Item(ServedResource resource)
    {
        ResourceDefinition definition = resource.Definition;
        JsonObject item = Writes(resource, definition, resource.Verbs, suffix: "");
        if (!resource.Verbs.Contains("delete")) return item;
        string name = OpenApiNames.Operation("delete", definition, definition.Namespaced);
        item["delete"] = Operation(definition, "delete", name, OpenApiParameters.OfDelete, OpenApiNames.Status, [200, 202]);
        item["delete"]!["requestBody"] = Body(["*/*"], OpenApiNames.DeleteOptions, required: false);
        return item;
    }

    /// <summary>A subresource, described by the kind that it shows.</summary>
    private static JsonObject Part(ServedResource resource, Subresource part)
    {
        return Writes(resource, part.Shown ?? resource.Definition, part.Verbs, OpenApiNames.Capitalised(part.Name));
    }

    private static JsonObject Writes(ServedResource resource, ResourceDefinition shown, IReadOnlyList<string> verbs, string suffix)
    {
        string schema = OpenApiNames.SchemaName(shown);
        var item = new JsonObject();
        if (verbs.Contains("get")) item["get"] = Operation(shown, "get", Name("read"), [], schema, [200]);
        if (suffix.Length > 0 && verbs.Contains("create"))
        {
            item["post"] = Operation(shown, "post", Name("create"), OpenApiParameters.OfWrite, schema, [200, 201]);
            item["post"]!["requestBody"] = Body(["*/*"], schema);
        }

        if (verbs.Contains("update"))
        {
            item["put"] = Operation(shown, "put", Name("replace"), OpenApiParameters.OfWrite, schema, [200, 201]);
            item["put"]!["requestBody"] = Body(["*/*"], schema);
        }

        if (verbs.Contains("patch"))
        {
            item["patch"] = Operation(shown, "patch", Name("patch"), OpenApiParameters.OfPatch, schema, [200, 201]);
            item["patch"]!["requestBody"] = Body(resource.IsCustom ? CustomPatchTypes : PatchTypes, OpenApiNames.Patch);
        }

        return item;

        string Name(string verb) =>
            OpenApiNames.Operation(verb, resource.Definition, resource.Definition.Namespaced, suffix: suffix);
    }

    /// <summary>A subresource that is plain text.</summary>
    private static JsonObject Text(ServedResource resource, Subresource part)
    {
        var item = new JsonObject();
        if (part.Verbs.Contains("get")) item["get"] = Text(resource.Definition, part.Name, "get", "read");
        if (part.Verbs.Contains("create")) item["post"] = Text(resource.Definition, part.Name, "post", "create");
        return item;
    }

    private static JsonObject Text(ResourceDefinition definition, string part, string action, string verb)
    {
        string name = OpenApiNames.Operation(verb, definition, definition.Namespaced, suffix: OpenApiNames.Capitalised(part));
        JsonObject operation = Head(definition, action, name, []);
        operation["responses"] = new JsonObject
        {
            ["200"] = new JsonObject
            {
                ["description"] = "OK",
                ["content"] = new JsonObject
                {
                    [RequestContent.Text] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "string" } },
                },
            },
        };
        return operation;
    }

    private static JsonObject Operation(
        ResourceDefinition definition,
        string action,
        string name,
        IReadOnlyList<string> parameters,
        string schema,
        int[] codes,
        string[]? mediaTypes = null)
    {
        JsonObject operation = Head(definition, action, name, parameters);
        var responses = new JsonObject();
        foreach (int code in codes)
        {
            JsonObject answer = Content(mediaTypes ?? ObjectTypes, schema);
            answer["description"] = code switch { 200 => "OK", 201 => "Created", _ => "Accepted" };
            responses[code.ToString(System.Globalization.CultureInfo.InvariantCulture)] = answer;
        }

        responses["401"] = new JsonObject { ["description"] = "Unauthorized" };
        operation["responses"] = responses;
        return operation;
    }

    private static JsonObject Head(ResourceDefinition definition, string action, string name, IReadOnlyList<string> parameters)
    {
        var operation = new JsonObject
        {
            ["tags"] = new JsonArray(OpenApiNames.Tag(definition)),
            ["operationId"] = name,
            ["x-kubernetes-action"] = action,
            ["x-kubernetes-group-version-kind"] = OpenApiNames.GroupVersionKind(definition),
        };
        if (parameters.Count > 0) operation["parameters"] = OpenApiParameters.Query(parameters);
        return operation;
    }

    private static JsonObject Body(string[] mediaTypes, string schema, bool required = true)
    {
        JsonObject body = Content(mediaTypes, schema);
        if (required) body["required"] = true;
        return body;
    }

    private static JsonObject Content(string[] mediaTypes, string schema) => new()
    {
        ["content"] = new JsonObject(mediaTypes.Select(type => KeyValuePair.Create<string, JsonNode?>(
            type, new JsonObject { ["schema"] = OpenApiNames.Reference(schema) }))),
    };
}
