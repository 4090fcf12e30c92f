using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Audit;
using Trireme.Contracts.Identity;
using Trireme.Gateway.Forwarding;
using Trireme.Gateway.Load;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Routing;

namespace Trireme.Gateway.Accounting;

/// <summary>
/// Keeps account of every request: the one place that turns an outcome into metrics, into the ledger's entry and into the audit record.
/// Nothing else counts a request.
/// </summary>
internal sealed partial class RequestAccount(
    GatewayMetrics metrics, UsageEntries entries, TimeProvider time, ILogger<RequestAccount> logger, IAuditSink? audit = null)
{
    private const string Surface = "gateway";

    /// <summary>
    /// Counts a request that goes to another replica. A release that left its request to another release has failed it, although the
    /// client does not notice: it is counted as an answered request of the release that failed, so that the rollout judge sees it, and
    /// at once, because the other's answer may be long.
    /// </summary>
    public static void CountRetry(Attempt failed, AttemptFailure failure, LiveRelease next)
    {
        failed.Release.Metrics.Retries(failure.Reason()).Add();
        if (failed.Release.Route.ContentHash == next.Route.ContentHash) return;
        failed.Release.Metrics.Requests(failure == AttemptFailure.Status ? failed.Status : StatusCodes.Status502BadGateway).Add();
    }

    /// <summary>Called once for each request, after its answer.</summary>
    public void Close(GatewayRequest request, RequestOutcome outcome)
    {
        TimeSpan elapsed = time.GetElapsedTime(request.Arrived);
        request.Meter?.End(outcome);
        entries.Close(request, outcome);
        if (request.Denial is { } denial) metrics.CountDenial(request.Service!.Route, denial);
        if (request.Route.IsMetered)
        {
            Count(request, outcome, elapsed);
            CountLoad(request, outcome, elapsed);
        }

        if (request.Service is not null && logger.IsEnabled(LogLevel.Debug)) LogEnded(request.Id, request.Model, elapsed, outcome);
        audit?.Record(AuditOf(request, outcome, elapsed));
    }

    private void Count(GatewayRequest request, RequestOutcome outcome, TimeSpan elapsed)
    {
        if (outcome.Release is not { Metrics: var release })
        {
            metrics.CountUnrouted(request.Service?.Route.Namespace ?? "", request.Service?.Route.Name ?? "", outcome.Status);
            return;
        }

        release.Count(outcome, elapsed);
    }

    private void CountLoad(GatewayRequest request, RequestOutcome outcome, TimeSpan elapsed)
    {
        if (request.Service is not { Load: { } load, Route.Slo: { } slo }) return;
        load.Close(slo, outcome, new RequestTiming
        {
            Elapsed = elapsed,
            Asked = request.Progress.AskedAt is { } at ? time.GetElapsedTime(at) : null,
            WorkBeside = WorkBeside(request),
            WasHeld = request.Progress.WasHeld,
            BodyBytes = request.Body?.Length ?? 0,
        });
    }

    /// <summary>
    /// Work that the replica had in flight, in the middle between when it got this request and when this one ended. Of those that a service
    /// wakes with, the first meets an empty replica and shares it with all others a moment later.
    /// </summary>
    internal static long WorkBeside(GatewayRequest request) => request.Progress is { Replica: { } replica, WorkBeside: var before }
        ? (before + replica.WorkInFlight + request.Work) / 2
        : request.Progress.WorkBeside;

    private AuditEvent AuditOf(GatewayRequest request, RequestOutcome outcome, TimeSpan elapsed) => new()
    {
        Id = request.Id,
        Surface = Surface,
        ReceivedAt = time.GetUtcNow() - elapsed,
        DurationSeconds = elapsed.TotalSeconds,
        User = request.Caller?.User ?? UserInfo.Anonymous,
        SourceAddress = request.Http.Connection.RemoteIpAddress?.ToString(),
        UserAgent = request.Http.Request.Headers.UserAgent is { Count: > 0 } agent ? agent[0] : null,
        Access = request.Access,
        Decision = request.Decision,
        StatusCode = outcome.Status,
    };

    private void LogEnded(string requestId, string service, TimeSpan elapsed, RequestOutcome outcome) => LogEnded(
        requestId,
        service,
        outcome.Status,
        elapsed.TotalMilliseconds,
        outcome.EndedBy,
        outcome.FinishReason ?? "none",
        outcome.Attempts,
        outcome.BytesToClient);

    [LoggerMessage(
        Level = LogLevel.Debug,
        Message = "Request {RequestId} to {Service} ended with {Code} after {Milliseconds} ms, by the {EndedBy}; "
            + "finish reason {FinishReason}, {Attempts} attempts, {Bytes} bytes.")]
    private partial void LogEnded(
        string requestId,
        string service,
        int code,
        double milliseconds,
        RequestEnd endedBy,
        string finishReason,
        int attempts,
        long bytes);
}
