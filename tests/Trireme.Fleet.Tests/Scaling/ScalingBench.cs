using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Tests.Services;

namespace Trireme.Fleet.Tests.Scaling;

/// <summary>
/// One service under scaling in virtual time: a steady clock, a router that counts, replicas that start and answer. A replica answers up to
/// eight requests at a time in a second each; beyond that they take longer and miss the SLO.
/// </summary>
internal sealed class ScalingBench(ScalingSpec scaling)
{
    private const int Fits = 8;

    private readonly List<(string Name, TimeSpan ReadyAt)> _replicas = [];
    private readonly LoadCell[] _cells = new LoadCell[LoadClasses.Count];
    private readonly Dictionary<string, double> _endedAt = [];
    private double _open;
    private double _arrived;
    private double _ended;
    private long _judged;
    private long _met;
    private long _sequence;
    private int _named;

    public ScalingSpec Scaling { get; set; } = scaling;

    public TimeSpan Now { get; private set; } = TimeSpan.FromHours(1);

    public DateTimeOffset Wall { get; set; } = ServiceWorld.Now;

    public TimeSpan StartTime { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Makes arrivals a Poisson process; without it they come evenly.</summary>
    public Random? Chance { get; init; }

    public ScalingStatus? Recorded { get; set; }

    public ScalingMemory? Memory { get; set; }

    public ScalingDecision? Last { get; private set; }

    public int Held { get; private set; }

    public int Ready => _replicas.Count(replica => replica.ReadyAt <= Now);

    public int Desired => Recorded?.Desired ?? -1;

    /// <summary>Every number that was decided, with its time.</summary>
    public List<(TimeSpan At, int Desired)> Decided { get; } = [];

    /// <summary>Writes of the status: decisions that record something else than before.</summary>
    public int Writes { get; private set; }

    /// <summary>What the router would say now.</summary>
    public ServiceLoad Reading() => new()
    {
        Source = "router",
        Sequence = ++_sequence,
        At = Now,
        Held = Held,
        InFlight = Ready > 0 ? (int)Math.Round(_open) : 0,
        WorkInFlight = _open,
        Arrived = (long)_arrived,
        Work = _arrived,
        Judged = _judged,
        Met = _met,
        Cells = [.. _cells],
        Replicas = _replicas.Where(replica => replica.ReadyAt <= Now).ToDictionary(
            static replica => replica.Name,
            replica => new ReplicaLoad((int)(_open / Ready), _open / Ready, _endedAt.GetValueOrDefault(replica.Name))),
    };

    /// <summary>Lets requests come for a while.</summary>
    /// <param name="duration">How long.</param>
    /// <param name="rate">Requests per second at a time.</param>
    /// <param name="signal">What becomes of the router's reading; null for one that is lost.</param>
    public void Run(TimeSpan duration, Func<TimeSpan, double> rate, Func<ServiceLoad, ServiceLoad?>? signal = null)
    {
        TimeSpan end = Now + duration;
        while (Now < end)
        {
            Advance(ScalingPlanner.Interval, rate(Now));
            ServiceLoad reading = Reading();
            Look(signal is null ? reading : signal(reading));
        }
    }

    public void Run(TimeSpan duration, double rate, Func<ServiceLoad, ServiceLoad?>? signal = null) => Run(duration, _ => rate, signal);

    /// <summary>One look of the operator, at what the routers say.</summary>
    public ScalingDecision Look(LoadSignal signal)
    {
        Memory = (Memory ?? ScalingMemory.Begin(Recorded, Now)).With(See(signal));
        Last = ScalingPlanner.Decide(new ScalingSnapshot
        {
            Scaling = Scaling,
            Recorded = Recorded,
            Memory = Memory,
            Now = new Moment(Wall, Now),
            Ready = Ready,
            HasServed = true,
        });
        if (!ReferenceEquals(Recorded, Last.Status)) Writes++;
        Recorded = Last.Status;
        Decided.Add((Now, Last.Desired));
        while (_replicas.Count < Last.Desired) _replicas.Add(($"r{_named++}", Now + StartTime));
        while (_replicas.Count > Last.Desired) _replicas.RemoveAt(_replicas.Count - 1);
        return Last;
    }

    /// <summary>Readings that come before the next look.</summary>
    public void Remember(params ServiceLoad[] readings)
    {
        foreach (ServiceLoad reading in readings) Memory = Memory?.With(See(reading));
    }

    /// <summary>The platform is started again: what is not recorded is forgotten.</summary>
    public void Restart() => Memory = null;

    private ScalingLook See(LoadSignal signal) => new()
    {
        At = Now,
        Scaling = Scaling,
        Recorded = Recorded,
        Signal = signal,
        Replicas =
        [
            .. _replicas.Select(replica => ServiceWorld.Replica(
                replica.Name, "h1", replica.ReadyAt <= Now ? ReplicaPhase.Ready : ReplicaPhase.Starting)),
        ],
        Ready = Ready,
        Measures = "m",
    };

    private void Advance(TimeSpan step, double rate)
    {
        const int Parts = 20;
        double seconds = step.TotalSeconds / Parts;
        for (int part = 0; part < Parts; part++)
        {
            Now += step / Parts;
            double came = Arrivals(rate * seconds);
            _arrived += came;
            _open += came;
            if (Ready > 0) Answer(seconds);
        }

        Wall += step;
        Held = Ready == 0 ? (int)Math.Ceiling(_open) : 0;
    }

    private double Arrivals(double expected)
    {
        if (Chance is not { } random) return expected;
        double limit = Math.Exp(-expected);
        int count = 0;
#pragma warning disable CA5394 // Reproducible by intent.
        for (double product = random.NextDouble(); product > limit; product *= random.NextDouble()) count++;
#pragma warning restore CA5394
        return count;
    }

    private void Answer(double seconds)
    {
        double each = _open / Ready;
        double takes = Math.Max(1, each / Fits);
        double ended = Math.Min(_open, _open / takes * seconds);
        _open = _open - ended < 0.01 ? 0 : _open - ended;
        _ended += ended;
        foreach ((string name, TimeSpan readyAt) in _replicas)
        {
            if (readyAt <= Now) _endedAt[name] = _endedAt.GetValueOrDefault(name) + (ended / Ready);
        }

        int count = (int)_ended;
        if (count == 0) return;
        _ended -= count;
        bool met = each <= Fits;
        _judged += count;
        _met += met ? count : 0;
        int index = LoadClasses.IndexOf(Math.Max(1, (int)Math.Ceiling(each)));
        LoadCell cell = _cells[index];
        _cells[index] = new LoadCell(cell.Judged + count, cell.Met + (met ? count : 0));
    }
}
