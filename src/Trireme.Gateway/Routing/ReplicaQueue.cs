using System.Diagnostics.CodeAnalysis;
using Trireme.Gateway.Load;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Routing;

/// <summary>
/// Finds a replica for a request and lets it wait while there is none: for new routes, or for the end of an
/// ejection. The wait and the number of waiting requests are bounded.
/// </summary>
/// <param name="routes">Where replicas are found.</param>
/// <param name="loads">Told of services that requests wait for.</param>
/// <param name="options">Bounds of the wait.</param>
/// <param name="time">The clock.</param>
/// <param name="stopping">Ends all waits: whoever waits at the end of the gateway gets an answer, and no broken connection.</param>
internal sealed class ReplicaQueue(
    RoutingTable routes, LoadReadings loads, GatewayOptions options, TimeProvider time, CancellationToken stopping)
{
    private int _waiting;

    /// <summary>Requests that wait for a replica now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <param name="request">The request; the wait ends when its client leaves.</param>
    /// <param name="tried">Replicas that have failed it.</param>
    /// <param name="mayWait">False to get an answer at once.</param>
    public async ValueTask<ReplicaSelection> SelectAsync(GatewayRequest request, TriedReplicas tried, bool mayWait)
    {
        bool counted = false;
        LoadCounters? holding = null;
        long started = time.GetTimestamp();
        try
        {
            while (true)
            {
                // The routes are taken before they are searched: a swap in between ends the wait below at once.
                LiveRoutes current = routes.Current;
                long now = time.GetTimestamp();
                LiveService? service = null;
                current.Find(request.Caller!.Namespace)?.TryFind(request.Model, out service);
                if (service is not null && Choose(service, request, tried, now) is { } chosen) return chosen;
                if (!MayWaitFor(service, request.Model, out GatewayError? refusal)) return new ReplicaSelection { Refusal = refusal };

                long deadline = started + ToTicks(service.Route.HoldTimeout ?? options.ReadyWait);
                if (!mayWait || now >= deadline)
                {
                    GatewayError late = GatewayErrors.NoReplica(
                        request.Model, time.GetElapsedTime(started), service.Route.StartupNote, options.RetryAfter);
                    return new ReplicaSelection { Refusal = late };
                }

                if (!counted)
                {
                    counted = true;
                    if (Interlocked.Increment(ref _waiting) > options.MaxWaitingRequests)
                    {
                        return new ReplicaSelection { Refusal = GatewayErrors.TooManyWaiting(request.Model, options.RetryAfter) };
                    }
                }

                if (service.Load is { } load && load != holding)
                {
                    holding?.Release(started);
                    holding = load;
                    request.Progress.WasHeld = true;
                    if (load.Hold(started)) loads.AnnounceWaiting(service.Route);
                }

                await WaitAsync(current, now, Math.Min(deadline, NextReturn(service, now)), request.ClientLeft);
            }
        }
        finally
        {
            holding?.Release(started);
            if (counted) Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Whether a replica may come; else why a wait is in vain.</summary>
    private bool MayWaitFor([NotNullWhen(true)] LiveService? service, string model, [NotNullWhen(false)] out GatewayError? refusal)
    {
        refusal = service switch
        {
            // It was deleted while the request waited.
            null => GatewayErrors.ModelNotFound(model, nearest: null),
            { Route.IsScaledToZero: true } => GatewayErrors.ScaledToZero(model),

            // Replicas that are ready and only ejected come back, which is worth the wait.
            { Route.NoHopeBecause: { } reason, ReplicaCount: 0 } => GatewayErrors.CannotStart(model, reason),
            _ => stopping.IsCancellationRequested ? GatewayErrors.Stopping(options.RetryAfter) : null,
        };
        return refusal is null;
    }

    private static ReplicaSelection? Choose(LiveService service, GatewayRequest request, TriedReplicas tried, long now)
    {
        uint random = (uint)Random.Shared.Next();
        ReplicaSelection? chosen = ReplicaSelection.Choose(service, request.StickyKey, tried.Excluded, now, random);
        if (chosen is not null || !tried.TryReadmitBroken()) return chosen;
        return ReplicaSelection.Choose(service, request.StickyKey, tried.Excluded, now, random);
    }

    /// <summary>When the first ejected replica may be asked again.</summary>
    private static long NextReturn(LiveService service, long now)
    {
        long next = long.MaxValue;
        foreach (LiveRelease release in service.Releases)
        {
            foreach (LiveReplica replica in release.Replicas)
            {
                if (replica.EjectedUntil > now) next = Math.Min(next, replica.EjectedUntil);
            }
        }

        return next;
    }

    private async Task WaitAsync(LiveRoutes current, long now, long until, CancellationToken cancellationToken)
    {
        // Timers count whole milliseconds; rounding up keeps a wait from ending just before its time.
        TimeSpan wait = time.GetElapsedTime(now, until) + TimeSpan.FromMilliseconds(1);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        try
        {
            await current.Replaced.WaitAsync(wait, time, either.Token);
        }
        catch (Exception exception) when (exception is TimeoutException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // The caller looks again and sees for itself what the time has brought.
        }
    }

    private long ToTicks(TimeSpan duration) => (long)(duration.TotalSeconds * time.TimestampFrequency);
}
