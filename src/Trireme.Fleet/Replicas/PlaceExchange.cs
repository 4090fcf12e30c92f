namespace Trireme.Fleet.Replicas;

/// <summary>
/// Which replicas to create and to delete where there is room for no more than are wanted. A place is taken until its replica is gone, so
/// that one that drains keeps its memory and devices. Those that answer go one at a time, and only while all are ready: never are there
/// fewer than all but one because of the exchange.
/// </summary>
internal static class PlaceExchange
{
    /// <param name="releases">What is wanted; the numbers together are the places.</param>
    /// <param name="replicas">What is there.</param>
    /// <param name="apart">True where the replicas of other releases must be gone before one is created.</param>
    public static ReplicaPlan Make(IReadOnlyList<PlannedRelease> releases, IReadOnlyList<ReplicaView> replicas, bool apart)
    {
        int places = releases.Sum(static release => release.Replicas);
        var wanted = releases.Select(static release => release.ContentHash).ToHashSet();
        List<ReplicaView> live = [.. replicas.Where(static replica => !replica.Deleting)];
        List<ReplicaView> foreign = [.. live.Where(replica => !wanted.Contains(replica.ContentHash))];
        List<ReplicaView> surplus = [.. foreign.OrderBy(static replica => replica.CreatedAt)];
        foreach (PlannedRelease release in releases) surplus.AddRange(Surplus(release, live));

        // 1. What answers nobody is missed by nobody; what answers goes while all are ready, and only for what can be made.
        var delete = new List<string>();
        bool canFollow = releases.All(static release => release.TemplateHash is not null || release.Replicas == 0);
        int ready = live.Count(static replica => replica.Ready);
        foreach (ReplicaView replica in surplus)
        {
            bool isDue = ready >= places || (apart && !wanted.Contains(replica.ContentHash));
            bool goes = !replica.Ready || ready > places || (isDue && canFollow);
            if (!goes) continue;
            delete.Add(replica.Name);
            if (replica.Ready) ready--;
        }

        // 2. New ones in the places that are free.
        var create = new List<ReplicaCreation>();
        bool mustWait = apart && replicas.Any(replica => !wanted.Contains(replica.ContentHash));
        int free = mustWait ? 0 : Math.Max(0, places - replicas.Count);
        foreach (PlannedRelease release in releases)
        {
            if (release.TemplateHash is null) continue;
            int missing = release.Replicas - live.Count(replica => ReplicaPlan.IsCurrent(release, replica));
            int count = Math.Min(missing, free);
            if (count <= 0) continue;
            create.Add(new ReplicaCreation(release.ContentHash, count));
            free -= count;
        }

        return new ReplicaPlan(create, delete);
    }

    /// <summary>A release's replicas that are to go: outdated ones, then those beyond its number, what does not answer first.</summary>
    private static IEnumerable<ReplicaView> Surplus(PlannedRelease release, List<ReplicaView> live)
    {
        List<ReplicaView> own = [.. live.Where(replica => replica.ContentHash == release.ContentHash)];
        List<ReplicaView> outdated = [.. own.Where(replica => !ReplicaPlan.IsCurrent(release, replica))];
        List<ReplicaView> current = [.. own.Where(replica => ReplicaPlan.IsCurrent(release, replica))];

        int excess = Math.Max(0, current.Count - release.Replicas);
        return
        [
            .. outdated.OrderBy(static replica => replica.Ready).ThenBy(static replica => replica.CreatedAt),
            .. current.OrderBy(static replica => replica.Ready).ThenByDescending(static replica => replica.CreatedAt).Take(excess),
        ];
    }
}
