using System.Collections.Immutable;
using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Scaling;

/// <summary>
/// Classes of load by how much is in flight at a replica: steps of a third to a half, so that a few numbers cover one request and a
/// thousand.
/// </summary>
public static class LoadClasses
{
    private static readonly ImmutableArray<int> Bounds =
        [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];

    public static int Count => Bounds.Length;

    /// <summary>Most requests in flight of a class; the last class has all above as well.</summary>
    public static int BoundOf(int index) => Bounds[index];

    /// <summary>Requests in flight in the middle of a class.</summary>
    public static double CentreOf(int index) => index == 0 ? 1 : (Bounds[index - 1] + 1 + Bounds[index]) / 2.0;

    /// <summary>The class of a replica with so much in flight, which need not be a whole number of requests.</summary>
    public static int IndexOf(double inFlight)
    {
        int index = Bounds.BinarySearch((int)Math.Ceiling(Math.Clamp(inFlight, 1, Bounds[^1])));
        return index < 0 ? ~index : index;
    }

    /// <summary>Index of a recorded cell; null for one that an edit or another version made.</summary>
    internal static int? IndexOf(CapacityCell cell) =>
        Bounds.BinarySearch(cell.Concurrency) is var index and >= 0 ? index : null;
}
