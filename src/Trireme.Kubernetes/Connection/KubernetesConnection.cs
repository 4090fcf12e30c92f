using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using k8s;
using k8s.Exceptions;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;

namespace Trireme.Kubernetes;

/// <summary>
/// One authenticated HTTP connection pool to an API server, embedded or real. Files, exec plug-ins and certificates of a kubeconfig
/// are read by the Kubernetes client library; requests are made here, because resources are Trireme's own records.
/// </summary>
public sealed class KubernetesConnection : IDisposable
{
    private readonly HttpClient _http;
    private readonly TimeSpan _requestTimeout;
    private readonly TimeProvider _time;
    private readonly Func<HttpRequestMessage, CancellationToken, Task> _authenticate;

    private KubernetesConnection(
        HttpMessageHandler handler,
        Uri server,
        TimeSpan requestTimeout,
        Func<HttpRequestMessage, CancellationToken, Task> authenticate,
        TimeProvider? time)
    {
        // A base address without the trailing slash would lose its last segment when paths are joined to it.
        var baseAddress = new Uri(server.AbsoluteUri.TrimEnd('/') + "/");
        _time = time ?? TimeProvider.System;
        _http = new HttpClient(new ReadAgain(handler, _time)) { BaseAddress = baseAddress, Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("trireme");
        _http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        _requestTimeout = requestTimeout;
        _authenticate = authenticate;
    }

    public Uri Server => _http.BaseAddress!;

    /// <summary>Connects with explicit values, as to the embedded server.</summary>
    public static KubernetesConnection Open(KubernetesConnectionOptions options, TimeProvider? time = null)
    {
        SocketsHttpHandler handler = CreateHandler();
        if (options.CertificateAuthorityPem is { } pem)
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPem(pem);
            Trust(handler, authorities);
        }

        AuthenticationHeaderValue? token = options.BearerToken is { } value ? new AuthenticationHeaderValue("Bearer", value) : null;
        return new KubernetesConnection(handler, options.Server, options.RequestTimeout, Authenticate, time);

        Task Authenticate(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Headers.Authorization = token;
            return Task.CompletedTask;
        }
    }

    /// <summary>Connects as kubectl would by this file, in the given or its current context.</summary>
    /// <exception cref="KubeConfigException">The file names no usable server.</exception>
    /// <exception cref="IOException">It is missing, or a pipe or another thing that is no file.</exception>
    public static KubernetesConnection FromKubeconfig(string path, string? context = null, TimeProvider? time = null) =>
        Open(KubernetesClientConfiguration.BuildConfigFromConfigObject(KubeconfigFile.Read(path), context), time);

    /// <summary>Connects with the service account of the Pod this process runs in.</summary>
    public static KubernetesConnection InCluster(TimeProvider? time = null) => Open(KubernetesClientConfiguration.InClusterConfig(), time);

    /// <summary>The text of one successful answer, for paths that serve no resource, such as /version or /readyz.</summary>
    public async Task<string> GetTextAsync(string path, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path.TrimStart('/'));
        return await SendAsync(request, static (content, token) => content.ReadAsStringAsync(token), cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Sends a request and reads its whole answer within the request timeout.</summary>
    internal async Task<TResult> SendAsync<TResult>(
        HttpRequestMessage request,
        Func<HttpContent, CancellationToken, Task<TResult>> read,
        CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_requestTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using HttpResponseMessage response = await OpenAsync(request, linked.Token);
            return await read(response.Content, linked.Token);
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException(
                $"{request.Method} {request.RequestUri} on {Server} was not answered within {_requestTimeout.TotalSeconds:0} s.",
                exception);
        }
    }

    /// <summary>Sends a request and returns once the headers of a successful answer are there; the caller disposes it.</summary>
    internal async Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await _authenticate(request, cancellationToken);
        HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode) return response;
        using (response)
        {
            throw await ErrorAsync(request, response, cancellationToken);
        }
    }

    private static KubernetesConnection Open(KubernetesClientConfiguration configuration, TimeProvider? time)
    {
        SocketsHttpHandler handler = CreateHandler();
        if (configuration.SslCaCerts is { Count: > 0 } authorities) Trust(handler, authorities);
#pragma warning disable CA5359 // The kubeconfig's owner asked for it with insecure-skip-tls-verify.
        if (configuration.SkipTlsVerify) handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        if (configuration.TlsServerName is { Length: > 0 } name) handler.SslOptions.TargetHost = name;
        if (ClientCertificate(configuration) is { } certificate) handler.SslOptions.ClientCertificates = [certificate];

        k8s.Authentication.ServiceClientCredentials? credentials = k8s.Kubernetes.CreateCredentials(configuration);
        return new KubernetesConnection(
            handler,
            new Uri(configuration.Host),
            new KubernetesConnectionOptions { Server = new Uri(configuration.Host) }.RequestTimeout,
            (request, cancellationToken) => credentials?.ProcessHttpRequestAsync(request, cancellationToken) ?? Task.CompletedTask,
            time);
    }

    private static X509Certificate2? ClientCertificate(KubernetesClientConfiguration configuration)
    {
        if (configuration is { ClientCertificateFilePath: { Length: > 0 } file, ClientKeyFilePath: { Length: > 0 } keyFile })
        {
            return X509Certificate2.CreateFromPem(SmallFile.ReadAllText(file), SmallFile.ReadAllText(keyFile));
        }

        return configuration is { ClientCertificateData: { Length: > 0 } data, ClientCertificateKeyData: { Length: > 0 } keyData }
            ? X509Certificate2.CreateFromPem(FromBase64(data), FromBase64(keyData))
            : null;

        static string FromBase64(string text) => Encoding.UTF8.GetString(Convert.FromBase64String(text));
    }

    private static SocketsHttpHandler CreateHandler() => new()
    {
        // Addresses of an API server behind a load balancer change; pooled connections must not outlive them.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        KeepAlivePingDelay = TimeSpan.FromSeconds(30),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
        AutomaticDecompression = DecompressionMethods.All,
        UseCookies = false,
    };

    private static void Trust(SocketsHttpHandler handler, X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
        };
        policy.CustomTrustStore.AddRange(authorities);
        handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
    }

    private static async Task<ApiException> ErrorAsync(
        HttpRequestMessage request, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        string body = await response.Content.ReadAsStringAsync(cancellationToken);
        Status? status = null;
        try
        {
            status = JsonSerializer.Deserialize<Status>(body, ResourceJson.Options);
        }
        catch (JsonException)
        {
            // Proxies and load balancers answer with text or HTML; the code still says what happened.
        }

        return new ApiException(request.Method, request.RequestUri!, response.StatusCode, status ?? new Status { Message = body });
    }
}
