using System.Text.Json;
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

    public async Task<EngineHealth> CheckAsync(string endpoint, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using HttpResponseMessage response = await _http.GetAsync(
                new Uri(endpoint + "/health"), HttpCompletionOption.ResponseHeadersRead, linked.Token);
            return response.IsSuccessStatusCode ? EngineHealth.Ready : EngineHealth.NotReady;
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

    /// <summary>The worker's start-up ledger; null if it keeps none.</summary>
    public async Task<IReadOnlyList<StartupStage>?> ReadStartupAsync(string endpoint, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_timeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            byte[] body = await _http.GetByteArrayAsync(new Uri(endpoint + "/startup"), linked.Token);
            return JsonSerializer.Deserialize<StartupLedger>(body, ResourceJson.Options)?.Stages;
        }
        catch (Exception exception) when (
            exception is HttpRequestException or IOException or JsonException || IsTimeout(exception, cancellationToken))
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    private static bool IsTimeout(Exception exception, CancellationToken cancellationToken) =>
        exception is OperationCanceledException && !cancellationToken.IsCancellationRequested;

    private sealed record StartupLedger
    {
        public IReadOnlyList<StartupStage>? Stages { get; init; }
    }
}
