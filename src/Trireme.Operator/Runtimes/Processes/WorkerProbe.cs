using System.Net;
using System.Text.Json;
using Trireme.Contracts.Engines;
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
                _ => await IsAsleepAsync(response, linked.Token) ? EngineHealth.Asleep : EngineHealth.NotReady,
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
            EngineHealth.Ready or EngineHealth.NotReady or EngineHealth.Asleep => EngineHealth.Stranger,
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

    /// <summary>Tells an engine to wake. It answers once it serves again.</summary>
    /// <returns>Why it does not serve; null if it does.</returns>
    public async Task<string?> WakeAsync(string endpoint, ReplicaKey? key, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit, _time);
        try
        {
            using HttpRequestMessage request = Request(endpoint + "/wake_up", key, HttpMethod.Post);
            using HttpResponseMessage response = await _http.SendAsync(request, timeout.Token);
            if (response.IsSuccessStatusCode) return null;
            return $"it answered {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(timeout.Token)}".TrimEnd();
        }
        catch (OperationCanceledException)
        {
            return $"it did not answer within {limit.TotalSeconds:0} s";
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return exception.Message;
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Whether an engine that is not ready says that this is because it sleeps.</summary>
    private static async Task<bool> IsAsleepAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode != HttpStatusCode.ServiceUnavailable) return false;
        try
        {
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return JsonSerializer.Deserialize<Health>(body, ResourceJson.Options)?.State == EngineStates.Sleeping;
        }
        catch (Exception exception) when (exception is JsonException or HttpRequestException)
        {
            // Of more than a word, or cut short: it is not ready, for whatever reason.
            return false;
        }
    }

    private static HttpRequestMessage Request(string address, ReplicaKey? key, HttpMethod? method = null)
    {
        var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(address));
        if (key is not null) request.Headers.Add("Authorization", key.ToAuthorization());
        return request;
    }

    private static bool IsTimeout(Exception exception, CancellationToken cancellationToken) =>
        exception is OperationCanceledException && !cancellationToken.IsCancellationRequested;

    private sealed record Health
    {
        public string? State { get; init; }
    }

    private sealed record StartupLedger
    {
        public IReadOnlyList<StartupStage>? Stages { get; init; }
    }
}
