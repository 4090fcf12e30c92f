using System.Collections.Immutable;

namespace Trireme.Fleet.Scaling;

/// <summary>
/// The load of one service over all routers that its requests go through, in the shape of one router's. What they have now is added up;
/// what they count is summed by differences, so that no total falls or jumps when a router begins, ends or is started again. One that is
/// there and says nothing may have any load: then only a request that waits at another one is told of, and by that nothing is taken away.
/// The sums go on when each has said something new, so that no time counts as quiet of which one has told nothing yet.
/// </summary>
public sealed record JoinedLoad
{
    /// <summary>Age from which what a router told is not taken for its load now.</summary>
    public static readonly TimeSpan HeardWithin = TimeSpan.FromSeconds(5);

    /// <summary>What is told of it.</summary>
    public LoadSignal Signal { get; private init; } = LoadSignal.FromLoad(null);

    /// <summary>The sums, and what there was at the last look.</summary>
    private ServiceLoad Total { get; init; }

    /// <summary>What each router told last.</summary>
    private ImmutableDictionary<string, ServiceLoad> Heard { get; init; } = ImmutableDictionary<string, ServiceLoad>.Empty;

    /// <param name="source">Names the sums: who begins anew takes another one.</param>
    public static JoinedLoad Begin(string source) =>
        new(new ServiceLoad { Source = source, Sequence = 0, At = TimeSpan.Zero, Cells = new LoadCell[LoadClasses.Count] });

    private JoinedLoad(ServiceLoad total) => Total = total;

    /// <summary>The load after a further look.</summary>
    /// <param name="told">The last word of every router there is.</param>
    /// <param name="now">By the clock by which they were asked.</param>
    public JoinedLoad With(IReadOnlyList<RouterReading> told, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(told);
        var silent = new List<string>();
        var steps = new List<Step>();
        ImmutableDictionary<string, ServiceLoad> heard = Heard;
        foreach (RouterReading reading in told)
        {
            if (reading.Load is not { } load || now - reading.At > HeardWithin)
            {
                silent.Add(reading.Router);
                continue;
            }

            Step step = StepOf(Heard.GetValueOrDefault(reading.Router), load);
            steps.Add(step);
            heard = heard.SetItem(reading.Router, step.Now);
        }

        if (steps.Exists(static step => !step.IsNews) && !steps.Exists(static step => step.Now.Held > 0))
        {
            return this with { Signal = new LoadSignal(silent.Count == 0 ? Signal.Load : null, silent) };
        }

        ServiceLoad total = Sum(steps, now);
        HashSet<string> known = [.. told.Select(static reading => reading.Router)];
        return this with
        {
            Total = total,
            Heard = heard.RemoveRange(heard.Keys.Where(router => !known.Contains(router))),
            Signal = new LoadSignal(silent.Count == 0 || total.Held > 0 ? total : null, silent),
        };
    }

    /// <summary>
    /// What came of a router since its word before. One that was not known has counted over a time that nobody looked at; another process
    /// in its place has counted since that one ended; and a word that comes late says nothing new.
    /// </summary>
    private static Step StepOf(ServiceLoad? before, ServiceLoad load)
    {
        if (before is null) return new Step(load, load, IsNews: true);
        if (before.Source != load.Source) return new Step(new ServiceLoad { Source = load.Source, Sequence = 0, At = default }, load, true);
        return load.Sequence > before.Sequence ? new Step(before, load, true) : new Step(before, before, IsNews: false);
    }

    private ServiceLoad Sum(List<Step> steps, TimeSpan now)
    {
        double workAtReplicas = steps.Sum(static step => step.WorkAtReplicas);
        LoadCell[] cells = [.. Total.Cells];
        var replicas = new Dictionary<string, ReplicaLoad>(StringComparer.Ordinal);
        foreach (Step step in steps)
        {
            AddCells(cells, step, workAtReplicas);
            foreach ((string name, ReplicaLoad load) in step.Now.Replicas)
            {
                ReplicaLoad sum = replicas.TryGetValue(name, out ReplicaLoad of) ? of : new ReplicaLoad(0, 0, EndedBefore(name));
                double ended = Math.Max(0, load.Ended - step.Before.Replicas.GetValueOrDefault(name).Ended);
                replicas[name] = new ReplicaLoad(sum.InFlight + load.InFlight, sum.Work + load.Work, sum.Ended + ended);
            }
        }

        return Total with
        {
            Sequence = Total.Sequence + 1,
            At = now,
            Held = steps.Sum(static step => step.Now.Held),
            LongestHeld = steps.Count == 0 ? TimeSpan.Zero : steps.Max(static step => step.Now.LongestHeld),
            InFlight = steps.Sum(static step => step.Now.InFlight),
            WorkInFlight = steps.Sum(static step => step.Now.WorkInFlight),
            Arrived = Total.Arrived + steps.Sum(static step => Math.Max(0, step.Now.Arrived - step.Before.Arrived)),
            Work = Total.Work + steps.Sum(static step => Math.Max(0, step.Now.Work - step.Before.Work)),
            Judged = Total.Judged + steps.Sum(static step => step.Judged.Judged),
            Met = Total.Met + steps.Sum(static step => step.Judged.Met),
            Cells = cells,
            Replicas = replicas,
        };
    }

    private double EndedBefore(string replica) => Total.Replicas.GetValueOrDefault(replica).Ended;

    /// <summary>
    /// A router knows what it has in flight at a replica itself; what the others have there is in proportion, and an answer belongs to the
    /// class of both together.
    /// </summary>
    private static void AddCells(LoadCell[] cells, Step step, double workAtReplicas)
    {
        double share = step.WorkAtReplicas > 0 ? workAtReplicas / step.WorkAtReplicas : 1;
        for (int i = 0; i < Math.Min(cells.Length, step.Now.Cells.Count); i++)
        {
            LoadCell more = Sound(i < step.Before.Cells.Count ? step.Now.Cells[i] - step.Before.Cells[i] : step.Now.Cells[i]);
            if (more.Judged == 0) continue;
            ref LoadCell cell = ref cells[LoadClasses.IndexOf(LoadClasses.CentreOf(i) * share)];
            cell = new LoadCell(cell.Judged + more.Judged, cell.Met + more.Met);
        }
    }

    /// <summary>A difference of counts, or none where they say what cannot be.</summary>
    private static LoadCell Sound(LoadCell more) => more is { Judged: >= 0, Met: >= 0 } && more.Met <= more.Judged ? more : default;

    /// <summary>A router's word, the one that it is compared with, and whether it came since.</summary>
    private readonly record struct Step(ServiceLoad Before, ServiceLoad Now, bool IsNews)
    {
        /// <summary>Work that it had at replicas meanwhile, twice.</summary>
        public double WorkAtReplicas => AtReplicas(Before) + AtReplicas(Now);

        /// <summary>Answers that were compared with the SLO meanwhile.</summary>
        public LoadCell Judged => Sound(new LoadCell(Now.Judged - Before.Judged, Now.Met - Before.Met));

        private static double AtReplicas(ServiceLoad load) => load.Replicas.Values.Sum(static replica => replica.Work);
    }
}
