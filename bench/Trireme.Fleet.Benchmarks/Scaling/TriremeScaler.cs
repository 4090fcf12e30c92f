using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Benchmarks.Scaling;

/// <summary>The product's own decision, fed as the operator feeds it.</summary>
internal sealed class TriremeScaler(ScalingSpec scaling) : IAutoscaler
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private ScalingStatus? _recorded;
    private ScalingMemory? _memory;

    public double IntervalSeconds => ScalingPlanner.Interval.TotalSeconds;

    public int Decide(ScalingWorld world)
    {
        TimeSpan now = TimeSpan.FromSeconds(world.Now);
        ModelReplica[] replicas = [.. world.Replicas.Where(static replica => !replica.Draining).Select(Object)];
        _memory = (_memory ?? ScalingMemory.Begin(_recorded, now)).With(new ScalingLook
        {
            At = now,
            Scaling = scaling,
            Recorded = _recorded,
            Signal = world.Load(),
            Replicas = replicas,
            Ready = world.ReadyCount,
            Measures = "release",
        });
        ScalingDecision decision = ScalingPlanner.Decide(new ScalingSnapshot
        {
            Scaling = scaling,
            Recorded = _recorded,
            Memory = _memory,
            Now = new Moment(Epoch + now, now),
            Ready = world.ReadyCount,
            HasServed = world.ReadyCount > 0 || _recorded is not null,
        });
        _recorded = decision.Status;
        return decision.Desired;
    }

    private static ModelReplica Object(SimulatedReplica replica) => new()
    {
        Metadata = new ObjectMeta { Name = replica.Name, Namespace = "default" },
        Spec = new ModelReplicaSpec
        {
            Service = "bench", Release = "bench", ContentHash = "h", Model = ArtifactSource.OfFile("/models/bench"),
        },
        Status = new ModelReplicaStatus
        {
            Phase = replica.ReadyAt is null ? ReplicaPhase.Starting : ReplicaPhase.Ready,
            StartedAt = Epoch + TimeSpan.FromSeconds(replica.CreatedAt),
        },
    };
}
