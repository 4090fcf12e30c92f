using Trireme.Fleet.Routing;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Routing;

/// <summary>The replica a request goes to, or why it goes nowhere.</summary>
internal readonly record struct ReplicaSelection
{
    public LiveService? Service { get; init; }

    public LiveRelease? Release { get; init; }

    public LiveReplica? Replica { get; init; }

    public GatewayError? Refusal { get; init; }

    /// <summary>
    /// Takes a reading of weights and loads and has <see cref="ReplicaChoice"/> decide; null if no replica can take the request.
    /// </summary>
    /// <param name="service">Where the request goes.</param>
    /// <param name="key">Sticky key of the client, or a random number.</param>
    /// <param name="excluded">Replicas that have failed this request.</param>
    /// <param name="now">Current timestamp, compared with ejections.</param>
    /// <param name="random">Breaks ties between equally loaded replicas.</param>
    public static ReplicaSelection? Choose(LiveService service, ulong key, List<LiveReplica>? excluded, long now, uint random)
    {
        ReadOnlySpan<LiveRelease> releases = service.Releases.AsSpan(0, Math.Min(service.Releases.Length, ReplicaChoice.MaxReleases));
        Span<WeightedTarget> targets = stackalloc WeightedTarget[releases.Length];
        Span<int> ends = stackalloc int[releases.Length];
        Span<int> loads = stackalloc int[Math.Min(service.ReplicaCount, ReplicaChoice.MaxReplicas)];
        int count = 0;
        for (int i = 0; i < releases.Length; i++)
        {
            targets[i] = releases[i].Target;
            foreach (LiveReplica replica in releases[i].Replicas)
            {
                if (count == loads.Length) break;
                bool usable = replica.EjectedUntil <= now && excluded?.Contains(replica) != true;
                loads[count++] = usable ? replica.InFlight : LeastLoaded.Excluded;
            }

            ends[i] = count;
        }

        ChosenReplica chosen = ReplicaChoice.Choose(targets, ends, loads[..count], key, random);
        if (chosen.IsNone) return null;
        LiveRelease release = releases[chosen.Release];
        return new ReplicaSelection { Service = service, Release = release, Replica = release.Replicas[chosen.Replica] };
    }
}
