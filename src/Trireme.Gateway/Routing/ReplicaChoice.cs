using Trireme.Fleet.Routing;

namespace Trireme.Gateway.Routing;

/// <summary>
/// Picks release and replica for one attempt. The share of traffic names the release; if none of its replicas can take the
/// request, the other releases stand in: first those with a share, then those without.
/// </summary>
internal static class ReplicaChoice
{
    /// <summary>Replicas of one release that are looked at: four times the most a service may have.</summary>
    private const int MaxReplicas = 1024;

    /// <summary>Releases that are looked at. A service has two during a rollout and rarely a third that drains.</summary>
    private const int MaxReleases = 16;

    /// <param name="service">Where the request goes.</param>
    /// <param name="key">Sticky key of the client, or a random number.</param>
    /// <param name="avoided">Replicas that have failed this request.</param>
    /// <param name="now">Current timestamp, compared with ejections.</param>
    /// <param name="random">Breaks ties between equally loaded replicas.</param>
    public static (LiveRelease Release, LiveReplica Replica)? Choose(
        LiveService service, ulong key, List<LiveReplica>? avoided, long now, uint random)
    {
        int count = Math.Min(service.Releases.Length, MaxReleases);
        Span<WeightedTarget> targets = stackalloc WeightedTarget[MaxReleases];
        for (int i = 0; i < count; i++) targets[i] = service.Releases[i].Target;

        for (int chosen = TrafficSplit.Choose(targets[..count], key); chosen >= 0; chosen = TrafficSplit.Choose(targets[..count], key))
        {
            if (LeastLoadedOf(service.Releases[chosen], avoided, now, random) is { } replica) return (service.Releases[chosen], replica);
            targets[chosen] = targets[chosen] with { Weight = 0 };
        }

        for (int i = 0; i < count; i++)
        {
            if (service.Releases[i].Target.Weight > 0) continue;
            if (LeastLoadedOf(service.Releases[i], avoided, now, random) is { } replica) return (service.Releases[i], replica);
        }

        return null;
    }

    private static LiveReplica? LeastLoadedOf(LiveRelease release, List<LiveReplica>? avoided, long now, uint random)
    {
        LiveReplica[] replicas = release.Replicas;
        int count = Math.Min(replicas.Length, MaxReplicas);
        Span<int> loads = stackalloc int[count];
        for (int i = 0; i < count; i++)
        {
            bool usable = replicas[i].EjectedUntil <= now && avoided?.Contains(replicas[i]) != true;
            loads[i] = usable ? replicas[i].InFlight : LeastLoaded.Excluded;
        }

        int chosen = LeastLoaded.Choose(loads, random);
        return chosen < 0 ? null : replicas[chosen];
    }
}
