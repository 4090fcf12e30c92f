using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Kubernetes;

/// <summary>The Kubernetes REST interface of one kind, over any API server that serves it.</summary>
public sealed class ResourceClient<T> : IResourceClient<T>
    where T : class, IResource
{
    private const string ApplyType = "application/apply-patch+yaml";
    private const string MergePatchType = "application/merge-patch+json";

    private readonly KubernetesConnection _connection;
    private readonly string _fieldManager;

    public ResourceClient(KubernetesConnection connection, string fieldManager = ResourceClients.DefaultFieldManager)
    {
        _connection = connection;
        _fieldManager = fieldManager;
        Definition = ResourceCatalog.Of<T>();
    }

    public ResourceDefinition Definition { get; }

    public Task<T> GetAsync(ResourceKey key, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Get, ResourcePath.Object(Definition, key), null, cancellationToken);

    public async Task<ResourceList<T>> ListAsync(
        string? @namespace = null, ListOptions? options = null, CancellationToken cancellationToken = default)
    {
        string path = ResourcePath.Collection(Definition, @namespace) + ResourcePath.Query(options ?? new ListOptions());
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await _connection.SendAsync(request, ReadAsync<ResourceList<T>>, cancellationToken);
    }

    public Task<T> CreateAsync(T resource, CancellationToken cancellationToken = default) =>
        SendAsync(
            HttpMethod.Post,
            ResourcePath.Collection(Definition, resource.Metadata.Namespace) + Manager(),
            Json(resource),
            cancellationToken);

    public Task<T> ReplaceAsync(T resource, CancellationToken cancellationToken = default) =>
        SendAsync(HttpMethod.Put, ResourcePath.Object(Definition, ResourceKey.Of(resource)) + Manager(), Json(resource), cancellationToken);

    public Task<T> ReplaceStatusAsync(T resource, CancellationToken cancellationToken = default) =>
        SendAsync(
            HttpMethod.Put,
            ResourcePath.Object(Definition, ResourceKey.Of(resource), "status") + Manager(),
            Json(resource),
            cancellationToken);

    public Task<T> ApplyAsync(T resource, CancellationToken cancellationToken = default)
    {
        // JSON is YAML; managed fields and the version read before are not part of an apply.
        JsonNode body = JsonSerializer.SerializeToNode(resource, ResourceJson.Options)!;
        JsonObject metadata = body["metadata"]!.AsObject();
        metadata.Remove("managedFields");
        metadata.Remove("resourceVersion");
        body.AsObject().Remove("status");
        string path = ResourcePath.Object(Definition, ResourceKey.Of(resource)) + Manager() + "&force=true";
        return SendAsync(HttpMethod.Patch, path, Content(body.ToJsonString(), ApplyType), cancellationToken);
    }

    public Task<T> PatchAsync(ResourceKey key, JsonObject patch, CancellationToken cancellationToken = default) =>
        SendAsync(
            HttpMethod.Patch,
            ResourcePath.Object(Definition, key) + Manager(),
            Content(patch.ToJsonString(), MergePatchType),
            cancellationToken);

    public Task<T> PatchStatusAsync(ResourceKey key, JsonObject patch, CancellationToken cancellationToken = default) =>
        SendAsync(
            HttpMethod.Patch,
            ResourcePath.Object(Definition, key, "status") + Manager(),
            Content(patch.ToJsonString(), MergePatchType),
            cancellationToken);

    public async Task DeleteAsync(ResourceKey key, DeleteOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, ResourcePath.Object(Definition, key))
        {
            Content = Content(DeleteBody(options ?? new DeleteOptions()).ToJsonString(), "application/json"),
        };

        // The answer is the object or a Status, depending on finalizers; neither tells more than success.
        await _connection.SendAsync(request, static (content, token) => content.ReadAsByteArrayAsync(token), cancellationToken);
    }

    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync(
        string? @namespace,
        ListOptions options,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string path = ResourcePath.Collection(Definition, @namespace) + ResourcePath.Query(options, watch: true);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using HttpResponseMessage response = await _connection.OpenAsync(request, cancellationToken);
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0) yield return WatchLine.Parse<T>(line, request.RequestUri!);
        }
    }

    private static StringContent Content(string json, string mediaType) => new(json, Encoding.UTF8, new MediaTypeHeaderValue(mediaType));

    private static StringContent Json(T resource) => Content(JsonSerializer.Serialize(resource, ResourceJson.Options), "application/json");

    private static JsonObject DeleteBody(DeleteOptions options)
    {
        var body = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "DeleteOptions" };
        if (options.Propagation is { } propagation) body["propagationPolicy"] = propagation.ToString();
        if (options.GracePeriodSeconds is { } seconds) body["gracePeriodSeconds"] = seconds;
        var preconditions = new JsonObject();
        if (options.Uid is { } uid) preconditions["uid"] = uid;
        if (options.ResourceVersion is { } version) preconditions["resourceVersion"] = version;
        if (preconditions.Count > 0) body["preconditions"] = preconditions;
        return body;
    }

    private static async Task<TBody> ReadAsync<TBody>(HttpContent content, CancellationToken cancellationToken)
        where TBody : class
    {
        await using Stream stream = await content.ReadAsStreamAsync(cancellationToken);
        return await JsonSerializer.DeserializeAsync<TBody>(stream, ResourceJson.Options, cancellationToken)
            ?? throw new HttpRequestException("The API server answered with an empty body where an object is due.");
    }

    private string Manager() => "?fieldManager=" + Uri.EscapeDataString(_fieldManager);

    private async Task<T> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        return await _connection.SendAsync(request, ReadAsync<T>, cancellationToken);
    }
}
