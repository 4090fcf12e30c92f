using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Operator.Runtimes;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>
/// One operator's hold on a <see cref="FakeMachine"/>. It lies as runtimes do: starts fail, and looks tell of a moment ago.
/// </summary>
internal sealed class FakeRuntime : IReplicaRuntime, IDisposable
{
    private readonly FakeMachine _machine;
    private readonly FaultPlan _plan;
    private readonly Dictionary<ResourceKey, ReplicaObservation> _last = [];
    private bool _gone;

    public FakeRuntime(FakeMachine machine, FaultPlan plan)
    {
        _machine = machine;
        _plan = plan;
        machine.Changed += Announce;
    }

    public event Action<ResourceKey>? Changed;

    public IReadOnlyCollection<ResourceKey> Known => _machine.Known;

    public Task AdoptAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task<ReplicaObservation> ObserveAsync(ModelReplica replica, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken);
        var key = ResourceKey.Of(replica);
        bool stale = !_plan.IsCalm && _plan.Chance(_plan.Rate / 4);
        ReplicaObservation? earlier = stale ? _last.GetValueOrDefault(key) : null;
        if (earlier is { MayStart: false, ExitIsNew: false }) return earlier;
        return _last[key] = _machine.Observe(replica);
    }

    public async Task<StartResult> StartAsync(ModelReplica replica, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken);
        if (SimulatedWorld.KindOf(replica.Spec.Release) == EngineKind.Unstartable)
        {
            return new StartResult.Failed("ReleaseNotUsable", "Its files have changed.");
        }

        if (!_plan.IsCalm && _plan.Chance(_plan.Rate))
        {
            _plan.Note($"start failure of {ResourceKey.Of(replica)}");
            return new StartResult.Failed("StartFailed", "The plan let the start fail.");
        }

        ReplicaObservation started = _machine.Start(replica);
        _last[ResourceKey.Of(replica)] = started;
        return new StartResult.Started(started);
    }

    public async Task<bool> StopAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        await EnterAsync(cancellationToken);
        _last.Remove(key);
        return _machine.Stop(key);
    }

    public Task StopAllAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The operator dies: it sees and does nothing any more.</summary>
    public void Dispose()
    {
        _gone = true;
        _machine.Changed -= Announce;
    }

    private void Announce(ResourceKey key) => Changed?.Invoke(key);

    private async Task EnterAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (_gone) throw new OperationCanceledException("This operator is dead.", cancellationToken);
    }
}
