namespace Trireme.Fleet.Routing;

/// <summary>
/// Picks release and replica for one attempt. The share of traffic names the release; if none of its replicas can take the
/// request, the other releases stand in: first those with a share, then those without. Allocates nothing.
/// </summary>
public static class ReplicaChoice
{
    /// <summary>Releases that are looked at. A service has two during a rollout and rarely a third that drains.</summary>
    public const int MaxReleases = 16;

    /// <summary>Replicas that are looked at, over all releases: four times the most a service may have.</summary>
    public const int MaxReplicas = 1024;

    /// <summary>The choice, or <see cref="ChosenReplica.None"/> when every replica is excluded.</summary>
    /// <param name="releases">Releases with their shares of traffic; at most <see cref="MaxReleases"/>.</param>
    /// <param name="ends">For each release the index in <paramref name="loads"/> just past its last replica.</param>
    /// <param name="loads">Requests in flight per replica, release by release; <see cref="LeastLoaded.Excluded"/> for one that must
    /// not be chosen.</param>
    /// <param name="key">Sticky key of the client, or a random number.</param>
    /// <param name="random">Breaks ties between equally loaded replicas.</param>
    public static ChosenReplica Choose(
        ReadOnlySpan<WeightedTarget> releases, ReadOnlySpan<int> ends, ReadOnlySpan<int> loads, ulong key, uint random)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(releases.Length, MaxReleases);
        ArgumentOutOfRangeException.ThrowIfNotEqual(ends.Length, releases.Length);
        Span<WeightedTarget> left = stackalloc WeightedTarget[releases.Length];
        releases.CopyTo(left);
        while (TrafficSplit.Choose(left, key) is var release and >= 0)
        {
            int replica = LeastLoadedOf(release, ends, loads, random);
            if (replica >= 0) return new ChosenReplica(release, replica);
            left[release] = left[release] with { Weight = 0 };
        }

        for (int release = 0; release < releases.Length; release++)
        {
            if (releases[release].Weight > 0) continue;
            int replica = LeastLoadedOf(release, ends, loads, random);
            if (replica >= 0) return new ChosenReplica(release, replica);
        }

        return ChosenReplica.None;
    }

    private static int LeastLoadedOf(int release, ReadOnlySpan<int> ends, ReadOnlySpan<int> loads, uint random)
    {
        int start = release == 0 ? 0 : ends[release - 1];
        return LeastLoaded.Choose(loads[start..ends[release]], random);
    }
}

/// <summary>Indexes of a release and of one of its replicas, counted from the release's first.</summary>
public readonly record struct ChosenReplica(int Release, int Replica)
{
    /// <summary>No replica can take the request.</summary>
    public static ChosenReplica None { get; } = new(-1, -1);

    public bool IsNone => Release < 0;
}
