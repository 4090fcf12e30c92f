using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Http;
using Trireme.Fleet.Limits;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Dialects;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Forwarding;

/// <summary>Passes an answer on to the client and notes what it says of itself. Nothing is allocated per chunk.</summary>
internal sealed partial class AnswerRelay(TimeProvider time, ILogger<AnswerRelay> logger)
{
    private const int CopyBytes = 32 * 1024;

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
        if (FindDenial(request, attempt) is { } denial) return request.RefuseAsync(request.Deny(denial));
        if (request.Answer is { } answer && !(attempt.Events is not null && request.WantsStream))
        {
            return RelayTranslatedAsync(request, attempt, answer);
        }

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
        return meter.TakeWhole(AnswerReport.Find(attempt.Held.Span, hasChoices: false).Usage, isWhole: attempt.HeldIsComplete);
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
        if (attempt.Response!.IsSuccessStatusCode) Note(request, attempt);
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

    /// <summary>Notes what an unstreamed answer says of itself.</summary>
    private void Note(GatewayRequest request, Attempt attempt)
    {
        AnswerProgress progress = request.Progress;
        if (request.Route.Generates)
        {
            new StreamTiming(time, attempt.Release.Metrics, request.Arrived, progress).Observe(contentEvents: 1);
        }

        // The beginning of an answer too long to hold may report its tokens already.
        AnswerReport report = AnswerReport.Find(attempt.Held.Span, hasChoices: request.Route.Generates);
        progress.Usage = report.Usage;
        progress.FinishReason = report.FinishReason;
    }

    /// <summary>Tells an unstreamed answer, or an error of the replica's, in the words of the client.</summary>
    private async Task<RequestOutcome> RelayTranslatedAsync(GatewayRequest request, Attempt attempt, AnswerTranslation answer)
    {
        WriteHeaders(request, attempt);
        if (!attempt.Response!.IsSuccessStatusCode)
        {
            GatewayError said = answer.Named(EngineError.Of(attempt.Status, attempt.Held.Span));
            request.Progress.BytesToClient += await said.WriteAsync(request.Http, request.Route.Dialect);
            return request.Progress.Complete(attempt.Status, RequestEnd.Replica);
        }

        Note(request, attempt);
        using var body = new PooledBuffer();
        bool isReadable = attempt.HeldIsComplete && !request.WantsStream;
        if (isReadable)
        {
            answer.Write(attempt.Held.Span, body);
            await answer.CompleteAsync(body, request.ClientLeft);
        }

        if (!isReadable || answer.Failure is not null)
        {
            bool isTooLong = !attempt.HeldIsComplete && !attempt.Held.IsEmpty;
            GatewayError failure = answer.Failure
                ?? (isTooLong ? GatewayErrors.AnswerTooLong(attempt.Held.Length) : GatewayErrors.UnreadableAnswer);
            LogUnreadable(request.Id, attempt.Replica.Route.Name, failure.Code);
            request.Progress.BytesToClient += await failure.WriteAsync(request.Http, request.Route.Dialect);
            return request.Progress.Complete(failure.Status, RequestEnd.Replica);
        }

        HttpResponse response = request.Http.Response;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        await response.BodyWriter.WriteAsync(body.Memory, request.ClientLeft);
        request.Progress.BytesToClient += body.Length;
        return request.Progress.Complete(attempt.Status, RequestEnd.Replica);
    }

    private async Task<RequestOutcome> RelayStreamAsync(GatewayRequest request, Attempt attempt, EventBuffer events)
    {
        AnswerProgress progress = request.Progress;
        progress.IsStream = true;
        ClientOutput? output = request.Answer is { } answer ? new ClientOutput(request, answer) : null;
        Exception? broken = null;
        try
        {
            if (!await CopyEventsAsync(request, attempt, events, output)) return progress.ClientLeft();
        }
        catch (Exception exception) when (IsBroken(exception, request))
        {
            broken = exception;
        }

        if (events.Denial is { } denial)
        {
            await EndBrokenAsync(request, events, output, request.Deny(denial));
            return progress.Cut(attempt.Status, RequestEnd.Gateway);
        }

        bool isWhole = events.Finished && request.Answer?.Failure is null;
        if (isWhole && await EndAsync(request, events, output, broken)) return progress.Complete(attempt.Status, RequestEnd.Replica);

        LogBroken(broken, request.Id, attempt.Replica.Route.Name);
        await EndBrokenAsync(request, events, output, GatewayErrors.BrokenStream);
        bool gaveUp = attempt.IsSilent || events.IsTooLong;
        return progress.Cut(attempt.Status, gaveUp ? RequestEnd.Gateway : RequestEnd.Replica);
    }

    /// <summary>Ends a stream whose answer is whole; false if it cannot be told to its end.</summary>
    private static async ValueTask<bool> EndAsync(
        GatewayRequest request, EventBuffer events, ClientOutput? output, Exception? broken)
    {
        if (output is null)
        {
            if (broken is null && !events.Rest.IsEmpty) await SendAsync(request, events.Rest);
            return true;
        }

        // An end marker may lack, and so may what is after the reason for the end.
        await output.CompleteAsync();
        await output.FlushAsync();
        return request.Answer!.Failure is null;
    }

    /// <summary>
    /// Ends a stream whose answer is not whole. What is left is half an event, or an end marker that would call half an answer whole.
    /// </summary>
    private static async ValueTask EndBrokenAsync(
        GatewayRequest request, EventBuffer events, ClientOutput? output, GatewayError error)
    {
        if (output is not null)
        {
            output.Write(events.Ready.Span);
            request.Answer!.Fail(error, output);
            await output.FlushAsync();
            return;
        }

        if (!events.Ready.IsEmpty) await SendAsync(request, events.Ready);
        if (events.Failed) return;
        request.Progress.IsClosed = true;
        await SendAsync(request, error.ToEvent(request.Route.Dialect));
    }

    private static async ValueTask SendAsync(GatewayRequest request, ReadOnlyMemory<byte> bytes)
    {
        await request.Http.Response.BodyWriter.WriteAsync(bytes, request.ClientLeft);
        request.Progress.BytesToClient += bytes.Length;
    }

    /// <summary>Copies events until the replica ends its stream; false if the client closed the connection before.</summary>
    private async ValueTask<bool> CopyEventsAsync(GatewayRequest request, Attempt attempt, EventBuffer events, ClientOutput? output)
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
                    FlushResult flushed;
                    if (output is null)
                    {
                        flushed = await writer.WriteAsync(events.Ready, request.ClientLeft);
                        if (!flushed.IsCompleted) progress.BytesToClient += events.Ready.Length;
                    }
                    else
                    {
                        if (output.Write(events.Ready.Span)) await output.CompleteAsync();
                        flushed = await output.FlushAsync();
                    }

                    if (flushed.IsCompleted) return false;
                    events.Sent();
                    if (request.Answer is { Failure: not null }) return true;
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "Request {RequestId}: the answer of replica {Replica} could not be told: {Code}.")]
    private partial void LogUnreadable(string requestId, string replica, string code);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Request {RequestId}: replica {Replica} broke its answer off.")]
    private partial void LogBroken(Exception? exception, string requestId, string replica);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Request {RequestId}: the answer is longer than {HeldBytes} bytes and passed on without counting its tokens.")]
    private partial void LogUnmetered(string requestId, int heldBytes);
}
