using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Gateway.Requests;
using Trireme.Gateway.Routing;

namespace Trireme.Gateway.Forwarding;

/// <summary>
/// Gets a request answered:
///   1. place it on a replica, waiting for one if need be,
///   2. ask the replica and hold back its answer until it has content,
///   3. on failure go back to 1 with another replica, within the attempts and the budget of the service,
///   4. relay the answer; from here on there is no way back.
/// </summary>
internal sealed partial class Forwarder(
    ReplicaQueue queue, Upstream upstream, AnswerRelay relay, GatewayOptions options, TimeProvider time, ILogger<Forwarder> logger)
{
    public async Task ForwardAsync(GatewayRequest request)
    {
        var tried = new TriedReplicas();
        Attempt? attempt = null;
        var failure = AttemptFailure.None;
        bool retried = false;
        try
        {
            for (int number = 1; ; number++)
            {
                // :: Step 1: place. After an answer with an error only an immediate alternative is better than that answer.
                Placement placement = await queue.PlaceAsync(request, tried, mayWait: failure != AttemptFailure.Status);
                if (placement.Refusal is { } refusal)
                {
                    if (attempt is null) await refusal.WriteAsync(request.Context);
                    else await FailAsync(request, attempt, failure, clientMayRetry: !retried);
                    return;
                }

                if (attempt is not null)
                {
                    if (!placement.Service!.Budget.TrySpend())
                    {
                        await FailAsync(request, attempt, failure, clientMayRetry: false);
                        return;
                    }

                    CountRetry(attempt, failure, placement.Release!);
                    attempt.Dispose();
                    attempt = null;
                    retried = true;
                }

                // :: Step 2: ask.
                request.Release = placement.Release;
                attempt = new Attempt(request, placement.Release!, placement.Replica!, options, time);
                failure = await OpenAsync(request, attempt);
                if (failure == AttemptFailure.None)
                {
                    // :: Step 4: relay.
                    placement.Service!.Budget.Earn();
                    await relay.RelayAsync(request, attempt);
                    return;
                }

                // :: Step 3: decide whether to ask another.
                LogAttemptFailed(request.Id, attempt.Replica.Route.Name, failure);
                tried.Add(attempt.Replica, answered: failure == AttemptFailure.Status);
                bool another = number < options.MaxAttempts && failure != AttemptFailure.Silent && placement.Service!.Budget.CanSpend;
                if (another) continue;
                await FailAsync(request, attempt, failure, clientMayRetry: false);
                return;
            }
        }
        finally
        {
            attempt?.Dispose();
        }
    }

    private async Task<AttemptFailure> OpenAsync(GatewayRequest request, Attempt attempt)
    {
        try
        {
            return await attempt.OpenAsync(upstream);
        }
        catch (Exception exception) when (!request.ClientLeft.IsCancellationRequested)
        {
            switch (exception)
            {
                case OperationCanceledException when attempt.IsSilent:
                    return AttemptFailure.Silent;
                // Neither the client nor the silence ended it, so it was the time for connecting.
                case OperationCanceledException:
                case HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError }:
                    attempt.Replica.EjectUntil(time.GetTimestamp() + (long)(options.EjectionTime.TotalSeconds * time.TimestampFrequency));
                    return AttemptFailure.Refused;
                case HttpRequestException or IOException:
                    return AttemptFailure.Reset;
                default:
                    throw;
            }
        }
    }

    private async Task FailAsync(GatewayRequest request, Attempt attempt, AttemptFailure failure, bool clientMayRetry)
    {
        LogRequestFailed(request.Id, request.Identity.Namespace, request.Model, attempt.Replica.Route.Name, failure);
        if (failure == AttemptFailure.Status)
        {
            await relay.RelayFailureAsync(request, attempt, clientMayRetry);
            return;
        }

        ApiError error = failure == AttemptFailure.Silent
            ? ApiErrors.TimedOut(request.Model, options.ResponseTimeout)
            : ApiErrors.Unreachable(request.Model);
        AnswerRelay.Name(request, attempt);
        await (error with { ClientMayRetry = clientMayRetry }).WriteAsync(request.Context);
    }

    /// <summary>
    /// A release that left its request to another release has failed it, although the client does not notice. It is counted as
    /// an answered request of the release that failed, so that the rollout judge sees it.
    /// </summary>
    private static void CountRetry(Attempt failed, AttemptFailure failure, LiveRelease next)
    {
        failed.Release.Metrics.Retries(failure.Reason()).Add();
        if (failed.Release.Route.ContentHash == next.Route.ContentHash) return;
        failed.Release.Metrics.Requests(failure == AttemptFailure.Status ? failed.Status : StatusCodes.Status502BadGateway).Add();
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Request {RequestId}: replica {Replica} failed before its answer: {Failure}.")]
    private partial void LogAttemptFailed(string requestId, string replica, AttemptFailure failure);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Request {RequestId} to {Namespace}/{Service} failed; the last replica tried was {Replica}: {Failure}.")]
    private partial void LogRequestFailed(string requestId, string @namespace, string service, string replica, AttemptFailure failure);
}
