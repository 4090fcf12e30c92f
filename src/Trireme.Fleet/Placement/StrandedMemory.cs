using System.Collections.Immutable;

namespace Trireme.Fleet.Placement;

/// <summary>
/// How much of a device's free memory is lost to the replicas the fleet has: what is left when it is filled with replicas of one size,
/// averaged over the sizes by how often each occurs. After "Beware of Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation
/// Gradient Descent" (USENIX ATC 2023), whose measure counts what a size cannot use; here it counts the remainder too.
/// </summary>
internal sealed class StrandedMemory
{
    /// <summary>Sizes that are looked at; fleets have few, and the rarest weigh least.</summary>
    private const int SizesMax = 16;

    private readonly (long Bytes, double Share)[] _sizes;

    public StrandedMemory(ImmutableSortedDictionary<long, int> sizes)
    {
        (long Bytes, int Count)[] common =
            [.. sizes.Select(static pair => (pair.Key, pair.Value)).OrderByDescending(static pair => pair.Value).Take(SizesMax)];
        double all = common.Sum(static pair => pair.Count);
        _sizes = [.. common.Select(pair => (pair.Bytes, pair.Count / all))];
    }

    /// <summary>Bytes that are expected to be lost of this many that are free.</summary>
    public double Of(long free)
    {
        double lost = 0;
        foreach ((long bytes, double share) in _sizes) lost += share * (free % bytes);
        return lost;
    }
}
