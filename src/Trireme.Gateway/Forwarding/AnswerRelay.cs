using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Gateway.Requests;
using Trireme.Gateway.Telemetry;

namespace Trireme.Gateway.Forwarding;

/// <summary>Passes an answer on to the client and meters it. Nothing is allocated per chunk.</summary>
internal sealed partial class AnswerRelay(TimeProvider time, ILogger<AnswerRelay> logger)
{
    private const int CopyBytes = 32 * 1024;

    private static readonly byte[] BrokenStreamEvent = [.. "data: "u8, .. ApiErrors.BrokenStream.ToJson(), .. "\n\n"u8];

    /// <summary>Says on the response which release and replica it is about.</summary>
    public static void Name(GatewayRequest request, Attempt attempt)
    {
        IHeaderDictionary headers = request.Context.Response.Headers;
        headers[ProxyHeaders.Release] = attempt.Release.Route.Label;
        headers[ProxyHeaders.Replica] = attempt.Replica.Route.Name;
    }

    public async Task RelayAsync(GatewayRequest request, Attempt attempt)
    {
        Begin(request, attempt);
        if (attempt.Events is { } events) await RelayStreamAsync(request, attempt, events);
        else await RelayAnswerAsync(request, attempt);
    }

    /// <summary>Passes on a replica's own error.</summary>
    public async Task RelayFailureAsync(GatewayRequest request, Attempt attempt, bool clientMayRetry)
    {
        if (!clientMayRetry) request.Context.Response.Headers[ProxyHeaders.ShouldRetry] = "false";
        await RelayAsync(request, attempt);
    }

    private static void Begin(GatewayRequest request, Attempt attempt)
    {
        HttpResponse response = request.Context.Response;
        response.StatusCode = attempt.Status;
        ProxyHeaders.CopyToClient(attempt.Response!, response);
        Name(request, attempt);
        if (attempt.Events is not null)
        {
            // Proxies in front must neither cache nor collect the events.
            response.Headers.CacheControl = "no-cache";
            response.Headers["X-Accel-Buffering"] = "no";
        }
        else if (attempt.HeldIsComplete)
        {
            response.ContentLength = attempt.Held.Length;
        }
    }

    private async Task RelayAnswerAsync(GatewayRequest request, Attempt attempt)
    {
        ReleaseMetrics metrics = attempt.Release.Metrics;
        bool succeeded = attempt.Response!.IsSuccessStatusCode;
        if (succeeded && request.Generates) metrics.TimeToFirstToken.Observe(time.GetElapsedTime(request.Arrived).TotalSeconds);
        // The beginning of an answer too long to hold may report its tokens already.
        TokenUsage? usage = succeeded ? TokenUsage.Find(attempt.Held.Span) : null;
        Meter(metrics, usage);
        PipeWriter writer = request.Context.Response.BodyWriter;
        await writer.WriteAsync(attempt.Held, request.ClientLeft);
        if (attempt.HeldIsComplete) return;

        if (usage is null) LogUnmetered(request.Id, attempt.Held.Length);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            while (await attempt.ReadAsync(buffer) is var read and > 0)
            {
                await writer.WriteAsync(buffer.AsMemory(0, read), request.ClientLeft);
            }
        }
        catch (Exception exception) when (IsBroken(exception, request))
        {
            metrics.BrokenStreams.Add();
            LogBroken(exception, request.Id, attempt.Replica.Route.Name);
            // An answer cut short must not look complete; only a broken connection says so at this point.
            request.Context.Abort();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task RelayStreamAsync(GatewayRequest request, Attempt attempt, EventBuffer events)
    {
        ReleaseMetrics metrics = attempt.Release.Metrics;
        PipeWriter writer = request.Context.Response.BodyWriter;
        var pace = new StreamPace(time, metrics, request.Arrived);
        pace.Observe(attempt.HeldContentEvents);
        Exception? broken = null;
        try
        {
            while (!events.EndedUnfinished)
            {
                if (!events.Ready.IsEmpty)
                {
                    FlushResult flushed = await writer.WriteAsync(events.Ready, request.ClientLeft);
                    if (flushed.IsCompleted)
                    {
                        request.ClientIsGone = true;
                        return;
                    }

                    events.Sent();
                }

                Memory<byte> free = events.Free();
                int read = free.IsEmpty ? 0 : await attempt.ReadAsync(free);
                if (read == 0) break;
                pace.Observe(events.Advance(read));
            }
        }
        catch (Exception exception) when (IsBroken(exception, request))
        {
            broken = exception;
        }

        Meter(metrics, events.Usage);
        if (events.Finished)
        {
            if (broken is null && !events.Rest.IsEmpty) await writer.WriteAsync(events.Rest, request.ClientLeft);
            return;
        }

        metrics.BrokenStreams.Add();
        LogBroken(broken, request.Id, attempt.Replica.Route.Name);
        // What is left is half an event, or an end marker that would call half an answer whole.
        if (!events.Ready.IsEmpty) await writer.WriteAsync(events.Ready, request.ClientLeft);
        if (!events.Failed) await writer.WriteAsync(BrokenStreamEvent, request.ClientLeft);
    }

    private static void Meter(ReleaseMetrics metrics, TokenUsage? usage)
    {
        if (usage is not { } tokens) return;
        metrics.PromptTokens.Add(tokens.Prompt);
        metrics.GenerationTokens.Add(tokens.Generated);
    }

    private static bool IsBroken(Exception exception, GatewayRequest request) =>
        !request.ClientLeft.IsCancellationRequested && exception is IOException or HttpRequestException or OperationCanceledException;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Request {RequestId}: replica {Replica} broke its answer off.")]
    private partial void LogBroken(Exception? exception, string requestId, string replica);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Request {RequestId}: the answer is longer than {HeldBytes} bytes and passed on without counting its tokens.")]
    private partial void LogUnmetered(string requestId, int heldBytes);
}
