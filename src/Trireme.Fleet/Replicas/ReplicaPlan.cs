namespace Trireme.Fleet.Replicas;

/// <summary>One release's part of the fleet, with the hash its replicas must carry; null while they cannot be described.</summary>
public sealed record PlannedRelease(string ContentHash, int Replicas, string? TemplateHash);

/// <summary>A replica as far as the plan looks at it, with the requests it is answering, as far as they are known.</summary>
public sealed record ReplicaView(
    string Name, string ContentHash, string TemplateHash, bool Ready, bool Deleting, DateTimeOffset CreatedAt, int InFlight = 0);

/// <summary>Replicas to create for a release.</summary>
public sealed record ReplicaCreation(string ContentHash, int Count);

/// <summary>
/// Which replicas to create and which to delete now. Replacement is surge, then drain, unless a service has no room for it: one new
/// replica more than wanted is started, and an old one goes only when more than the wanted number answer. So no step of the plan takes a
/// release below its number.
/// </summary>
public sealed record ReplicaPlan(IReadOnlyList<ReplicaCreation> Create, IReadOnlyList<string> Delete)
{
    /// <summary>Replicas above the wanted number while a release's replicas are replaced.</summary>
    private const int Surge = 1;

    public static ReplicaPlan Make(
        IReadOnlyList<PlannedRelease> releases, IReadOnlyList<ReplicaView> replicas, ReplicaExchange exchange = ReplicaExchange.Surge) =>
        exchange == ReplicaExchange.Surge
            ? WithSurge(releases, replicas)
            : PlaceExchange.Make(releases, replicas, apart: exchange == ReplicaExchange.Recreate);

    private static ReplicaPlan WithSurge(IReadOnlyList<PlannedRelease> releases, IReadOnlyList<ReplicaView> replicas)
    {
        var create = new List<ReplicaCreation>();
        var delete = new List<string>();
        List<ReplicaView> live = [.. replicas.Where(replica => !replica.Deleting)];
        bool complete = true;
        foreach (PlannedRelease release in releases)
        {
            List<ReplicaView> own = [.. live.Where(replica => replica.ContentHash == release.ContentHash)];
            complete &= own.Count(replica => replica.Ready) >= release.Replicas;
            int count = Missing(release, own);
            if (count > 0) create.Add(new ReplicaCreation(release.ContentHash, count));
            delete.AddRange(Surplus(release, own));
        }

        // Replicas of releases that have no part any more still answer if all else fails; they go once the others are complete.
        var wanted = releases.Select(release => release.ContentHash).ToHashSet();
        delete.AddRange(
            live.Where(replica => !wanted.Contains(replica.ContentHash) && (complete || !replica.Ready)).Select(replica => replica.Name));
        return new ReplicaPlan(create, delete);
    }

    /// <summary>True if the replica runs what the service's present template says.</summary>
    public static bool IsCurrent(PlannedRelease release, ReplicaView replica) =>
        replica.ContentHash == release.ContentHash && (release.TemplateHash is null || replica.TemplateHash == release.TemplateHash);

    /// <summary>True while a replica of the release is to be created and can be described.</summary>
    internal static bool Lacks(PlannedRelease release, IReadOnlyList<ReplicaView> replicas) => release.TemplateHash is not null
        && replicas.Count(replica => !replica.Deleting && IsCurrent(release, replica)) < release.Replicas;

    private static int Missing(PlannedRelease release, List<ReplicaView> own)
    {
        if (release.TemplateHash is null) return 0;
        int current = own.Count(replica => IsCurrent(release, replica));
        int missing = release.Replicas - current;
        bool replacing = current < own.Count;
        return Math.Max(0, replacing ? Math.Min(missing, release.Replicas + Surge - own.Count) : missing);
    }

    private static List<string> Surplus(PlannedRelease release, List<ReplicaView> own)
    {
        var delete = new List<string>();
        int spare = own.Count(replica => replica.Ready) - release.Replicas;
        List<ReplicaView> outdated = [.. own.Where(replica => !IsCurrent(release, replica)).OrderBy(replica => replica.CreatedAt)];
        List<ReplicaView> current = [.. own.Where(replica => IsCurrent(release, replica))
            .OrderBy(replica => replica.InFlight).ThenByDescending(replica => replica.CreatedAt)];

        // 1. What answers nobody is missed by nobody: outdated ones, and present ones beyond the wanted number, youngest first.
        delete.AddRange(outdated.Where(replica => !replica.Ready).Select(replica => replica.Name));
        int excess = current.Count - release.Replicas;
        foreach (ReplicaView replica in current.Where(replica => !replica.Ready).Take(Math.Max(0, excess)))
        {
            delete.Add(replica.Name);
            excess--;
        }

        // 2. Ready ones as far as more than the wanted number answer: outdated ones first, and of the others who has least to finish.
        foreach (ReplicaView replica in outdated.Where(replica => replica.Ready).Take(Math.Max(0, spare)))
        {
            delete.Add(replica.Name);
            spare--;
        }

        delete.AddRange(current.Where(replica => replica.Ready).Take(Math.Max(0, Math.Min(spare, excess))).Select(replica => replica.Name));
        return delete;
    }
}
