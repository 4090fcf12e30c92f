using System.Collections.Immutable;
using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Scaling;

/// <summary>
/// What one replica carries, by what was measured: for each class of load how much work ended while replicas had so much in flight, and
/// how many answers were within the SLO. What a replica may have is the largest load at which the wanted share was within it; that share
/// is taken to fall with load (pool adjacent violators: M. Ayer et al., 1955). How long requests take is a line over the load, fitted to
/// all classes: a step of an engine takes a time, and more for each request in it.
/// </summary>
public sealed record CapacityModel
{
    /// <summary>Requests in flight that a replica nothing is known of is trusted with.</summary>
    public const int AssumedConcurrency = 4;

    /// <summary>Answers after which a class counts as measured.</summary>
    private const double EvidenceMin = 20;

    /// <summary>
    /// Answers of a class that are remembered: enough to tell one missed in a hundred, and forgotten within minutes of a load that
    /// fills it.
    /// </summary>
    private const double MemoryMax = 1000;

    /// <summary>Standard deviations of the one-sided 95% interval.</summary>
    private const double Confidence = 1.645;

    /// <summary>Requests that have ended in a class after which the time that they took counts.</summary>
    private const double RequestsMin = 5;

    /// <summary>
    /// Answers of any class within which one that is not filled any more is forgotten: hours of a load, because what was found to be too
    /// much would have to be found out again.
    /// </summary>
    private const double OthersMemoryMax = 20_000;

    /// <summary>What is left of the weight of what another release or size of replica measured: a guess to begin with.</summary>
    private const double InheritedShare = 0.05;

    private static readonly ImmutableArray<CapacityCell> NoCells =
        [.. Enumerable.Range(0, LoadClasses.Count).Select(static index => new CapacityCell { Concurrency = LoadClasses.BoundOf(index) })];

    public static CapacityModel Unknown { get; } = new() { Of = "", Cells = NoCells };

    /// <summary>Hash of the release and the resources that were measured.</summary>
    public required string Of { get; init; }

    /// <summary>Measurements, one of each class of load.</summary>
    public required ImmutableArray<CapacityCell> Cells { get; init; }

    /// <summary>True once any class is measured.</summary>
    public bool IsMeasured => Cells.Any(static cell => cell.Judged >= EvidenceMin);

    /// <summary>Takes up what a status has recorded.</summary>
    public static CapacityModel Read(ScalingCapacity? recorded)
    {
        if (recorded is null) return Unknown;
        ImmutableArray<CapacityCell>.Builder cells = NoCells.ToBuilder();
        foreach (CapacityCell cell in recorded.Cells)
        {
            bool isSound = cell is { Judged: >= 0, Requests: >= 0, Seconds: >= 0 } && cell.Met <= cell.Judged && cell.Met >= 0;
            if (isSound && LoadClasses.IndexOf(cell) is { } index) cells[index] = cell;
        }

        return new CapacityModel { Of = recorded.Of, Cells = cells.ToImmutable() };
    }

    /// <summary>The measurements to record: to three digits, and of classes that have any.</summary>
    public IReadOnlyList<CapacityCell> ToRecord() =>
    [
        .. Cells.Where(static cell => cell.Requests >= 0.5 || cell.Judged >= 0.5).Select(static cell => cell with
        {
            Requests = Rounded(cell.Requests), Seconds = Rounded(cell.Seconds), Judged = Rounded(cell.Judged), Met = Rounded(cell.Met),
        }),
    ];

    /// <summary>The model of such replicas: this one, or one that begins with a doubtful memory of it.</summary>
    public CapacityModel For(string of) => of == Of
        ? this
        : this with
        {
            Of = of,
            Cells = [.. Cells.Select(static cell => FadedTime(FadedAnswers(cell, InheritedShare), InheritedShare))],
        };

    /// <summary>With further answers, by class.</summary>
    public CapacityModel With(IReadOnlyList<LoadCell> more)
    {
        ArgumentNullException.ThrowIfNull(more);
        long all = more.Sum(static cell => cell.Judged);
        if (all <= 0) return this;
        ImmutableArray<CapacityCell>.Builder cells = Cells.ToBuilder();
        for (int i = 0; i < cells.Count; i++)
        {
            LoadCell here = i < more.Count ? more[i] : default;
            double kept = Kept(here.Judged, all);
            CapacityCell cell = FadedAnswers(cells[i], kept);
            cells[i] = cell with { Judged = cell.Judged + here.Judged, Met = cell.Met + here.Met };
        }

        return this with { Cells = cells.ToImmutable() };
    }

    /// <summary>With work that ended at replicas, by class: by Little's law (J. D. C. Little, 1961) that tells how long it took.</summary>
    public CapacityModel With(IReadOnlyList<WorkCell> more)
    {
        ArgumentNullException.ThrowIfNull(more);
        double all = more.Sum(static cell => cell.Ended);
        ImmutableArray<CapacityCell>.Builder cells = Cells.ToBuilder();
        for (int i = 0; i < cells.Count; i++)
        {
            CapacityCell cell = FadedTime(cells[i], Kept(more[i].Ended, all));
            cells[i] = cell with { Requests = cell.Requests + more[i].Ended, Seconds = cell.Seconds + more[i].Seconds };
        }

        return this with { Cells = cells.ToImmutable() };
    }

    /// <summary>What one replica carries if this share of answers is to be within the SLO.</summary>
    public ReplicaCapacity Within(double attainment)
    {
        if (!IsMeasured) return new ReplicaCapacity { Concurrency = AssumedConcurrency };
        (double[] most, double[] mean) = FallingShares();
        (double Alone, double Each)? line = Line(attainment);
        int lowest = 0;
        while (Cells[lowest].Judged < EvidenceMin) lowest++;

        // Where a replica with one request misses the SLO as well, more replicas help nobody: what is attained is the aim. That one with
        // more requests does says nothing of the kind.
        bool isAlone = lowest == 0;
        double wanted = isAlone && most[lowest] < attainment ? most[lowest] - (1 - attainment) : attainment;
        (int Best, int Next) edge = Edge(most, lowest, wanted);
        return new ReplicaCapacity
        {
            Concurrency = ConcurrencyAt(edge, lowest, most, wanted),
            SecondsAlone = line?.Alone,
            SecondsEach = line?.Each ?? 0,
            LateAnyway = isAlone ? 1 - mean[lowest] : 0,
            Late = Late(edge, lowest, mean, 1 - attainment),
        };
    }

    /// <summary>The last measured class that is within, and the first that is not; -1 where there is none.</summary>
    private (int Best, int Next) Edge(double[] shares, int lowest, double wanted)
    {
        int best = -1;
        for (int i = lowest; i < shares.Length; i++)
        {
            if (Cells[i].Judged < EvidenceMin) continue;
            if (shares[i] < wanted) return (best, i);
            best = i;
        }

        return (best, -1);
    }

    /// <summary>
    /// What lies below the measured classes is found out about two classes at a time, and what lies above one at a time: too much load is
    /// paid for by who asks, too little by who runs it.
    /// </summary>
    private static double ConcurrencyAt((int Best, int Next) edge, int lowest, double[] shares, double wanted)
    {
        (int best, int next) = edge;
        if (best < 0) return LoadClasses.BoundOf(Math.Max(0, lowest - 2));
        if (next < 0) return Math.Max(AssumedConcurrency, LoadClasses.BoundOf(Math.Min(best + 1, LoadClasses.Count - 1)));
        double between = (shares[best] - wanted) / (shares[best] - shares[next]);
        return LoadClasses.BoundOf(best) + (between * (LoadClasses.BoundOf(next) - LoadClasses.BoundOf(best)));
    }

    /// <summary>
    /// Share of late answers of each class, on the line between those that are measured. In the first one beyond them as many more are
    /// taken to be late as may be, so that it is tried now and then and not lived in.
    /// </summary>
    private ImmutableArray<double> Late((int Best, int Next) edge, int lowest, double[] shares, double tolerance)
    {
        double[] late = new double[Cells.Length];
        if (lowest > 0) late[lowest - 1] = (1 - shares[lowest]) / 2;
        int before = lowest;
        for (int i = lowest; i < late.Length; i++)
        {
            if (Cells[i].Judged < EvidenceMin) continue;
            late[i] = 1 - shares[i];
            double slope = (late[i] - late[before]) / Math.Max(1, LoadClasses.CentreOf(i) - LoadClasses.CentreOf(before));
            for (int k = before + 1; k < i; k++)
            {
                late[k] = late[before] + (slope * (LoadClasses.CentreOf(k) - LoadClasses.CentreOf(before)));
            }

            before = i;
        }

        for (int i = before + 1; i < late.Length; i++)
        {
            bool isTrusted = edge.Next < 0 && LoadClasses.BoundOf(i) <= AssumedConcurrency;
            late[i] = isTrusted ? late[before] : edge.Next < 0 && i == before + 1 ? late[before] + tolerance : 1;
        }

        return [.. late];
    }

    /// <summary>
    /// Share of answers within the SLO by class, weighted averages where it would rise with load: the most that the counts leave possible
    /// (upper end of the interval of E. B. Wilson, 1927), so that two misses among fifty do not close a class that was hardly tried, and
    /// the mean.
    /// </summary>
    private (double[] Most, double[] Mean) FallingShares()
    {
        var pools = new List<(double Met, double Judged, int Count)>();
        foreach (CapacityCell cell in Cells)
        {
            (double met, double judged, int count) = (cell.Met, cell.Judged, 1);
            while (pools is [.., var last] && met * last.Judged >= last.Met * judged)
            {
                (met, judged, count) = (met + last.Met, judged + last.Judged, count + last.Count);
                pools.RemoveAt(pools.Count - 1);
            }

            pools.Add((met, judged, count));
        }

        return (
            [.. pools.SelectMany(static pool => Enumerable.Repeat(UpperShare(pool.Met, pool.Judged), pool.Count))],
            [.. pools.SelectMany(static pool => Enumerable.Repeat(pool.Judged > 0 ? pool.Met / pool.Judged : 1, pool.Count))]);
    }

    private static double UpperShare(double met, double judged)
    {
        if (judged <= 0) return 1;
        double share = met / judged;
        double square = Confidence * Confidence / judged;
        double half = Confidence * Math.Sqrt(Math.Max(0, (share * (1 - share) / judged) + (square / (4 * judged))));
        return Math.Min(1, (share + (square / 2) + half) / (1 + square));
    }

    /// <summary>
    /// Seconds of a request alone, and what each request in flight adds, by least squares over the classes, by their relative errors. A
    /// line that would have requests take no time alone is one through nothing: the replica is full, and answers no more per second however
    /// much is in flight. One class by itself tells no line: full if it misses the SLO, or else half way to that.
    /// </summary>
    private (double Alone, double Each)? Line(double attainment)
    {
        (double n, double x, double y, double xx, double xy, int count, int last) = (0, 0, 0, 0, 0, 0, 0);
        for (int i = 0; i < Cells.Length; i++)
        {
            CapacityCell cell = Cells[i];
            if (cell.Requests < RequestsMin || cell.Seconds <= 0) continue;
            double load = LoadClasses.CentreOf(i);
            double seconds = cell.Seconds / cell.Requests;
            double weight = cell.Requests / (seconds * seconds);
            (n, x, y, count, last) = (n + weight, x + (weight * load), y + (weight * seconds), count + 1, i);
            (xx, xy) = (xx + (weight * load * load), xy + (weight * load * seconds));
        }

        if (count == 0) return null;
        double spread = xx - (x * x / n);
        double each = count > 1 && spread > 0 ? (xy - (x * y / n)) / spread : 0;
        double alone = (y - (each * x)) / n;
        bool isFull = count == 1 ? Cells[last].Met < attainment * Cells[last].Judged : alone <= 0;
        if (isFull) return (0, xy / xx);
        if (count == 1) return (y / n / 2, y / x / 2);
        return each > 0 ? (alone, each) : (y / n, 0);
    }

    /// <summary>What is kept of a class's memory when so much of what came was of it.</summary>
    private static double Kept(double here, double all) => Math.Max(0, 1 - (here > 0 ? here / MemoryMax : all / OthersMemoryMax));

    private static CapacityCell FadedTime(CapacityCell cell, double kept) =>
        cell with { Requests = cell.Requests * kept, Seconds = cell.Seconds * kept };

    private static CapacityCell FadedAnswers(CapacityCell cell, double kept) =>
        cell with { Judged = cell.Judged * kept, Met = cell.Met * kept };

    private static double Rounded(double value) => Math.Round(value, 3);
}

/// <summary>Work at replicas with so much in flight.</summary>
/// <param name="Ended">Work that ended.</param>
/// <param name="Seconds">Time that went by, times the work that was in flight.</param>
public readonly record struct WorkCell(double Ended, double Seconds);
