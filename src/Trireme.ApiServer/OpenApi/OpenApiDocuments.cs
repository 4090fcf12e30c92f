using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.OpenApi;

/// <summary>
/// The API described in OpenAPI, from which kubectl explains fields, learns that the server validates, and merges lists, and from which
/// clients are generated.
/// </summary>
internal sealed class OpenApiDocuments
{
    private readonly ServedResources _resources;
    private readonly ApiServerOptions _options;
    private readonly PerServedKinds<Written> _written;

    public OpenApiDocuments(ServedResources resources, ApiServerOptions options)
    {
        _resources = resources;
        _options = options;
        _written = new PerServedKinds<Written>(resources, Write);
    }

    /// <summary>/openapi/v3</summary>
    public StaticDocument Index => _written.Current().Index;

    /// <summary>/openapi/v2 as JSON.</summary>
    public StaticDocument Swagger => _written.Current().Swagger.Value;

    /// <summary>/openapi/v2 as protobuf.</summary>
    public StaticDocument SwaggerProtobuf => _written.Current().SwaggerProtobuf.Value;

    /// <summary>/openapi/v3/{path}, such as apis/trireme.dev/v1alpha1; null where there is none.</summary>
    public StaticDocument? Group(string path) => _written.Current().Groups.GetValueOrDefault(path)?.Document;

    /// <summary>Where a group's description is as it is now: the hash lets clients keep it for good.</summary>
    public static string UrlOf(string path, StaticDocument document) => $"/openapi/v3/{path}?hash={document.Hash}";

    private static string PathOf(string group, string version) => group.Length == 0 ? $"api/{version}" : $"apis/{group}/{version}";

    /// <summary>Writes the description of each group whose kinds are others than when it was written last.</summary>
    private Written Write(Written? last)
    {
        var groups = new Dictionary<string, WrittenGroup>();
        foreach ((string group, string version) in _resources.GroupVersions())
        {
            string path = PathOf(group, version);
            ServedResource[] kinds = [.. _resources.In(group, version)];
            WrittenGroup? known = last?.Groups.GetValueOrDefault(path);
            groups[path] = known is not null && known.Kinds.SequenceEqual(kinds)
                ? known
                : new WrittenGroup(kinds, new StaticDocument(GroupDocument(kinds).ToBytes()));
        }

        var index = new StaticDocument(new JsonObject
        {
            ["paths"] = new JsonObject(groups.Select(group => KeyValuePair.Create<string, JsonNode?>(group.Key, new JsonObject
            {
                ["serverRelativeURL"] = UrlOf(group.Key, group.Value.Document),
            }))),
        }.ToBytes());
        // The older form is asked for by few, and takes longest.
        var swagger = new Lazy<JsonObject>(() => SwaggerConversion.Of(
            groups.Values.Select(static group => ResourceDocument.Parse(group.Document.Content.Span)), Info()));
        return new Written(
            groups,
            index,
            new Lazy<StaticDocument>(() => new StaticDocument(swagger.Value.ToBytes())),
            new Lazy<StaticDocument>(() => new StaticDocument(
                SwaggerProtobufWriter.Write(swagger.Value), SwaggerProtobufWriter.ContentType)));
    }

    private JsonObject GroupDocument(IEnumerable<ServedResource> kinds)
    {
        var paths = new JsonObject();
        var schemas = new JsonObject();
        foreach (ServedResource resource in kinds)
        {
            ResourceDefinition definition = resource.Definition;
            schemas[OpenApiNames.SchemaName(definition)] = OpenApiSchemas.Of(resource);
            if (resource.Virtual is null) schemas[OpenApiNames.SchemaName(definition) + "List"] = OpenApiSchemas.ListOf(definition);
            foreach (ResourceDefinition shown in resource.Subresources.Select(static part => part.Shown).OfType<ResourceDefinition>())
            {
                schemas[OpenApiNames.SchemaName(shown)] ??= OpenApiSchemas.Of(shown);
            }

            foreach ((string path, JsonObject item) in OpenApiOperations.PathsOf(resource)) paths[path] = item;
        }

        foreach ((string name, JsonObject schema) in OpenApiSchemas.Shared()) schemas[name] = schema;
        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = Info(),
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas, ["securitySchemes"] = SecuritySchemes() },
        };
    }

    private JsonObject Info() => new() { ["title"] = "Trireme", ["version"] = _options.ProductVersion };

    private static JsonObject SecuritySchemes() => new()
    {
        ["BearerToken"] = new JsonObject
        {
            ["type"] = "apiKey",
            ["description"] = "Bearer Token authentication",
            ["name"] = "authorization",
            ["in"] = "header",
        },
    };

    /// <summary>The descriptions of one set of custom kinds.</summary>
    private sealed record Written(
        Dictionary<string, WrittenGroup> Groups,
        StaticDocument Index,
        Lazy<StaticDocument> Swagger,
        Lazy<StaticDocument> SwaggerProtobuf);

    /// <summary>The description of a group in a version.</summary>
    private sealed record WrittenGroup(IReadOnlyList<ServedResource> Kinds, StaticDocument Document);
}
