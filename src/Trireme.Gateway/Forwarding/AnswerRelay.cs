using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Http;
using Trireme.Fleet.Limits;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Limits;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Forwarding;

/// <summary>Passes an answer on to the client and notes what it says of itself. Nothing is allocated per chunk.</summary>
internal sealed partial class AnswerRelay(TimeProvider time, ILogger<AnswerRelay> logger)
{
    private const int CopyBytes = 32 * 1024;

    private static readonly byte[] OpenAiBrokenStream = GatewayErrors.BrokenStream.ToEvent(ApiDialect.OpenAi);
    private static readonly byte[] OpenInferenceBrokenStream = GatewayErrors.BrokenStream.ToEvent(ApiDialect.OpenInference);

    /// <summary>Says on the response which release and replica it is about.</summary>
    public static void WriteSource(GatewayRequest request, Attempt attempt)
    {
        IHeaderDictionary headers = request.Http.Response.Headers;
        headers[TriremeHeaders.Release] = attempt.Release.Route.Label;
        headers[TriremeHeaders.Replica] = attempt.Replica.Route.Name;
    }

    public Task<RequestOutcome> RelayAsync(GatewayRequest request, Attempt attempt)
    {
        // As long as the client has seen nothing it can be told in the status.
        if (FindDenial(request, attempt) is { } denial) return request.RefuseAsync(LimitErrors.Of(denial));
        WriteHeaders(request, attempt);
        return attempt.Events is { } events ? RelayStreamAsync(request, attempt, events) : RelayAnswerAsync(request, attempt);
    }

    /// <summary>Passes on a replica's own error.</summary>
    public Task<RequestOutcome> RelayFailureAsync(GatewayRequest request, Attempt attempt, bool clientMayRetry)
    {
        if (!clientMayRetry) request.Http.Response.Headers[TriremeHeaders.ShouldRetry] = "false";
        return RelayAsync(request, attempt);
    }

    private static LimitDenial? FindDenial(GatewayRequest request, Attempt attempt)
    {
        if (attempt.Events is { } events) return attempt.HeldContentEvents == 0 ? events.Denial : null;
        if (request.Meter is not { CountsTokens: true } meter || !attempt.Response!.IsSuccessStatusCode) return null;
        TokenUsage? usage = AnswerReport.Find(attempt.Held.Span, hasChoices: false).Usage;
        return usage is null ? null : meter.Take(usage, contentEvents: 0);
    }

    private static void WriteHeaders(GatewayRequest request, Attempt attempt)
    {
        HttpResponse response = request.Http.Response;
        response.StatusCode = attempt.Status;
        ProxyHeaders.CopyToClient(attempt.Response!, response);
        WriteSource(request, attempt);
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

    private async Task<RequestOutcome> RelayAnswerAsync(GatewayRequest request, Attempt attempt)
    {
        AnswerProgress progress = request.Progress;
        if (attempt.Response!.IsSuccessStatusCode)
        {
            if (request.Route.Generates)
            {
                new StreamTiming(time, attempt.Release.Metrics, request.Arrived, progress).Observe(contentEvents: 1);
            }

            // The beginning of an answer too long to hold may report its tokens already.
            AnswerReport report = AnswerReport.Find(attempt.Held.Span, hasChoices: request.Route.Generates);
            progress.Usage = report.Usage;
            progress.FinishReason = report.FinishReason;
        }

        PipeWriter writer = request.Http.Response.BodyWriter;
        await writer.WriteAsync(attempt.Held, request.ClientLeft);
        progress.BytesToClient += attempt.Held.Length;
        if (attempt.HeldIsComplete) return progress.Complete(attempt.Status, RequestEnd.Replica);

        if (progress.Usage is null) LogUnmetered(request.Id, attempt.Held.Length);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopyBytes);
        try
        {
            while (await attempt.ReadAsync(buffer) is var read and > 0)
            {
                await writer.WriteAsync(buffer.AsMemory(0, read), request.ClientLeft);
                progress.BytesToClient += read;
            }

            return progress.Complete(attempt.Status, RequestEnd.Replica);
        }
        catch (Exception exception) when (IsBroken(exception, request))
        {
            LogBroken(exception, request.Id, attempt.Replica.Route.Name);
            RequestOutcome outcome = progress.Cut(attempt.Status, attempt.IsSilent ? RequestEnd.Gateway : RequestEnd.Replica);
            // An answer cut short must not look complete; only a broken connection says so at this point.
            request.Http.Abort();
            return outcome;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task<RequestOutcome> RelayStreamAsync(GatewayRequest request, Attempt attempt, EventBuffer events)
    {
        AnswerProgress progress = request.Progress;
        PipeWriter writer = request.Http.Response.BodyWriter;
        progress.IsStream = true;
        Exception? broken = null;
        try
        {
            if (!await CopyEventsAsync(request, attempt, events)) return progress.ClientLeft();
        }
        catch (Exception exception) when (IsBroken(exception, request))
        {
            broken = exception;
        }

        if (events.Denial is { } denial)
        {
            progress.IsClosed = true;
            if (!events.Ready.IsEmpty) await SendAsync(events.Ready);
            await SendAsync(LimitErrors.Of(denial).ToEvent(request.Route.Dialect));
            return progress.Cut(attempt.Status, RequestEnd.Gateway);
        }

        if (events.Finished)
        {
            if (broken is null && !events.Rest.IsEmpty) await SendAsync(events.Rest);
            return progress.Complete(attempt.Status, RequestEnd.Replica);
        }

        LogBroken(broken, request.Id, attempt.Replica.Route.Name);
        // What is left is half an event, or an end marker that would call half an answer whole.
        if (!events.Ready.IsEmpty) await SendAsync(events.Ready);
        if (!events.Failed)
        {
            progress.IsClosed = true;
            await SendAsync(request.Route.Dialect == ApiDialect.OpenAi ? OpenAiBrokenStream : OpenInferenceBrokenStream);
        }

        bool gaveUp = attempt.IsSilent || events.IsTooLong;
        return progress.Cut(attempt.Status, gaveUp ? RequestEnd.Gateway : RequestEnd.Replica);

        async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
        {
            await writer.WriteAsync(bytes, request.ClientLeft);
            progress.BytesToClient += bytes.Length;
        }
    }

    /// <summary>Copies events until the replica ends its stream; false if the client closed the connection before.</summary>
    private async ValueTask<bool> CopyEventsAsync(GatewayRequest request, Attempt attempt, EventBuffer events)
    {
        AnswerProgress progress = request.Progress;
        PipeWriter writer = request.Http.Response.BodyWriter;
        var timing = new StreamTiming(time, attempt.Release.Metrics, request.Arrived, progress);
        try
        {
            timing.Observe(attempt.HeldContentEvents);
            while (!events.EndedUnfinished)
            {
                if (!events.Ready.IsEmpty)
                {
                    int length = events.Ready.Length;
                    FlushResult flushed = await writer.WriteAsync(events.Ready, request.ClientLeft);
                    if (flushed.IsCompleted) return false;
                    progress.BytesToClient += length;
                    events.Sent();
                }

                if (events.Denial is not null) break;
                Memory<byte> free = events.Free();
                int read = free.IsEmpty ? 0 : await attempt.ReadAsync(free);
                if (read == 0) break;
                timing.Observe(events.Advance(read));
            }

            return true;
        }
        finally
        {
            progress.Usage = events.Usage;
            progress.FinishReason = events.FinishReason;
            progress.IsClosed = events.Finished || events.Failed;
        }
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
