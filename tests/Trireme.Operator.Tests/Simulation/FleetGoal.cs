using System.Diagnostics.CodeAnalysis;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Scaling;
using Trireme.Kubernetes;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>What the fleet must come to, told from the specs alone, and what is still missing.</summary>
internal sealed class FleetGoal(SimulatedWorld world)
{
    /// <summary>Null if everything is as it should be.</summary>
    public string? Missing()
    {
        foreach (ModelService service in world.Api.All<ModelService>())
        {
            if (Missing(service) is { } missing) return $"{service.Metadata.Name}: {missing}";
        }

        IReadOnlyList<ModelReplica> replicas = world.Api.All<ModelReplica>();
        foreach (ModelReplica replica in replicas)
        {
            if (replica.Metadata.IsDeleting) return $"{replica.Metadata.Name} is still being deleted";
            ResourceKey owner = new("default", replica.Metadata.OwnerReferences![0].Name);
            if (world.Api.Find<ModelService>(owner)?.Metadata.Uid != replica.Metadata.OwnerReferences[0].Uid)
            {
                return $"{replica.Metadata.Name} has lost its service and stays";
            }
        }

        var objects = replicas.Select(ResourceKey.Of).ToHashSet();
        ResourceKey stray = world.Machine.Known.FirstOrDefault(key => !objects.Contains(key));
        return stray.Name is null ? null : $"engine {stray} has no replica";
    }

    private string? Missing(ModelService service)
    {
        if (service is not { Status: { Traffic: { } traffic } status, Metadata: { IsDeleting: false } metadata })
        {
            return "has no status yet";
        }

        if (status.ObservedGeneration != metadata.Generation) return "its spec has not been looked at";
        if (RolloutWords.ArePending(service)) return "what was said of its move has not been taken up";
        List<ModelReplica> replicas = [.. world.ReplicasOf(service)];
        string wanted = service.Spec.Release;
        EngineKind kind = SimulatedWorld.KindOf(wanted);
        if (DecidedReplicas.Of(service) == 0) return replicas.Count == 0 ? null : $"{replicas.Count} replicas although none is wanted";
        if (status.StableRelease is not { } stable)
        {
            if (kind is not (EngineKind.Broken or EngineKind.Unstartable)) return "nothing serves";

            // Ready replicas of a release that was wanted before stay as the last resort, because nothing else answers.
            int own = replicas.Count(replica => replica.Spec.Release == wanted);
            bool othersAnswer = replicas.All(replica => replica.Spec.Release == wanted || replica.Status?.Phase == ReplicaPhase.Ready);
            return own == DecidedReplicas.Of(service) && othersAnswer && traffic.All(static part => part.Weight == 0)
                ? null
                : $"{own} of {replicas.Count} replicas are of a release that cannot start";
        }

        bool arrived = stable.Name == wanted && status.Conditions.IsTrue(ModelServiceConditions.RolledOut);

        // Where nothing serves meanwhile, a release that cannot be read for a moment is given up at once, until a person names it again.
        bool isGivenUp = status.Rollout is { UnusableAfter: not null, Plan.Strategy: RolloutStrategyType.Recreate };
        bool returned = stable.Name != wanted && (kind != EngineKind.Good || isGivenUp)
            && status.Rollout is { Phase: RolloutPhase.RolledBack } rollout && rollout.To.Name == wanted;
        if (!arrived && !returned) return $"wants {wanted}, {stable.Name} serves, rollout {status.Rollout?.Phase}";
        if (kind is EngineKind.Broken or EngineKind.Unstartable && arrived) return "a release that cannot start serves";
        if (!(traffic is [{ Weight: 100 } only] && only.Name == stable.Name)) return "traffic is split";
        return MissingReplicas(service, stable, replicas);
    }

    [SuppressMessage("Performance", "CA1859", Justification = "A list of any kind.")]
    private static string? MissingReplicas(ModelService service, ReleaseRef stable, IReadOnlyList<ModelReplica> replicas)
    {
        if (replicas.Count != DecidedReplicas.Of(service)) return $"{replicas.Count} of {DecidedReplicas.Of(service)} replicas";
        foreach (ModelReplica replica in replicas)
        {
            string name = replica.Metadata.Name;
            if (replica.Status?.Phase != ReplicaPhase.Ready) return $"{name} is {replica.Status?.Phase}";
            if (replica.Spec.ContentHash != stable.ContentHash) return $"{name} runs {replica.Spec.Release} instead of {stable.Name}";
            if (replica.Spec.Resources != service.Spec.Resources) return $"{name} runs with earlier resources";
        }

        ModelServiceStatus status = service.Status!;
        return status.ReadyReplicas == replicas.Count && status.Replicas == replicas.Count ? null : "the status counts other replicas";
    }
}
