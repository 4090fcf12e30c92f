using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Dashboard.Clients;

/// <summary>Reads and changes resources through the Kubernetes-style API, as any client does.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly DashboardOptions _options;
    private readonly HttpClient _http;

    public ApiClient(DashboardOptions options)
    {
        _options = options;
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(options.ApiCertificateAuthorityPem);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(authorities);
        _http = new HttpClient(new SocketsHttpHandler { SslOptions = { CertificateChainPolicy = policy } })
        {
            BaseAddress = options.Api,
            Timeout = options.RequestTimeout,
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.ApiToken);
    }

    /// <summary>All objects of a kind in all namespaces.</summary>
    /// <exception cref="HttpRequestException">The API server does not answer, or refuses.</exception>
    /// <exception cref="JsonException">The answer is no list of the kind.</exception>
    public async Task<IReadOnlyList<T>> ListAsync<T>(CancellationToken cancellationToken)
        where T : class, IResource
    {
        ResourceDefinition definition = ResourceCatalog.Of<T>();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{definition.BasePath}/{definition.Plural}");
        using HttpResponseMessage response = await SendAsync(request, cancellationToken);
        ResourceList<T>? list = await response.Content.ReadFromJsonAsync<ResourceList<T>>(ResourceJson.Options, cancellationToken);
        return list?.Items ?? [];
    }

    /// <summary>One object.</summary>
    /// <exception cref="HttpRequestException">The API server does not answer or refuses; its StatusCode says which.</exception>
    /// <exception cref="JsonException">The answer is no object of the kind.</exception>
    public async Task<T> GetAsync<T>(string @namespace, string name, CancellationToken cancellationToken)
        where T : class, IResource
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, PathOf<T>(@namespace, name));
        using HttpResponseMessage response = await SendAsync(request, cancellationToken);
        return await response.Content.ReadFromJsonAsync<T>(ResourceJson.Options, cancellationToken)
            ?? throw new JsonException($"The answer is no {typeof(T).Name}.");
    }

    /// <summary>
    /// Applies a merge patch. It is signed as the command line signs, so that what a person says on a page and what they apply next do not
    /// stand against each other as two owners of a field.
    /// </summary>
    /// <param name="namespace">Namespace of the object.</param>
    /// <param name="name">Its name.</param>
    /// <param name="patch">The patch.</param>
    /// <param name="fieldManager">Who has the fields from then on.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HttpRequestException">The API server does not answer or refuses; its StatusCode says which.</exception>
    public async Task PatchAsync<T>(
        string @namespace, string name, JsonObject patch, string fieldManager, CancellationToken cancellationToken)
        where T : class, IResource
    {
        string path = $"{PathOf<T>(@namespace, name)}?fieldManager={fieldManager}&fieldValidation=Strict";
        using var request = new HttpRequestMessage(HttpMethod.Patch, path)
        {
            Content = new StringContent(patch.ToJsonString(), Encoding.UTF8, "application/merge-patch+json"),
        };
        using HttpResponseMessage response = await SendAsync(request, cancellationToken);
    }

    /// <summary>Deletes one object, and no other that took its name meanwhile.</summary>
    /// <exception cref="HttpRequestException">The API server does not answer or refuses; its StatusCode says which.</exception>
    public async Task DeleteAsync<T>(string @namespace, string name, string uid, CancellationToken cancellationToken)
        where T : class, IResource
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, PathOf<T>(@namespace, name))
        {
            Content = JsonContent.Create(new JsonObject { ["preconditions"] = new JsonObject { ["uid"] = uid } }),
        };
        using HttpResponseMessage response = await SendAsync(request, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private static string PathOf<T>(string @namespace, string name)
        where T : class, IResource
    {
        ResourceDefinition definition = ResourceCatalog.Of<T>();
        return $"{definition.BasePath}/namespaces/{Segment(@namespace)}/{definition.Plural}/{Segment(name)}";
    }

    /// <summary>Names reach this from addresses of pages and from forms; none leads to another object, or to all of them.</summary>
    private static string Segment(string name) => NameRules.PathSegmentFault(name) is { } fault
        ? throw new HttpRequestException($"the name \"{name}\" {fault}", null, HttpStatusCode.NotFound)
        : Uri.EscapeDataString(name);

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            HttpResponseMessage response = await _http.SendAsync(request, cancellationToken);
            if (response.IsSuccessStatusCode) return response;
            using (response)
            {
                throw new HttpRequestException(await RefusalAsync(response, cancellationToken), null, response.StatusCode);
            }
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"no answer within {_options.RequestTimeout.TotalSeconds:0.###} s", exception);
        }
    }

    /// <summary>The server's own words where it gives any.</summary>
    private static async Task<string> RefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        string answered = $"it answered {(int)response.StatusCode}";
        try
        {
            Status? status = await response.Content.ReadFromJsonAsync<Status>(ResourceJson.Options, cancellationToken);
            return status?.Message is { } message ? $"{answered}: {message}" : answered;
        }
        catch (JsonException)
        {
            return answered;
        }
    }
}
