using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;
using Trireme.Operator.Runtimes;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>
/// The machine that engines run on. It outlives every operator. What goes wrong with engines comes from the plan: starts that fail,
/// processes that end or load slowly, engines that take back their readiness.
/// </summary>
internal sealed class FakeMachine(FaultPlan plan, ReplicaTimings timings, Func<ModelReplica, EngineKind> kindOf, TimeProvider time)
{
    /// <summary>
    /// A release whose engines end three times in a row cannot start, by the platform's own rule. A good one is disturbed less.
    /// </summary>
    private const int DisturbancesMax = 1;

    private readonly SortedDictionary<ResourceKey, FakeEngine> _engines =
        new(Comparer<ResourceKey>.Create(static (a, b) => string.CompareOrdinal(a.ToString(), b.ToString())));

    private int _pids;

    public event Action<ResourceKey>? Changed;

    public IReadOnlyCollection<ResourceKey> Known => [.. _engines.Keys];

    public IEnumerable<FakeEngine> Running => _engines.Values.Where(static engine => engine.IsRunning);

    public ReplicaObservation Observe(ModelReplica replica)
    {
        var key = ResourceKey.Of(replica);
        TimeSpan now = time.GetSteadyTime();
        if (_engines.TryGetValue(key, out FakeEngine? engine) && engine.Record.Uid != replica.Metadata.Uid)
        {
            if (!Stop(key)) return new ReplicaObservation { Phase = ReplicaPhase.Pending, Runtime = new ReplicaRuntimeSection("process") };
            engine = null;
        }

        if (engine is null) _engines[key] = engine = new FakeEngine(key, replica.Metadata.Uid!, now);
        bool ended = Advance(engine);
        return Describe(engine, now, ended);
    }

    public ReplicaObservation Start(ModelReplica replica)
    {
        FakeEngine engine = _engines[ResourceKey.Of(replica)];
        Moment now = time.GetMoment();
        if (engine.IsRunning) throw new InvalidOperationException($"{engine.Key} is started although it runs.");
        EngineBehaviour behaviour = Behaviour(engine, kindOf(replica));
        engine.Start(behaviour, ++_pids, now);
        if (behaviour.ExitsAfter is { } life) AnnounceAfter(engine.Key, life);
        return Describe(engine, now.Steady, exitIsNew: false);
    }

    public bool Stop(ResourceKey key)
    {
        if (!_engines.TryGetValue(key, out FakeEngine? engine)) return true;
        if (engine.IsRunning && engine.Record.StopRequestedAt is null)
        {
            (engine.Record, engine.Vitals) = ReplicaLifecycle.AskedToEnd(engine.Record, engine.Vitals, time.GetMoment());
        }

        Advance(engine);
        if (engine.IsRunning) return false;
        _engines.Remove(key);
        return true;
    }

    /// <summary>Takes the books forward; true if the process was found ended.</summary>
    private bool Advance(FakeEngine engine)
    {
        if (!engine.IsRunning) return false;
        Moment now = time.GetMoment();
        ReplicaStep step = ReplicaLifecycle.Advance(engine.Record, engine.Vitals, engine.Facts(now.Steady), timings, now);
        (engine.Record, engine.Vitals) = (step.Record, step.Vitals);
        if (step.Kill is { } reason) engine.Record = engine.Record with { KilledFor = reason };
        return step.Exited;
    }

    private EngineBehaviour Behaviour(FakeEngine engine, EngineKind kind)
    {
        var normal = new EngineBehaviour { LoadTime = plan.Pause(TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(3)) };
        if (kind == EngineKind.Broken) return normal with { ExitsAfter = normal.LoadTime / 2 };
        if (plan.IsCalm || !plan.Chance(plan.Rate * 2)) return normal;
        switch (plan.Number(0, 4))
        {
            case 0 when engine.Disturbances < DisturbancesMax:
                engine.Disturbances++;
                plan.Note($"{engine.Key} will end by itself");
                return normal with { ExitsAfter = plan.Pause(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(30)) };
            case 1 when engine.Disturbances < DisturbancesMax:
                engine.Disturbances++;
                plan.Note($"{engine.Key} will never be ready");
                return normal with { LoadTime = TimeSpan.FromDays(1) };
            case 2:
                return normal with { LoadTime = plan.Pause(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(20)) };
            case 3:
                plan.Note($"{engine.Key} will take its readiness back");
                return normal with { Lapse = plan.Pause(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8)) };
            default:
                return normal with { StopTime = plan.Pause(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10)) };
        }
    }

    private void AnnounceAfter(ResourceKey key, TimeSpan delay)
    {
        ITimer? timer = null;
        timer = time.CreateTimer(
            _ =>
            {
                timer!.Dispose();
                Changed?.Invoke(key);
            },
            null,
            delay,
            Timeout.InfiniteTimeSpan);
    }

    private static ReplicaObservation Describe(FakeEngine engine, TimeSpan now, bool exitIsNew)
    {
        ReplicaRecord record = engine.Record;
        ReplicaPhase phase = ReplicaLifecycle.PhaseOf(record, engine.Vitals, now);
        return new ReplicaObservation
        {
            Phase = phase,
            MayStart = phase == ReplicaPhase.Pending,
            Unhealthy = phase == ReplicaPhase.Starting && engine.Vitals.WasReady,
            Runtime = new ReplicaRuntimeSection("process") { Process = record.Process },
            Endpoint = record.Endpoint,
            StartedAt = record.Process is null ? null : record.StartedAt,
            Restarts = record.Restarts,
            ConsecutiveFailures = record.Failures,
            LastExit = record.LastExit,
            ExitIsNew = exitIsNew,
            NextStartAt = record.NextStartAt,
            NextStartDue = engine.Vitals.NextStartAt,
            ReadyAt = record.Process is null ? null : record.ReadyAt,
        };
    }
}
