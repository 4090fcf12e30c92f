using Microsoft.Extensions.Logging;
using Trireme.Fleet.Routing;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Load;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Forwarding;

/// <summary>
/// Gets a request answered and says how it ended:
///   1. select a replica, waiting for one if need be,
///   2. ask the replica and hold back its answer until it has content,
///   3. on failure go back to 1 with another replica, within the attempts and the budget of the service,
///   4. relay the answer; from here on there is no way back.
/// </summary>
internal sealed partial class Forwarder(
    ReplicaQueue queue,
    Upstream upstream,
    AnswerRelay relay,
    CancellationPool cancellations,
    GatewayOptions options,
    TimeProvider time,
    ILogger<Forwarder> logger)
{
    /// <summary>
    /// Replicas that may break the connection over one request. A second one that does says that the request itself may be what ends
    /// them, and a third must not be lost to it.
    /// </summary>
    private const int MaxBroken = 2;

    /// <summary>Throws when the client left; <see cref="GatewayRequest.Progress"/> then holds what is known.</summary>
    public async Task<RequestOutcome> ForwardAsync(GatewayRequest request)
    {
        var tried = new TriedReplicas();
        LoadCounters? load = request.Route.IsMetered ? request.Service?.Load : null;
        if (load is not null) request.Work = load.Begin(request.Body!.Length);
        Attempt? attempt = null;
        var failure = AttemptFailure.None;
        bool retried = false;
        int broken = 0;
        try
        {
            for (int number = 1; ; number++)
            {
                // :: Step 1: select. After an answer with an error only an immediate alternative is better than that answer.
                ReplicaSelection selected = await queue.SelectAsync(request, tried, mayWait: failure != AttemptFailure.Status);
                if (selected.Refusal is { } refusal)
                {
                    return attempt is null
                        ? await request.RefuseAsync(refusal)
                        : await FailAsync(request, attempt, failure, clientMayRetry: !retried);
                }

                LiveRelease release = selected.Release!;
                RetryBudget budget = selected.Service!.Budget;
                if (attempt is not null)
                {
                    if (!budget.TrySpend()) return await FailAsync(request, attempt, failure, clientMayRetry: false);
                    RequestAccount.CountRetry(attempt, failure, release);
                    attempt.Dispose();
                    attempt = null;
                    retried = true;
                }

                // :: Step 2: ask.
                request.Progress.Ask(release, selected.Replica!);
                attempt = new Attempt(request, release, selected.Replica!, options, cancellations);
                request.Progress.Sent(time.GetTimestamp(), selected.Replica!.WorkInFlight);
                failure = await OpenAsync(request, attempt);
                if (failure == AttemptFailure.None)
                {
                    // :: Step 4: relay.
                    budget.Earn();
                    return await relay.RelayAsync(request, attempt);
                }

                // :: Step 3: decide whether to ask another.
                LogAttemptFailed(request.Id, attempt.Replica.Route.Name, failure);
                tried.Add(attempt.Replica, answered: failure is AttemptFailure.Status or AttemptFailure.Unauthorized);
                if (failure == AttemptFailure.Reset) broken++;
                bool another = number < options.MaxAttempts && broken < MaxBroken && failure != AttemptFailure.Silent && budget.CanSpend;
                if (!another) return await FailAsync(request, attempt, failure, clientMayRetry: false);
            }
        }
        finally
        {
            attempt?.Dispose();
            load?.End(request.Work);
        }
    }

    private async Task<AttemptFailure> OpenAsync(GatewayRequest request, Attempt attempt)
    {
        try
        {
            AttemptFailure failure = await attempt.OpenAsync(upstream);
            if (failure == AttemptFailure.Unauthorized) Eject(attempt.Replica);
            return failure;
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
                    Eject(attempt.Replica);
                    return AttemptFailure.Refused;
                case HttpRequestException or IOException:
                    return AttemptFailure.Reset;
                default:
                    throw;
            }
        }
    }

    private void Eject(LiveReplica replica) =>
        replica.EjectUntil(time.GetTimestamp() + (long)(options.EjectionTime.TotalSeconds * time.TimestampFrequency));

    private async Task<RequestOutcome> FailAsync(GatewayRequest request, Attempt attempt, AttemptFailure failure, bool clientMayRetry)
    {
        LogRequestFailed(request.Id, request.Caller!.Namespace, request.Model, attempt.Replica.Route.Name, failure);
        if (failure == AttemptFailure.Status) return await relay.RelayFailureAsync(request, attempt, clientMayRetry);

        GatewayError error = failure == AttemptFailure.Silent
            ? GatewayErrors.TimedOut(request.Model, options.ResponseTimeout)
            : GatewayErrors.Unreachable(request.Model);
        AnswerRelay.WriteSource(request, attempt);
        return await request.RefuseAsync(error with { ClientMayRetry = clientMayRetry });
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Request {RequestId}: replica {Replica} failed before its answer: {Failure}.")]
    private partial void LogAttemptFailed(string requestId, string replica, AttemptFailure failure);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Request {RequestId} to {Namespace}/{Service} failed; the last replica tried was {Replica}: {Failure}.")]
    private partial void LogRequestFailed(string requestId, string @namespace, string service, string replica, AttemptFailure failure);
}
