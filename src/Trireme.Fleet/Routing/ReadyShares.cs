using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Routing;

/// <summary>
/// Keeps traffic away from releases that have no ready replica: their share goes to those that have, in proportion, and to the first of
/// them where none has a share. While nothing is ready, the shares stay as they are meant.
/// </summary>
public static class ReadyShares
{
    public static IReadOnlyList<ReleaseTarget> Of(IReadOnlyList<ReleaseTarget> targets, Func<ReleaseRef, int> readyOf)
    {
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(readyOf);
        int total = targets.Sum(static target => target.Weight);
        List<ReleaseTarget> ready = [.. targets.Where(target => readyOf(target.Release) > 0)];
        int held = ready.Sum(static target => target.Weight);
        if (total == 0 || ready.Count == 0 || held == total) return targets;

        var shares = ready.ToDictionary(
            static target => target, target => held == 0 ? 0 : (int)Math.Round(total * (double)target.Weight / held));

        // What rounding leaves over, which is everything where nobody has a share, goes to the first.
        shares[ready[0]] += total - shares.Values.Sum();
        return [.. targets.Select(target => target with { Weight = shares.GetValueOrDefault(target) })];
    }

    /// <summary>
    /// The same share for every ready replica, whichever release it is of, so that none is loaded above the others while they are exchanged
    /// one by one. Releases that only have replicas left get a part with none wanted. While nothing is ready, the shares stay.
    /// </summary>
    /// <param name="targets">What is wanted.</param>
    /// <param name="ready">Releases with the replicas that are ready and stay.</param>
    public static IReadOnlyList<ReleaseTarget> ByReplica(IReadOnlyList<ReleaseTarget> targets, IReadOnlyList<RunningRelease> ready)
    {
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(ready);
        int all = ready.Sum(static release => release.Ready);
        if (all == 0 || targets.Count == 0) return targets;
        List<ReleaseTarget> parts =
        [
            .. targets,
            .. ready.Where(running => running.Ready > 0 && targets.All(target => target.Release.ContentHash != running.Release.ContentHash))
                .Select(static running => new ReleaseTarget(running.Release, 0, 0)),
        ];
        int[] counts = [.. parts.Select(part =>
            ready.FirstOrDefault(running => running.Release.ContentHash == part.Release.ContentHash)?.Ready ?? 0)];
        int[] shares = [.. counts.Select(count => 100 * count / all)];

        // What rounding leaves over is less than one percent for each of them.
        int left = 100 - shares.Sum();
        for (int i = 0; i < shares.Length && left > 0; i++)
        {
            if (counts[i] == 0) continue;
            shares[i]++;
            left--;
        }

        return [.. parts.Select((part, i) => part with { Weight = shares[i] })];
    }
}
