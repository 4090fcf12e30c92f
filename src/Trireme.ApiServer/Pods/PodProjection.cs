using System.Globalization;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Pods;

/// <summary>A replica that is a process of this machine, in the words of a Pod with one container.</summary>
internal static class PodProjection
{
    /// <summary>Name of the one container.</summary>
    public const string Container = "engine";

    /// <summary>The process listens on loopback, and its machine is this one.</summary>
    private const string Loopback = "127.0.0.1";

    /// <summary>What Kubernetes says of a container that ended unseen.</summary>
    private const int UnseenExitCode = 137;

    public static Pod Of(ModelReplica replica, ModelReplicaStatus status, string node) => new()
    {
        Metadata = Metadata(replica),
        Spec = Spec(replica, status, node),
        Status = new PodStatus
        {
            Phase = status.Phase switch
            {
                ReplicaPhase.Pending => "Pending",
                ReplicaPhase.Failed => "Failed",
                _ => "Running",
            },
            Conditions = Conditions(replica, status),
            HostIp = Loopback,
            HostIps = [new PodAddress { Ip = Loopback }],
            PodIp = Loopback,
            PodIps = [new PodAddress { Ip = Loopback }],
            StartTime = replica.Metadata.CreationTimestamp,
            ContainerStatuses = [ContainerOf(replica, status)],
            QosClass = "Burstable",
        },
    };

    private static ObjectMeta Metadata(ModelReplica replica)
    {
        ObjectMeta from = replica.Metadata;
        return new ObjectMeta
        {
            Name = from.Name,
            Namespace = from.Namespace,
            // Two objects never share a UID, so a Pod's is made from that of its replica.
            Uid = DerivedUid.Of("pod/" + from.Uid),
            ResourceVersion = from.ResourceVersion,
            CreationTimestamp = from.CreationTimestamp,
            DeletionTimestamp = from.DeletionTimestamp,
            DeletionGracePeriodSeconds = from.IsDeleting ? GraceSeconds(replica) : null,
            Labels = from.Labels,
            OwnerReferences =
            [
                new OwnerReference
                {
                    ApiVersion = replica.ApiVersion,
                    Kind = replica.Kind,
                    Name = from.Name,
                    Uid = from.Uid ?? "",
                    Controller = true,
                    BlockOwnerDeletion = true,
                },
            ],
        };
    }

    private static PodSpec Spec(ModelReplica replica, ModelReplicaStatus status, string node)
    {
        bool listens = Uri.TryCreate(status.Endpoint, UriKind.Absolute, out Uri? endpoint) && endpoint.Port > 0;
        return new PodSpec
        {
            NodeName = node,
            RestartPolicy = "Always",
            TerminationGracePeriodSeconds = GraceSeconds(replica),
            Containers =
            [
                new PodContainer
                {
                    Name = Container,
                    Image = ImageOf(replica),
                    ImagePullPolicy = "Never",
                    Ports = listens ? [new PodPort { Name = "http", ContainerPort = endpoint!.Port, Protocol = "TCP" }] : null,
                    Resources = new PodResources
                    {
                        // What it may take at most is more than that, by what the platform allows every engine.
                        Requests = new Dictionary<string, string>
                        {
                            ["cpu"] = replica.Spec.Resources.Threads.ToString(CultureInfo.InvariantCulture),
                            ["memory"] = replica.Spec.Resources.Memory.ToString(),
                        },
                    },
                },
            ],
        };
    }

    private static long GraceSeconds(ModelReplica replica) => (long)Math.Ceiling(replica.Spec.DrainTimeout.TotalSeconds);

    /// <summary>No registry has this one: the engine is a process of the machine.</summary>
    private static string ImageOf(ModelReplica replica) => "process/" + replica.Spec.Engine.Name;

    private static IReadOnlyList<PodCondition> Conditions(ModelReplica replica, ModelReplicaStatus status)
    {
        Condition? ready = ReadyOf(status);
        DateTimeOffset? created = replica.Metadata.CreationTimestamp;
        return
        [
            new PodCondition { Type = "PodScheduled", Status = ConditionStatus.True, LastTransitionTime = created },
            new PodCondition { Type = "Initialized", Status = ConditionStatus.True, LastTransitionTime = created },
            Follows("ContainersReady"),
            Follows("Ready"),
        ];

        PodCondition Follows(string type) => new()
        {
            Type = type,
            Status = ready?.Status ?? ConditionStatus.False,
            LastTransitionTime = ready?.LastTransitionTime ?? created,
            Reason = ready?.Status == ConditionStatus.True ? null : ready?.Reason,
            Message = ready is { Status: not ConditionStatus.True, Message.Length: > 0 } ? ready.Message : null,
        };
    }

    private static ContainerStatus ContainerOf(ModelReplica replica, ModelReplicaStatus status)
    {
        ContainerTerminated? ended = status.LastTermination is { } last ? Terminated(last) : null;
        ContainerState state = StateOf(status, ended);
        return new ContainerStatus
        {
            Name = Container,
            State = state,
            LastState = new ContainerState { Terminated = state.Terminated is null ? ended : null },
            Ready = status.Phase == ReplicaPhase.Ready,
            RestartCount = status.Restarts,
            Image = ImageOf(replica),
            ImageId = replica.Spec.ContentHash,
            ContainerId = status.Process is { } process
                ? string.Create(CultureInfo.InvariantCulture, $"process://{process.Pid}")
                : null,
            Started = status.Phase is ReplicaPhase.Ready or ReplicaPhase.Draining,
        };
    }

    private static ContainerState StateOf(ModelReplicaStatus status, ContainerTerminated? ended)
    {
        if (status.Process is not null) return new ContainerState { Running = new ContainerRunning { StartedAt = status.StartedAt } };
        bool endedForGood = status.Phase is ReplicaPhase.Failed or ReplicaPhase.Draining;
        if (endedForGood && ended is not null) return new ContainerState { Terminated = ended };
        Condition? ready = ReadyOf(status);
        return new ContainerState
        {
            Waiting = new ContainerWaiting
            {
                // Kubernetes' words where it has some: tools and people look for them.
                Reason = status.Phase == ReplicaPhase.BackingOff ? "CrashLoopBackOff"
                    : ready?.Reason is null or "Starting" ? "ContainerCreating"
                    : ready.Reason,
                Message = ready?.Message is { Length: > 0 } message ? message : null,
            },
        };
    }

    private static ContainerTerminated Terminated(ReplicaTermination last) => new()
    {
        ExitCode = last.ExitCode ?? UnseenExitCode,
        Reason = last.Reason,
        Message = last.Message,
        StartedAt = last.StartedAt,
        FinishedAt = last.FinishedAt,
    };

    private static Condition? ReadyOf(ModelReplicaStatus status) =>
        status.Conditions?.FirstOrDefault(condition => condition.Type == ModelReplicaConditions.Ready);
}
