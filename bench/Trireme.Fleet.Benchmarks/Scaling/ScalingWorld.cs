using Trireme.Contracts.Resources;
using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Benchmarks.Scaling;

/// <summary>What one run came to.</summary>
/// <param name="Attainment">Share of requests within the SLO, after the warm-up.</param>
/// <param name="ReplicaHours">Hours from the creation of replicas to their end, after the warm-up.</param>
/// <param name="Flaps">Changes of the wanted number that go back on the one before within ten minutes.</param>
/// <param name="Changes">Changes of the wanted number.</param>
/// <param name="Most">Most replicas at once.</param>
internal sealed record ScalingRun(double Attainment, double ReplicaHours, int Flaps, int Changes, int Most);

/// <summary>
/// Plays a trace to replicas behind a router that sends each request to the replica with the fewest in flight, while an autoscaler says
/// how many there are. Everything happens in virtual time and depends on the seed alone.
/// </summary>
internal sealed class ScalingWorld(TraceRequest[] trace, EngineProfile profile, SloSpec slo, double startSeconds, int seed)
{
    /// <summary>Nothing counts before: every contender begins with one replica and knows nothing.</summary>
    public const double WarmUpSeconds = 600;

    private const double FlapSeconds = 600;

#pragma warning disable CA5394 // Reproducible by intent.
    private readonly Random _random = new(seed);
#pragma warning restore CA5394
    private readonly List<SimulatedReplica> _replicas = [];
    private readonly PriorityQueue<(SimulatedReplica? Replica, int Kind), (double At, long Order)> _events = new();
    private readonly List<Flight> _finished = [];
    private readonly Queue<Flight> _held = new();
    private readonly LoadCell[] _cells = new LoadCell[LoadClasses.Count];
    private readonly RequestWeights _weights = new();
    private long _order;
    private long _sequence;
    private long _judged;
    private long _met;
    private long _work;
    private long _workInFlight;
    private int _named;
    private double _hours;
    private long _counted;
    private long _countedMet;
    private int _wanted = 1;
    private readonly List<(double At, int By)> _changes = [];

    private const int StepEnd = 0;
    private const int Ready = 1;
    private const int Tick = 2;

    public double Now { get; private set; }

    public long Arrived { get; private set; }

    public IReadOnlyList<SimulatedReplica> Replicas => _replicas;

    public int ReadyCount => _replicas.Count(static replica => replica is { ReadyAt: not null, Draining: false });

    public int LiveCount => _replicas.Count(static replica => !replica.Draining);

    public int InFlight => _held.Count + _replicas.Sum(static replica => replica.InFlight);

    public int Waiting => _held.Count + _replicas.Sum(static replica => replica.Waiting);

    public ScalingRun Run(IAutoscaler autoscaler)
    {
        int most = 0;
        Scale(autoscaler.Initial);
        _events.Enqueue((null, Tick), (autoscaler.IntervalSeconds, _order++));
        int next = 0;
        double end = trace[^1].At;
        while (next < trace.Length || InFlight > 0)
        {
            double eventAt = _events.TryPeek(out _, out (double At, long Order) due) ? due.At : double.MaxValue;
            if (next < trace.Length && trace[next].At <= eventAt)
            {
                Now = trace[next].At;
                Arrive(new Flight(trace[next++]));
                continue;
            }

            Now = eventAt;
            (SimulatedReplica? replica, int kind) = _events.Dequeue();
            switch (kind)
            {
                case StepEnd:
                    EndStep(replica!);
                    break;
                case Ready:
                    BecomeReady(replica!);
                    break;
                default:
                    if (Now > end) break;
                    Scale(autoscaler.Decide(this));
                    most = Math.Max(most, _replicas.Count);
                    _events.Enqueue((null, Tick), (Now + autoscaler.IntervalSeconds, _order++));
                    break;
            }
        }

        foreach (SimulatedReplica replica in _replicas) _hours += Hours(replica, end);
        return new ScalingRun((double)_countedMet / Math.Max(1, _counted), _hours, Flaps(), _changes.Count, most);
    }

    /// <summary>What Trireme's router would say.</summary>
    public ServiceLoad Load() => new()
    {
        Source = "router",
        Sequence = ++_sequence,
        At = TimeSpan.FromSeconds(Now),
        Held = _held.Count,
        InFlight = InFlight - _held.Count,
        Arrived = Arrived,
        Judged = _judged,
        Met = _met,
        Work = RequestWeights.InRequests(_work),
        WorkInFlight = RequestWeights.InRequests(_workInFlight),
        KvUse = _replicas.Where(static replica => replica.ReadyAt is not null).Select(static replica => (double?)replica.KvUse).Average(),
        Cells = [.. _cells],
        Replicas = _replicas.Where(static replica => replica.ReadyAt is not null).ToDictionary(
            static replica => replica.Name,
            static replica => new ReplicaLoad(
                replica.InFlight, RequestWeights.InRequests(replica.WorkInFlight), RequestWeights.InRequests(replica.WorkEnded))),
    };

    private void Arrive(Flight flight)
    {
        Arrived++;
        flight.Work = _weights.Of(flight.Request.Prompt);
        _work += flight.Work;
        _workInFlight += flight.Work;
        SimulatedReplica? chosen = null;
        int ties = 0;
        foreach (SimulatedReplica replica in _replicas)
        {
            if (replica.ReadyAt is null || replica.Draining) continue;
            if (chosen is null || replica.InFlight < chosen.InFlight) (chosen, ties) = (replica, 1);
#pragma warning disable CA5394 // Reproducible by intent.
            else if (replica.InFlight == chosen.InFlight && _random.Next(++ties) == 0) chosen = replica;
#pragma warning restore CA5394
        }

        if (chosen is null) _held.Enqueue(flight);
        else Send(chosen, flight);
    }

    private void Send(SimulatedReplica replica, Flight flight)
    {
        replica.Take(flight, Now);
        if (!replica.IsStepping) BeginStep(replica);
    }

    private void BeginStep(SimulatedReplica replica)
    {
        if (replica.Step() is { } seconds) _events.Enqueue((replica, StepEnd), (Now + seconds, _order++));
        else if (replica.Draining) Remove(replica);
    }

    private void EndStep(SimulatedReplica replica)
    {
        _finished.Clear();
        replica.EndStep(Now, _finished);
        foreach (Flight flight in _finished) Count(flight, replica);
        BeginStep(replica);
    }

    private void BecomeReady(SimulatedReplica replica)
    {
        if (replica.Draining || !_replicas.Contains(replica)) return;
        replica.ReadyAt = Now;
        while (_held.TryDequeue(out Flight? flight)) Send(replica, flight);
    }

    private void Count(Flight flight, SimulatedReplica replica)
    {
        TraceRequest request = flight.Request;
        TimeSpan first = TimeSpan.FromSeconds(flight.FirstTokenAt - request.At);
        TimeSpan whole = TimeSpan.FromSeconds(flight.EndedAt - request.At);
        bool met = SloCheck.IsMet(slo, first, whole, request.Generated) == true;
        _judged++;
        if (met) _met++;
        _weights.Add(request.Prompt, request.Prompt, request.Generated);
        _workInFlight -= flight.Work;
        if (request.At >= WarmUpSeconds)
        {
            _counted++;
            if (met) _countedMet++;
        }

        TimeSpan atReplica = TimeSpan.FromSeconds(flight.EndedAt - flight.SentAt);
        TimeSpan firstThere = TimeSpan.FromSeconds(flight.FirstTokenAt - flight.SentAt);
        bool metThere = SloCheck.IsMet(slo, firstThere, atReplica, request.Generated) == true;
        double beside = RequestWeights.InRequests((flight.WorkBeside + replica.WorkInFlight + flight.Work) / 2);
        ref LoadCell cell = ref _cells[LoadClasses.IndexOf(beside)];
        cell = new LoadCell(cell.Judged + 1, cell.Met + (metThere ? 1 : 0));
    }

    private void Scale(int wanted)
    {
        if (wanted != _wanted && Now >= WarmUpSeconds) _changes.Add((Now, wanted - _wanted));
        _wanted = wanted;
        for (int live = LiveCount; live < wanted; live++)
        {
            var replica = new SimulatedReplica($"r{_named++}", profile, Now);
            _replicas.Add(replica);
#pragma warning disable CA5394 // Reproducible by intent.
            double seconds = startSeconds * (0.8 + (0.4 * _random.NextDouble()));
#pragma warning restore CA5394
            _events.Enqueue((replica, Ready), (Now + seconds, _order++));
        }

        foreach (SimulatedReplica replica in _replicas
            .Where(static replica => !replica.Draining)
            .OrderBy(static replica => replica.ReadyAt is not null)
            .ThenBy(static replica => replica.InFlight)
            .ThenByDescending(static replica => replica.CreatedAt)
            .Take(Math.Max(0, LiveCount - wanted))
            .ToList())
        {
            replica.Draining = true;
            if (replica.InFlight == 0) Remove(replica);
        }
    }

    private void Remove(SimulatedReplica replica)
    {
        _replicas.Remove(replica);
        _hours += Hours(replica, Now);
    }

    private static double Hours(SimulatedReplica replica, double end) =>
        Math.Max(0, end - Math.Max(replica.CreatedAt, WarmUpSeconds)) / 3600;

    private int Flaps()
    {
        int flaps = 0;
        for (int i = 1; i < _changes.Count; i++)
        {
            if (Math.Sign(_changes[i].By) != Math.Sign(_changes[i - 1].By) && _changes[i].At - _changes[i - 1].At < FlapSeconds) flaps++;
        }

        return flaps;
    }
}

/// <summary>Says how many replicas there are to be.</summary>
internal interface IAutoscaler
{
    /// <summary>Time between looks.</summary>
    double IntervalSeconds { get; }

    int Initial => 1;

    int Decide(ScalingWorld world);
}
