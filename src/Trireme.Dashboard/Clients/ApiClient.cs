using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Dashboard.Clients;

/// <summary>Reads resources from the Kubernetes-style API.</summary>
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
        try
        {
            using HttpResponseMessage response = await _http.GetAsync($"{definition.BasePath}/{definition.Plural}", cancellationToken);
            if (!response.IsSuccessStatusCode) throw new HttpRequestException(await RefusalAsync(response, cancellationToken));
            ResourceList<T>? list = await response.Content.ReadFromJsonAsync<ResourceList<T>>(ResourceJson.Options, cancellationToken);
            return list?.Items ?? [];
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"no answer within {_options.RequestTimeout.TotalSeconds:0.###} s", exception);
        }
    }

    public void Dispose() => _http.Dispose();

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
