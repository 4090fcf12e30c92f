namespace Trireme.Fleet.Scaling;

/// <summary>Work that came, part by part.</summary>
/// <param name="Parts">How long each part of the time was, and what came in it.</param>
/// <param name="HighestRate">Highest rate per second over a rate window.</param>
public sealed record Arrivals(IReadOnlyList<(double Seconds, double Work)> Parts, double HighestRate)
{
    public static Arrivals None { get; } = new([], 0);

    /// <summary>
    /// The share of it that would have been late had there been so many replicas all the time. It is replayed to replicas that share it
    /// evenly; what comes while there is so much at each that answers are late is late in that share.
    /// </summary>
    public double LateShare(ReplicaCapacity capacity, double replicas)
    {
        ArgumentNullException.ThrowIfNull(capacity);
        (double open, double all, double late) = (0, 0, 0);
        for (int i = 0; i < Parts.Count; i++)
        {
            (double seconds, double work) = Parts[i];
            open = capacity.Left(open + work, replicas, seconds);
            if (work <= 0) continue;
            all += work;
            late += work * capacity.LateAt(open / replicas);
        }

        return all > 0 ? late / all : 0;
    }

    /// <summary>The fewest replicas, in tenths of one, with which no more than this share of it would have been late.</summary>
    public double Fewest(ReplicaCapacity capacity, double lateShare, int most)
    {
        if (!Parts.Any(static part => part.Work > 0)) return 0;
        const int Tenths = 10;
        (int low, int high) = (Tenths, Math.Max(1, most) * Tenths);
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (LateShare(capacity, middle / (double)Tenths) <= lateShare) high = middle;
            else low = middle + 1;
        }

        return low / (double)Tenths;
    }
}
