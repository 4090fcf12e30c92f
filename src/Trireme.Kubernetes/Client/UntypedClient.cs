using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;

namespace Trireme.Kubernetes;

/// <summary>
/// Reads and writes objects as JSON trees, for tools that treat all kinds alike. Errors are those of
/// <see cref="IResourceClient{T}"/>.
/// </summary>
public sealed class UntypedClient(KubernetesConnection connection, string fieldManager)
{
    private const string TableType = "application/json;as=Table;v=v1;g=meta.k8s.io";

    /// <summary>What a person wrote is refused where a field of it would be dropped: a mistake found out about much later.</summary>
    private readonly string _parameters = $"?fieldManager={Uri.EscapeDataString(fieldManager)}&fieldValidation=Strict";

    public Task<JsonObject> GetAsync(ResourceDefinition definition, ResourceKey key, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Get, ResourcePath.Object(definition, key), null, null, cancellationToken);

    /// <summary>All objects of a namespace, or of all namespaces when it is null.</summary>
    public Task<JsonObject> ListAsync(
        ResourceDefinition definition,
        string? @namespace,
        ListOptions options,
        CancellationToken cancellationToken) =>
        SendAsync(
            HttpMethod.Get,
            ResourcePath.Collection(definition, @namespace) + ResourcePath.Query(options),
            null,
            null,
            cancellationToken);

    /// <summary>
    /// The server's table of one object, or of a collection when the name is null; on wish each row carries its object whole.
    /// </summary>
    public Task<JsonObject> TableAsync(
        ResourceDefinition definition,
        string? @namespace,
        string? name,
        ListOptions options,
        bool withObjects,
        CancellationToken cancellationToken)
    {
        string path = name is null
            ? ResourcePath.Collection(definition, @namespace) + ResourcePath.Query(options)
            : ResourcePath.Object(definition, new ResourceKey(definition.Namespaced ? @namespace ?? "" : "", name));
        if (withObjects) path += (path.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "includeObject=Object";
        return SendAsync(HttpMethod.Get, path, null, TableType, cancellationToken);
    }

    /// <summary>Server-side apply; <paramref name="dryRun"/> checks everything and stores nothing.</summary>
    public Task<JsonObject> ApplyAsync(
        ResourceDefinition definition,
        ResourceKey key,
        JsonObject json,
        bool force,
        bool dryRun,
        CancellationToken cancellationToken)
    {
        string path = ResourcePath.Object(definition, key) + _parameters + (force ? "&force=true" : "") + (dryRun ? "&dryRun=All" : "");
        return SendAsync(HttpMethod.Patch, path, Content(json, "application/apply-patch+yaml"), null, cancellationToken);
    }

    /// <summary>JSON merge patch (RFC 7386).</summary>
    public Task<JsonObject> PatchAsync(
        ResourceDefinition definition, ResourceKey key, JsonObject patch, CancellationToken cancellationToken)
    {
        string path = ResourcePath.Object(definition, key) + _parameters;
        return SendAsync(HttpMethod.Patch, path, Content(patch, "application/merge-patch+json"), null, cancellationToken);
    }

    public Task<JsonObject> DeleteAsync(ResourceDefinition definition, ResourceKey key, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Delete, ResourcePath.Object(definition, key), null, null, cancellationToken);

    /// <summary>Watch events, as {"type":...,"object":...}, until the server closes the stream.</summary>
    public async IAsyncEnumerable<JsonObject> WatchAsync(
        ResourceDefinition definition,
        string? @namespace,
        ListOptions options,
        bool asTable,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string path = ResourcePath.Collection(definition, @namespace) + ResourcePath.Query(options, watch: true);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (asTable) request.Headers.Accept.ParseAdd(TableType);
        using HttpResponseMessage response = await connection.OpenAsync(request, cancellationToken);
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length > 0 && JsonNode.Parse(line) is JsonObject change) yield return change;
        }
    }

    private static StringContent Content(JsonObject json, string mediaType) =>
        new(json.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue(mediaType));

    private async Task<JsonObject> SendAsync(
        HttpMethod method,
        string path,
        HttpContent? content,
        string? accept,
        CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (accept is not null) request.Headers.Accept.ParseAdd(accept);
        return await connection.SendAsync(
            request,
            static async (body, token) => JsonNode.Parse(await body.ReadAsStringAsync(token))!.AsObject(),
            cancellationToken);
    }
}
