using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Operator.Runtimes;

namespace Trireme.Operator.Tests.ModelReplicas;

/// <summary>A runtime that shows what a test says and writes down what it is asked to do.</summary>
internal sealed class ScriptedRuntime : IReplicaRuntime
{
    public event Action<ResourceKey>? Changed
    {
        add { }
        remove { }
    }

    public ReplicaObservation Seen { get; set; } = Of(ReplicaPhase.Pending) with { MayStart = true };

    public StartResult StartAnswer { get; set; } = new StartResult.Started(Of(ReplicaPhase.Starting));

    /// <summary>Whether an engine that is asked to stop has ended.</summary>
    public bool HasEnded { get; set; } = true;

    public List<string> Calls { get; } = [];

    public IReadOnlyCollection<ResourceKey> Known => [];

    public static ReplicaObservation Of(ReplicaPhase phase) => new()
    {
        Phase = phase,
        Runtime = new ReplicaRuntimeSection("process"),
        Endpoint = phase == ReplicaPhase.Ready ? "http://127.0.0.1:1" : null,
    };

    public Task AdoptAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<ReplicaObservation> ObserveAsync(ModelReplica replica, CancellationToken cancellationToken) => Task.FromResult(Seen);

    public Task<StartResult> StartAsync(ModelReplica replica, CancellationToken cancellationToken)
    {
        Calls.Add("start");
        return Task.FromResult(StartAnswer);
    }

    public Task<bool> StopAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        Calls.Add("stop");
        return Task.FromResult(HasEnded);
    }

    public Task StopAllAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
