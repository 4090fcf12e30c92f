using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>The engine of one replica: its books as the runtime keeps them, and the process that runs now, if any.</summary>
internal sealed class FakeEngine(ResourceKey key, string uid, TimeSpan now)
{
    private EngineBehaviour _behaviour = new();
    private TimeSpan _startedAt;

    public ResourceKey Key { get; } = key;

    public ReplicaRecord Record { get; set; } = new() { Uid = uid };

    public ReplicaVitals Vitals { get; set; } = ReplicaVitals.Fresh(now);

    /// <summary>Processes so far that were disturbed into ending by themselves.</summary>
    public int Disturbances { get; set; }

    public bool IsRunning => Record.Process is not null;

    public void Start(EngineBehaviour behaviour, int pid, Moment at)
    {
        _behaviour = behaviour;
        Record = ReplicaLifecycle.Started(Record, new ReplicaProcess { Pid = pid, StartTicks = pid }, at.Wall);
        Vitals = ReplicaVitals.Fresh(at.Steady);
        _startedAt = at.Steady;
    }

    /// <summary>What a look at the process shows.</summary>
    public ReplicaFacts Facts(TimeSpan at)
    {
        if (Record.StartedAt is null) return new ReplicaFacts();
        bool hasBroken = _behaviour.ExitsAfter is { } life && at >= _startedAt + life;
        if (hasBroken) return new ReplicaFacts { ExitCode = 1 };
        if (Record.KilledFor is not null || at >= Vitals.StopRequestedAt + _behaviour.StopTime) return new ReplicaFacts { ExitCode = 0 };
        TimeSpan loaded = _startedAt + _behaviour.LoadTime;
        bool lapses = at > loaded && at - loaded < _behaviour.Lapse;
        return new ReplicaFacts
        {
            Alive = true,
            Endpoint = $"http://127.0.0.1:{Record.Process!.Pid}",
            Health = at < loaded || lapses ? EngineHealth.NotReady : EngineHealth.Ready,
        };
    }
}
