using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>The engine of one replica: its books as the runtime keeps them, and the process that runs now, if any.</summary>
internal sealed class FakeEngine(ResourceKey key, string uid, DateTimeOffset now)
{
    private EngineBehaviour _behaviour = new();

    public ResourceKey Key { get; } = key;

    public ReplicaRecord Record { get; set; } = new() { Uid = uid };

    public ReplicaVitals Vitals { get; set; } = new(now, now);

    /// <summary>Processes so far that were disturbed into ending by themselves.</summary>
    public int Disturbances { get; set; }

    public bool IsRunning => Record.Process is not null;

    public void Start(EngineBehaviour behaviour, int pid, DateTimeOffset at)
    {
        _behaviour = behaviour;
        Record = ReplicaLifecycle.Started(Record, new ReplicaProcess { Pid = pid, StartTicks = pid }, at);
        Vitals = new ReplicaVitals(at, at);
    }

    /// <summary>What a look at the process shows.</summary>
    public ReplicaFacts Facts(DateTimeOffset at)
    {
        if (Record.StartedAt is not { } started) return new ReplicaFacts();
        if (_behaviour.ExitsAfter is { } life && at >= started + life) return new ReplicaFacts { ExitCode = 1, LastLogLine = "it broke" };
        if (Record.KilledFor is not null || at >= Record.StopRequestedAt + _behaviour.StopTime) return new ReplicaFacts { ExitCode = 0 };
        DateTimeOffset loaded = started + _behaviour.LoadTime;
        bool lapses = at > loaded && at - loaded < _behaviour.Lapse;
        return new ReplicaFacts
        {
            Alive = true,
            Endpoint = $"http://127.0.0.1:{Record.Process!.Pid}",
            Health = at < loaded || lapses ? EngineHealth.NotReady : EngineHealth.Ready,
        };
    }
}
