using System.Collections.Immutable;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Scaling;

/// <summary>
/// What is remembered of one service's load while the platform runs. Each look makes the next one of it; nothing else changes it. After a
/// restart it begins with what the status has recorded, and nothing is taken away until it has looked on for long enough.
/// </summary>
public sealed record ScalingMemory
{
    /// <summary>Age of the last reading from which the load counts as unknown.</summary>
    public static readonly TimeSpan StaleAfter = TimeSpan.FromSeconds(15);

    /// <summary>Time over which requests in flight are averaged.</summary>
    private static readonly TimeSpan LoadWindow = TimeSpan.FromSeconds(10);

    /// <summary>Router processes that have been replaced and whose late readings are passed over.</summary>
    private const int RetiredMax = 4;

    /// <summary>Needs that are kept for the stabilisation of the way down: those of an hour, a maximum for every ten seconds.</summary>
    private const int NeedsMax = 361;

    private static readonly TimeSpan NeedPause = TimeSpan.FromSeconds(10);

    /// <summary>Work that a replica has ended before the time that it takes counts.</summary>
    private const double SettledMin = 5;

    /// <summary>When it began to look, by the steady clock.</summary>
    public required TimeSpan BeganAt { get; init; }

    /// <summary>The last reading; null before the first.</summary>
    public ServiceLoad? Last { get; private init; }

    /// <summary>When the last reading came.</summary>
    public TimeSpan? LastAt { get; private init; }

    /// <summary>Routers that were to tell of the load at the last look and did not.</summary>
    public IReadOnlyList<string> Silent { get; private init; } = [];

    /// <summary>When there last was a request.</summary>
    public required TimeSpan BusyAt { get; init; }

    /// <summary>Work at replicas and held, averaged.</summary>
    public double Load { get; private init; }

    public CapacityModel Capacity { get; private init; } = CapacityModel.Unknown;

    public LoadPlan Plan { get; private init; } = LoadPlan.Fresh;

    /// <summary>How much of what is planned for may be late.</summary>
    public MissAllowance Allowance { get; private init; }

    public StartupLedger Starts { get; private init; } = StartupLedger.Empty;

    /// <summary>What the status last recorded, and when that was seen to change.</summary>
    public ScalingStatus? Recorded { get; private init; }

    public TimeSpan RecordedAt { get; private init; }

    /// <summary>When the wanted number was seen to change; null where it has not since this began to look.</summary>
    public TimeSpan? ChangedAt { get; private init; }

    /// <summary>True if that was a rise.</summary>
    public bool RoseLast { get; private init; }

    /// <summary>Replicas that were needed, the most of each stretch of time, oldest first.</summary>
    private ImmutableList<(TimeSpan At, double Need)> Needs { get; init; } = [];

    private ImmutableList<string> Retired { get; init; } = [];

    public static ScalingMemory Begin(ScalingStatus? recorded, TimeSpan now) => new()
    {
        BeganAt = now,
        BusyAt = now,
        Recorded = recorded,
        RecordedAt = now,
        Capacity = CapacityModel.Read(recorded?.Capacity),
        Starts = StartupLedger.Read(recorded),
        Plan = LoadPlan.Read(recorded?.Capacity),
        Allowance = MissAllowance.Read(recorded?.Capacity),
    };

    /// <summary>True while the last reading says what the load is now.</summary>
    public bool IsFresh(TimeSpan now) => LastAt is { } at && now - at <= StaleAfter;

    /// <summary>The memory after a look.</summary>
    /// <param name="look">What there is to see.</param>
    public ScalingMemory With(ScalingLook look)
    {
        ArgumentNullException.ThrowIfNull(look);
        ScalingMemory next = this with
        {
            Silent = look.Signal.Silent,
            Starts = Starts.With(look.Replicas, look.At),
            Capacity = Capacity.For(look.Measures),
        };
        if (!ReferenceEquals(look.Recorded, Recorded))
        {
            bool changed = look.Recorded?.Desired != Recorded?.Desired;
            next = next with
            {
                Recorded = look.Recorded,
                RecordedAt = CanonicalJson.Same(look.Recorded, Recorded) ? RecordedAt : look.At,
                ChangedAt = changed ? look.At : ChangedAt,
                RoseLast = changed ? look.Recorded?.Desired > Recorded?.Desired : RoseLast,
            };
        }

        return look.Signal.Load is { } load && IsNews(load) ? next.Took(load, look) : next;
    }

    /// <summary>The most replicas that were needed in the last so much time, in parts of one.</summary>
    public double MostNeeded(TimeSpan now, TimeSpan within)
    {
        double most = 0;
        foreach ((TimeSpan at, double need) in Needs)
        {
            if (now - at <= within + NeedPause) most = Math.Max(most, need);
        }

        return most;
    }

    /// <summary>What the load needs now.</summary>
    public ScalingNeed Need(ScalingSpec scaling, int ready) => ScalingNeed.Of(this, scaling, ready);

    /// <summary>False for a reading that came before, or comes late.</summary>
    private bool IsNews(ServiceLoad load)
    {
        if (Retired.Contains(load.Source)) return false;
        TimeSpan read = load.At;
        return Last is not { } last || load.Source != last.Source || (load.Sequence > last.Sequence && read >= last.At);
    }

    private ScalingMemory Took(ServiceLoad load, ScalingLook look)
    {
        bool sameSource = Last?.Source == load.Source;

        // What the first reading has counted was counted over a time that nobody knows; another router's is all since the last one.
        ServiceLoad from = sameSource ? Last! : Last is null ? load : new ServiceLoad { Source = "", Sequence = 0, At = default };
        LoadCell[] cells = Difference(load, from);
        double arrived = Math.Max(0, load.Work - from.Work);
        bool isBusy = load.Arrived > from.Arrived || load.InFlight > 0 || load.Held > 0;
        double weight = LastAt is { } at ? 1 - Math.Exp(-(look.At - at) / LoadWindow) : 1;
        CapacityModel capacity = Measured(Capacity, load, from).With(cells);
        MissAllowance allowance = Learnt(load, from, look);
        SloSpec slo = look.Scaling.Slo;
        ReplicaCapacity carries = capacity.Within(slo.Attainment);
        var terms = new PlanTerms(carries, carries.LateAnyway + allowance.Share(slo), Starts.Forecast, look.Scaling.MaxReplicas + 1);
        ScalingMemory next = this with
        {
            Last = load,
            LastAt = look.At,
            Retired = sameSource || Last is null ? Retired : [.. Retired.Add(Last.Source).TakeLast(RetiredMax)],
            BusyAt = isBusy ? look.At : BusyAt,
            Load = Load + (weight * (load.WorkInFlight - Load)),
            Capacity = capacity,
            Allowance = allowance,
            Plan = Plan.With(look.At, LastAt is { } last ? (look.At - last).TotalSeconds : 0, arrived, terms),
        };
        return next with { Needs = next.Remember(look.At, next.Need(look.Scaling, look.Ready).Replicas) };
    }

    /// <summary>How long work takes, by what ended at each replica while it had so much in flight.</summary>
    private static CapacityModel Measured(CapacityModel capacity, ServiceLoad load, ServiceLoad from)
    {
        TimeSpan read = load.At;
        double seconds = load.Source == from.Source ? (read - from.At).TotalSeconds : 0;
        var cells = new WorkCell[LoadClasses.Count];
        bool isAny = false;
        foreach ((string name, ReplicaLoad now) in load.Replicas)
        {
            // What has just begun to answer has work in flight and none that ended: that is no slowness.
            bool isSettled = from.Replicas.TryGetValue(name, out ReplicaLoad before) && before.Ended >= SettledMin;
            (double open, double ended) = ((before.Work + now.Work) / 2, now.Ended - before.Ended);
            if (!isSettled || seconds <= 0 || open <= 0 || ended < 0) continue;
            ref WorkCell cell = ref cells[LoadClasses.IndexOf(open)];
            cell = new WorkCell(cell.Ended + ended, cell.Seconds + (open * seconds));
            isAny = true;
        }

        return isAny ? capacity.With(cells) : capacity;
    }

    /// <summary>
    /// What was late while as many replicas ran as were wanted shows whether the model of them is right; what was late because they were
    /// still starting does not.
    /// </summary>
    private MissAllowance Learnt(ServiceLoad load, ServiceLoad from, ScalingLook look)
    {
        double judged = load.Judged - from.Judged;
        double missed = judged - (load.Met - from.Met);
        bool isEnough = look.Ready > 0 && look.Ready >= look.Recorded?.Desired;
        if (!isEnough || judged <= 0 || missed < 0 || missed > judged) return Allowance;
        double usual = Math.Max(20, Plan.History.Rate * LoadHistory.RateWindow.TotalSeconds);
        TimeSpan elapsed = LastAt is { } at ? look.At - at : TimeSpan.Zero;
        return Allowance.With(look.Scaling.Slo, missed / judged, Math.Min(1, judged / usual), elapsed);
    }

    private ImmutableList<(TimeSpan At, double Need)> Remember(TimeSpan now, double need)
    {
        ImmutableList<(TimeSpan At, double Need)> needs = Needs;
        bool isSameStretch = needs is [.., var newest] && now - newest.At < NeedPause;
        needs = isSameStretch ? needs.SetItem(needs.Count - 1, (needs[^1].At, Math.Max(needs[^1].Need, need))) : needs.Add((now, need));
        return needs.Count > NeedsMax ? needs.RemoveAt(0) : needs;
    }

    private static LoadCell[] Difference(ServiceLoad load, ServiceLoad from)
    {
        var cells = new LoadCell[load.Cells.Count];
        for (int i = 0; i < cells.Length; i++)
        {
            LoadCell more = i < from.Cells.Count ? load.Cells[i] - from.Cells[i] : load.Cells[i];
            bool isSound = more is { Judged: >= 0, Met: >= 0 } && more.Met <= more.Judged;
            cells[i] = isSound ? more : default;
        }

        return cells;
    }
}

/// <summary>What there is to see of one service's load at one moment.</summary>
public sealed record ScalingLook
{
    /// <summary>By the steady clock.</summary>
    public required TimeSpan At { get; init; }

    public required ScalingSpec Scaling { get; init; }

    /// <summary>What the status has recorded.</summary>
    public ScalingStatus? Recorded { get; init; }

    /// <summary>What the routers say.</summary>
    public LoadSignal Signal { get; init; } = LoadSignal.FromLoad(null);

    /// <summary>The service's replicas.</summary>
    public IReadOnlyList<ModelReplica> Replicas { get; init; } = [];

    /// <summary>Those of them that answer.</summary>
    public int Ready { get; init; }

    /// <summary>What is measured: a hash of release and resources.</summary>
    public string Measures { get; init; } = "";
}
