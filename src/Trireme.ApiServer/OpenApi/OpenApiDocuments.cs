using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.OpenApi;

/// <summary>
/// The API described in OpenAPI, from which kubectl explains fields, learns that the server validates, and merges lists.
/// </summary>
internal sealed class OpenApiDocuments
{
    private readonly string _version;
    private readonly ServedResources _resources;
    private readonly Dictionary<string, byte[]> _groups;

    public OpenApiDocuments(ServedResources resources, ApiServerOptions options)
    {
        _version = options.ProductVersion;
        _resources = resources;
        _groups = resources.GroupVersions().ToDictionary(
            served => PathOf(served.Group, served.Version), served => GroupDocument(served).ToBytes());
        Index = new JsonObject
        {
            ["paths"] = new JsonObject(_groups.Select(group => KeyValuePair.Create<string, JsonNode?>(group.Key, new JsonObject
            {
                // The hash lets clients cache a document until it changes.
                ["serverRelativeURL"] = $"/openapi/v3/{group.Key}?hash={Convert.ToHexString(SHA256.HashData(group.Value))}",
            }))),
        }.ToBytes();
        SwaggerJson = Swagger().ToBytes();
        SwaggerProtobuf = SwaggerDocument.Encode("Trireme", _version);
    }

    /// <summary>/openapi/v3</summary>
    public byte[] Index { get; }

    /// <summary>/openapi/v2 as JSON.</summary>
    public byte[] SwaggerJson { get; }

    /// <summary>/openapi/v2 as protobuf, without paths and definitions.</summary>
    public byte[] SwaggerProtobuf { get; }

    /// <summary>/openapi/v3/{path}, such as apis/trireme.dev/v1alpha1; null where there is none.</summary>
    public byte[]? Group(string path) => _groups.GetValueOrDefault(path);

    private static string PathOf(string group, string version) => group.Length == 0 ? $"api/{version}" : $"apis/{group}/{version}";

    private JsonObject GroupDocument((string Group, string Version) served)
    {
        var paths = new JsonObject();
        var schemas = new JsonObject();
        foreach (ServedResource resource in _resources.In(served.Group, served.Version))
        {
            ResourceDefinition definition = resource.Definition;
            string collection = definition.BasePath + (definition.Namespaced ? "/namespaces/{namespace}/" : "/") + definition.Plural;
            schemas[SchemaName(definition)] = Schema(definition);
            paths[collection] = OpenApiOperations.Collection(definition, SchemaName(definition), resource.Verbs);
            if (resource.Virtual is not null) continue;
            paths[collection + "/{name}"] = OpenApiOperations.Item(definition, SchemaName(definition), resource.Verbs);
            foreach (Subresource part in resource.Subresources)
            {
                string path = $"{collection}/{{name}}/{part.Name}";
                if (part.MediaType == RequestContent.Text)
                {
                    paths[path] = OpenApiOperations.Text(definition);
                    continue;
                }

                ResourceDefinition shown = part.Name == ApiRequest.ScaleSubresource ? ScaleView.Definition : definition;
                schemas[SchemaName(shown)] ??= Schema(shown);
                paths[path] = OpenApiOperations.Part(shown, SchemaName(shown), part.Verbs);
            }
        }

        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = Info(),
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas },
        };
    }

    private JsonObject Swagger() => new()
    {
        ["swagger"] = "2.0",
        ["info"] = Info(),
        ["paths"] = new JsonObject(),
        ["definitions"] = new JsonObject(_resources.All.Select(resource => resource.Definition).Append(ScaleView.Definition)
            .Select(definition => KeyValuePair.Create<string, JsonNode?>(SchemaName(definition), Schema(definition)))),
    };

    private JsonObject Info() => new() { ["title"] = "Trireme", ["version"] = _version };

    private static JsonObject Schema(ResourceDefinition definition)
    {
        JsonObject schema = definition.Schema.ToOpenApi();
        schema["x-kubernetes-group-version-kind"] = new JsonArray(OpenApiOperations.GroupVersionKind(definition));
        return schema;
    }

    /// <summary>Names as Kubernetes forms them: the group reversed, then version and kind.</summary>
    private static string SchemaName(ResourceDefinition definition)
    {
        string group = definition.Group switch
        {
            "" => "io.k8s.api.core",
            var own when !own.Contains('.', StringComparison.Ordinal) => $"io.k8s.api.{own}",
            var domain => string.Join('.', domain.Split('.').Reverse()),
        };
        return $"{group}.{definition.Version}.{definition.Kind}";
    }
}
