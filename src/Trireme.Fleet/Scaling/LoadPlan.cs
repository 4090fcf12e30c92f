using System.Collections.Immutable;
using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Scaling;

/// <summary>
/// How many replicas are enough for what came lately, and for where the load leads. What came is replayed to ever fewer replicas, as they
/// were measured, until more of it would have been late than may be; so a burst counts for as much as it makes late, and a wide one for
/// more than a high one.
/// </summary>
public sealed record LoadPlan
{
    /// <summary>Headroom while too little is known of the load.</summary>
    public const double AssumedHeadroom = 1.3;

    /// <summary>Time between replays.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>What has to be known of the load before it is replayed.</summary>
    private static readonly TimeSpan HistoryMin = TimeSpan.FromSeconds(60);

    private const double HeadroomMax = 10;

    public static LoadPlan Fresh { get; } = new();

    public LoadHistory History { get; private init; } = LoadHistory.Empty;

    /// <summary>Replicas that are enough, over those that the highest rate needs by itself.</summary>
    public double Headroom { get; private init; } = AssumedHeadroom;

    /// <summary>Replicas that are enough, in tenths of one; null while too little is known.</summary>
    public double? Enough { get; private init; }

    /// <summary>How far back what came is prepared for.</summary>
    public TimeSpan Window => LoadRehearsal.Windows[Chosen];

    private int Chosen { get; init; } = LoadRehearsal.Windows.Length - 1;

    private LoadRehearsal Rehearsal { get; init; } = LoadRehearsal.Fresh;

    /// <summary>What would have been enough for each window, and the highest rate in it.</summary>
    private ImmutableArray<(double Replicas, double Rate)> Replayed { get; init; } = [];

    private TimeSpan ReplayedAt { get; init; }

    private double Arrived { get; init; }

    /// <summary>Takes up what a status has recorded.</summary>
    public static LoadPlan Read(ScalingCapacity? recorded) => recorded is not { Headroom: >= 1 and <= HeadroomMax } known
        ? Fresh
        : Fresh with { Headroom = known.Headroom, Rehearsal = LoadRehearsal.Fresh with { Recorded = LoadRehearsal.IndexOf(known) } };

    /// <summary>The plan after a further look.</summary>
    /// <param name="now">Steady time.</param>
    /// <param name="seconds">Time since the look before.</param>
    /// <param name="work">Work that came in it.</param>
    /// <param name="terms">What it is to keep to.</param>
    public LoadPlan With(TimeSpan now, double seconds, double work, PlanTerms terms)
    {
        LoadPlan next = this with { History = History.With(now, Arrived + work), Arrived = Arrived + work };
        if (terms.Capacity is not { RequestsPerSecond: { } served, Late.IsEmpty: false }) return next;
        bool isDue = Replayed.IsEmpty || now - ReplayedAt >= Pause;
        double[]? wanted = null;
        if (isDue && next.History.Known >= HistoryMin)
        {
            next = next.Replay(now, served, terms);
            wanted = [.. Enumerable.Range(0, next.Replayed.Length).Select(i => next.Ahead(i, terms.Start))];
        }

        LoadRehearsal rehearsal = Rehearsal.With(now, seconds, work, terms, wanted);
        int chosen = rehearsal.Best(terms);
        return next with
        {
            Rehearsal = rehearsal,
            Chosen = chosen,
            Enough = next.Replayed.IsEmpty ? null : next.Ahead(chosen, terms.Start),
        };
    }

    private LoadPlan Replay(TimeSpan now, double served, PlanTerms terms)
    {
        ImmutableArray<(double Replicas, double Rate)> replayed =
        [
            .. LoadRehearsal.Windows.Select(window => History.Last(window)).Select(
                came => (came.Fewest(terms.Capacity, terms.LateShare, terms.Most), came.HighestRate)),
        ];
        (double replicas, double rate) = replayed[^1];
        return this with
        {
            Replayed = replayed,
            ReplayedAt = now,
            Headroom = rate > 0 ? Math.Clamp(Math.Round(replicas * served / rate, 3), 1, HeadroomMax) : Headroom,
        };
    }

    /// <summary>What was enough, and more in proportion where the trend leads beyond the highest rate of that time.</summary>
    private double Ahead(int window, TimeSpan start)
    {
        (double replicas, double highest) = Replayed[window];
        double expected = History.Expected(start);
        return expected > highest && highest > 0 ? replicas * expected / highest : replicas;
    }
}

/// <summary>What a plan is to keep to.</summary>
/// <param name="Capacity">What a replica carries.</param>
/// <param name="LateShare">The share of work that may be late.</param>
/// <param name="Start">Time that a start takes.</param>
/// <param name="Most">Most replicas that there may be; no more than one beyond them is asked for.</param>
public readonly record struct PlanTerms(ReplicaCapacity Capacity, double LateShare, TimeSpan Start, int Most);
