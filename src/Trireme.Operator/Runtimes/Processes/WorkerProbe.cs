using System.Net;
using System.Text.Json;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Storage;
using Trireme.Fleet.Replicas;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>Asks a worker how it is.</summary>
internal sealed class WorkerProbe : IDisposable
{
    private readonly HttpClient _http;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;

    public WorkerProbe(TimeSpan timeout, TimeProvider time)
    {
        _timeout = timeout;
        _time = time;
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            // A probe belongs to no request whose trace it could carry on.
            ActivityHeadersPropagator = null,
        };
        _http = new HttpClient(handler)
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = 64 << 10,
        };
    }

    /// <summary>Asks an engine that is known to hold the key.</summary>
    public async Task<EngineHealth> CheckAsync(string endpoint, ReplicaKey? key, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using HttpRequestMessage request = Request(endpoint + "/health", key);
            using HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token);
            return response switch
            {
                { IsSuccessStatusCode: true } => EngineHealth.Ready,
                { StatusCode: HttpStatusCode.Unauthorized } => EngineHealth.Stranger,
                _ => EngineHealth.NotReady,
            };
        }
        catch (HttpRequestException exception) when (SystemShortage.IsBehind(exception))
        {
            // There was nothing to ask with, which says nothing of the engine.
            return EngineHealth.Unasked;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException || IsTimeout(exception, cancellationToken))
        {
            return EngineHealth.NoAnswer;
        }
    }

    /// <summary>
    /// Asks an engine that another platform started. It must turn away who has no key before it is shown the one it should have: what
    /// answers everyone is not that engine, and would learn the key.
    /// </summary>
    public async Task<EngineHealth> ProveAsync(string endpoint, ReplicaKey? key, CancellationToken cancellationToken)
    {
        if (key is null) return EngineHealth.Stranger;
        return await CheckAsync(endpoint, key: null, cancellationToken) switch
        {
            EngineHealth.Stranger => await CheckAsync(endpoint, key, cancellationToken),
            EngineHealth.Ready or EngineHealth.NotReady => EngineHealth.Stranger,
            var unknown => unknown,
        };
    }

    /// <summary>The worker's start-up ledger; null if it keeps none.</summary>
    public async Task<IReadOnlyList<StartupStage>?> ReadStartupAsync(string endpoint, ReplicaKey? key, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using HttpRequestMessage request = Request(endpoint + "/startup", key);
            using HttpResponseMessage response = await _http.SendAsync(request, linked.Token);
            response.EnsureSuccessStatusCode();
            byte[] body = await response.Content.ReadAsByteArrayAsync(linked.Token);
            return JsonSerializer.Deserialize<StartupLedger>(body, ResourceJson.Options)?.Stages;
        }
        catch (Exception exception) when (
            exception is HttpRequestException or IOException or JsonException || IsTimeout(exception, cancellationToken))
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(string address, ReplicaKey? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(address));
        if (key is not null) request.Headers.Add("Authorization", key.ToAuthorization());
        return request;
    }

    private static bool IsTimeout(Exception exception, CancellationToken cancellationToken) =>
        exception is OperationCanceledException && !cancellationToken.IsCancellationRequested;

    private sealed record StartupLedger
    {
        public IReadOnlyList<StartupStage>? Stages { get; init; }
    }
}
