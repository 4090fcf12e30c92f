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
}
