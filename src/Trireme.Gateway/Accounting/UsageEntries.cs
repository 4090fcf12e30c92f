using Trireme.Gateway.Pipeline;

namespace Trireme.Gateway.Accounting;

/// <summary>Begins and closes requests' entries in the ledger.</summary>
internal sealed class UsageEntries(IUsageLedger ledger, TimeProvider time)
{
    private const double Billion = 1e9;

    /// <summary>Begins the entry of a request whose service is known; null where there is none.</summary>
    public IUsageEntry? Begin(GatewayRequest request)
    {
        if (!ledger.IsKept) return null;
        return ledger.Begin(new UsageSubject
        {
            RequestId = request.Id,
            Namespace = request.Caller!.Namespace,
            Key = request.Caller!.KeyId,
            Service = request.Service!.Route.Name,
            Route = request.Route.Path,
            ArrivedAt = time.GetUtcNow() - time.GetElapsedTime(request.Arrived),
        });
    }

    /// <summary>Closes the entry of a request that has ended. One that was refused before it had one gets it now.</summary>
    public void Close(GatewayRequest request, RequestOutcome outcome)
    {
        if (!request.Route.IsLedgered || request.Service is null || request.Decision is not { IsAllowed: true }) return;
        if ((request.Progress.Entry ?? Begin(request)) is not { } entry) return;
        TimeSpan replicaTime = request.Progress.ReplicaTime(time);
        var end = new UsageEnd(
            OutcomeOf(request, outcome), outcome.Status, outcome.Attempts, replicaTime, CostOf(request, outcome, replicaTime));
        entry.Close(request.Meter?.Counts ?? default, end);
    }

    /// <summary>
    /// What the request's part of a replica's time costs: as much of it as its work is of all that the replica had in the meantime, so that
    /// requests side by side share its price. Of a request that was sent on, all of the time counts at the last one's price.
    /// </summary>
    private static long CostOf(GatewayRequest request, RequestOutcome outcome, TimeSpan replicaTime)
    {
        if (outcome.Replica is not { PricePerHour: > 0 and var price }) return 0;
        double part = (double)request.Work / Math.Max(request.Work, RequestAccount.WorkBeside(request));
        return (long)(replicaTime.TotalHours * part * price * Billion);
    }

    private static UsageOutcome OutcomeOf(GatewayRequest request, RequestOutcome outcome) => outcome switch
    {
        { EndedBy: RequestEnd.Client } => UsageOutcome.ClientLeft,
        _ when request.Denial is not null => UsageOutcome.Limited,
        { IsComplete: false } => UsageOutcome.Cut,
        { Status: >= 500 } => UsageOutcome.Failed,
        { Status: >= 400 } => UsageOutcome.Rejected,
        _ => UsageOutcome.Completed,
    };
}
