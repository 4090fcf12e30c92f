using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Forwarding;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Routing;

namespace Trireme.Gateway.Shadowing;

/// <summary>
/// Copies a share of a service's requests to the release that it shadows with, and throws the answers away. What they came to is counted
/// in families of its own. The client's request waits for nothing here but the copying of its body: where too many copies are open, the
/// next one is dropped and counted, and none outlives its deadline or the client of its request.
/// </summary>
internal sealed partial class ShadowCopies(
    GatewayMetrics metrics, Upstream upstream, GatewayOptions options, TimeProvider time, ILogger<ShadowCopies> logger) : IAsyncDisposable
{
    /// <summary>Copies that are open at a time, over all services.</summary>
    public const int OpenMax = 128;

    /// <summary>Bytes of the bodies that they hold.</summary>
    private const long BytesMax = 64 << 20;

    /// <summary>Bytes of a body that is copied; the client waits for the copying.</summary>
    private const int BodyBytesMax = 1 << 20;

    /// <summary>Bytes of an unstreamed answer that are read for what it says of itself.</summary>
    private const int AnswerBytesMax = 1 << 20;

    /// <summary>What a connection counts as that broke.</summary>
    private const int StatusBadGateway = 502;

    /// <summary>Longest time of a copy. What takes longer says nothing: its request may take as long.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<ShadowCopy, Task> _running = new();
    private int _open;
    private long _bytes;

    /// <summary>Copies that are open now.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Copies the request if it is its turn; null if it is not, or there is no room.</summary>
    public ShadowCopy? Offer(GatewayRequest request)
    {
        if (request.Service is not { Shadow: { } release } || request.Body is not { } body) return null;
        if (Random.Shared.Next(100) >= release.Route.Copies) return null;
        if (Interlocked.Increment(ref _open) > OpenMax) return Drop(release, "queue_full", bytes: 0);
        if (Interlocked.Add(ref _bytes, body.Length) > BytesMax || body.Length > BodyBytesMax) return Drop(release, "memory", body.Length);
        var copy = new ShadowCopy(request, release, Deadline, time);
        _running[copy] = Task.Run(() => AnswerAsync(copy));

        // It may have ended before it was noted.
        if (copy.HasEnded) _running.TryRemove(copy, out _);
        return copy;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ShadowCopy copy in _running.Keys) copy.Cancel();
        await Task.WhenAll(_running.Values);
    }

    private ShadowCopy? Drop(LiveRelease release, string reason, int bytes)
    {
        Interlocked.Decrement(ref _open);
        Interlocked.Add(ref _bytes, -bytes);
        metrics.CountDroppedCopy(release.Route.Name, release.Replicas[0].Route, reason);
        return null;
    }

    private async Task AnswerAsync(ShadowCopy copy)
    {
        int bytes = copy.BodyBytes;
        try
        {
            long sent = time.GetTimestamp();
            using HttpResponseMessage response = await upstream.SendAsync(copy.Message, copy.Token);
            RequestOutcome outcome = await ReadAsync(copy, response, sent);
            copy.Metrics.Count(outcome, time.GetElapsedTime(sent));
        }
        catch (OperationCanceledException)
        {
            metrics.CountDroppedCopy(copy.Release.Route.Name, copy.Replica, copy.WasCancelled ? "client_left" : "deadline");
        }
        catch (HttpRequestException exception) when (exception.HttpRequestError
            is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
        {
            // A replica that ends or starts: of a client's request another one would be asked.
            metrics.CountDroppedCopy(copy.Release.Route.Name, copy.Replica, "no_replica");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            copy.Metrics.Count(new AnswerProgress().Cut(StatusBadGateway, RequestEnd.Replica), time.GetElapsedTime(copy.Created));
        }
        catch (Exception exception)
        {
            LogFault(exception, copy.Replica.Name);
        }
        finally
        {
            copy.Dispose();
            _running.TryRemove(copy, out _);
            Interlocked.Decrement(ref _open);
            Interlocked.Add(ref _bytes, -bytes);
        }
    }

    private async Task<RequestOutcome> ReadAsync(ShadowCopy copy, HttpResponseMessage response, long sent)
    {
        var progress = new AnswerProgress();
        await using Stream body = await response.Content.ReadAsStreamAsync(copy.Token);
        int status = (int)response.StatusCode;
        if (response.IsSuccessStatusCode && Upstream.IsEventStream(response))
        {
            var timing = new StreamTiming(time, copy.Metrics, sent, progress);
            bool isWhole = await ReadEventsAsync(copy, body, timing, progress);
            return isWhole ? progress.Complete(status, RequestEnd.Replica) : progress.Cut(status, RequestEnd.Replica);
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(AnswerBytesMax);
        try
        {
            int length = 0;
            while (await body.ReadAsync(buffer.AsMemory(length < AnswerBytesMax ? length : 0), copy.Token) is var read and > 0)
            {
                length = Math.Min(AnswerBytesMax, length + read);
            }

            if (response.IsSuccessStatusCode && length < AnswerBytesMax)
            {
                if (copy.Generates) new StreamTiming(time, copy.Metrics, sent, progress).Observe(contentEvents: 1);
                AnswerReport report = AnswerReport.Find(buffer.AsSpan(0, length), hasChoices: copy.Generates);
                (progress.Usage, progress.FinishReason) = (report.Usage, report.FinishReason);
            }

            return progress.Complete(status, RequestEnd.Replica);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<bool> ReadEventsAsync(ShadowCopy copy, Stream body, StreamTiming timing, AnswerProgress progress)
    {
        using var events = new EventBuffer(options.MaxHeldResponseBytes, copy.DropsUsage ? UsageShown.NoExtraEvent : UsageShown.All);
        while (!events.EndedUnfinished)
        {
            Memory<byte> free = events.Free();
            int read = free.IsEmpty ? 0 : await body.ReadAsync(free, copy.Token);
            if (read == 0) break;
            timing.Observe(events.Advance(read));
            if (!events.Ready.IsEmpty) events.Sent();
        }

        (progress.Usage, progress.FinishReason) = (events.Usage, events.FinishReason);
        return events.Finished;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A copy of a request for replica {Replica} failed by a fault of the gateway.")]
    private partial void LogFault(Exception exception, string replica);
}
