namespace Trireme.Fleet.Routing;

/// <summary>
/// Picks the replica with the fewest requests in flight. The counts are exact within one gateway, so there is no need to sample
/// two at random; ties are broken at random so that idle replicas share the first requests.
/// </summary>
public static class LeastLoaded
{
    /// <summary>In place of a count: this replica must not be chosen.</summary>
    public const int Excluded = int.MaxValue;

    /// <summary>Index of the choice, or -1 when every replica is excluded.</summary>
    /// <param name="inFlight">Requests in flight per replica, or <see cref="Excluded"/>.</param>
    /// <param name="random">A random number that breaks ties.</param>
    public static int Choose(ReadOnlySpan<int> inFlight, uint random)
    {
        int least = Excluded;
        uint ties = 0;
        foreach (int count in inFlight)
        {
            if (count < least)
            {
                least = count;
                ties = 1;
            }
            else if (count == least)
            {
                ties++;
            }
        }

        if (least == Excluded) return -1;

        uint skip = random % ties;
        for (int i = 0; i < inFlight.Length; i++)
        {
            if (inFlight[i] == least && skip-- == 0) return i;
        }

        return -1;
    }
}
