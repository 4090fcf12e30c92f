using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Rollouts;
using Trireme.Kubernetes;
using Trireme.Operator.Hashing;

namespace Trireme.Operator.ModelServices;

/// <summary>Moves a service towards what its spec says: which release serves, with how many replicas and what share of traffic.</summary>
internal sealed partial class ModelServiceReconciler(
    Informer<ModelService> services,
    Informer<Release> releases,
    Informer<ModelReplica> replicas,
    IResourceClient<ModelService> serviceClient,
    IResourceClient<ModelReplica> replicaClient,
    RolloutEvidence evidence,
    EventRecorder events,
    ILogger<ModelServiceReconciler> logger,
    TimeProvider time)
{
    /// <summary>How long a plan waits until the cache shows what was written; the next plan must not be made from older state.</summary>
    private static readonly TimeSpan OwnWritesTimeout = TimeSpan.FromSeconds(10);

    public async Task<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        // What a deleted service owned is collected by the API server.
        if (services.Snapshot.Find(key) is not { Metadata.IsDeleting: false } service) return ReconcileResult.Done;

        // 1. Observe.
        ServiceObservation seen = await evidence.GatherAsync(Observe(service), cancellationToken);

        // 2. Plan.
        RolloutDecision decision = RolloutPlanner.Decide(seen.ToSnapshot());
        Dictionary<string, ReplicaTemplate> templates = Templates(seen, decision);
        List<PlannedRelease> planned = [.. decision.Targets.Select(target =>
            new PlannedRelease(
                target.Release.ContentHash, target.Replicas, templates.GetValueOrDefault(target.Release.ContentHash)?.Hash))];
        List<ReplicaView> views = [.. seen.Replicas.Select(View)];
        ReplicaPlan plan = ReplicaPlan.Make(planned, views);
        ModelServiceStatus status = ServiceStatusPlan.Next(seen, decision, planned, views);

        // 3. Apply: the status first. If it meets a newer version, the plan was made from the past and nothing of it is done.
        await WriteStatusAsync(service, status, cancellationToken);
        await DeleteAsync(service, plan.Delete, cancellationToken);
        await CreateAsync(service, plan.Create, templates, cancellationToken);
        return decision.LookAgain is { } pause ? ReconcileResult.After(pause) : ReconcileResult.Done;
    }

    private ServiceObservation Observe(ModelService service)
    {
        string @namespace = service.Metadata.Namespace!;
        return new ServiceObservation
        {
            Service = service,
            Releases = releases.Snapshot.Items.Where(
                release => release.Metadata.Namespace == @namespace).ToDictionary(release => release.Metadata.Name),
            Replicas = [.. replicas.Snapshot.OwnedBy(service.Metadata.Uid!).OrderBy(
                replica => replica.Metadata.Name, StringComparer.Ordinal)],
            Now = time.GetUtcNow(),
        };
    }

    private static Dictionary<string, ReplicaTemplate> Templates(ServiceObservation seen, RolloutDecision decision)
    {
        var templates = new Dictionary<string, ReplicaTemplate>();
        foreach (ReleaseTarget target in decision.Targets)
        {
            if (seen.UsableRelease(target.Release) is not { } release) continue;
            templates[target.Release.ContentHash] = new ReplicaTemplate(seen.Service, release);
        }

        return templates;
    }

    private static ReplicaView View(ModelReplica replica) => new(
        replica.Metadata.Name,
        replica.Spec.ContentHash,
        replica.Metadata.Labels?.GetValueOrDefault(TriremeApi.TemplateHashLabel) ?? "",
        ServiceObservation.IsReady(replica),
        replica.Metadata.IsDeleting,
        replica.Metadata.CreationTimestamp ?? default);

    private async Task WriteStatusAsync(ModelService service, ModelServiceStatus status, CancellationToken cancellationToken)
    {
        if (CanonicalJson.Same(service.Status, status)) return;
        ModelService written = await serviceClient.ReplaceStatusAsync(service with { Status = status }, cancellationToken);
        foreach (ServiceTransition transition in ServiceTransition.Between(service.Status, status))
        {
            events.Record(service, transition.Type, transition.Reason, transition.Message);
            LogTransition(ResourceKey.Of(service), transition.Reason, transition.Message);
        }

        var key = ResourceKey.Of(service);
        await SeeOwnWriteAsync(services, snapshot => snapshot.Find(key)?.Metadata.ResourceVersion != service.Metadata.ResourceVersion
            || written.Metadata.ResourceVersion == service.Metadata.ResourceVersion, cancellationToken);
    }

    private async Task DeleteAsync(ModelService service, IReadOnlyList<string> names, CancellationToken cancellationToken)
    {
        foreach (string name in names)
        {
            var key = new ResourceKey(service.Metadata.Namespace!, name);
            try
            {
                await replicaClient.DeleteAsync(
                    key, new DeleteOptions { Uid = replicas.Snapshot.Find(key)?.Metadata.Uid }, cancellationToken);
                events.Record(service, EventType.Normal, "ReplicaDraining", $"Replica {name} is no longer needed; it drains and ends.");
            }
            catch (ApiException exception) when (exception.IsNotFound || exception.IsConflict)
            {
                // Gone already, or another object under the same name: either way not the one this plan is about.
            }

            await SeeOwnWriteAsync(replicas, snapshot => snapshot.Find(key) is null or { Metadata.IsDeleting: true }, cancellationToken);
        }
    }

    private async Task CreateAsync(
        ModelService service,
        IReadOnlyList<ReplicaCreation> creations,
        Dictionary<string, ReplicaTemplate> templates,
        CancellationToken cancellationToken)
    {
        foreach (ReplicaCreation creation in creations)
        {
            for (int i = 0; i < creation.Count; i++)
            {
                ModelReplica created = await replicaClient.CreateAsync(templates[creation.ContentHash].Create(), cancellationToken);
                var key = ResourceKey.Of(created);
                events.Record(
                    service, EventType.Normal, "ReplicaCreated", $"Replica {key.Name} of release {created.Spec.Release} was created.");
                await SeeOwnWriteAsync(replicas, snapshot => snapshot.Find(key) is not null, cancellationToken);
            }
        }
    }

    private static async Task SeeOwnWriteAsync<T>(
        Informer<T> informer, Func<ResourceSnapshot<T>, bool> seen, CancellationToken cancellationToken)
        where T : class, IResource
    {
        if (!await informer.WaitUntilAsync(seen, OwnWritesTimeout, cancellationToken))
        {
            throw new TimeoutException(
                $"The API server has not reported a write within {OwnWritesTimeout.TotalSeconds:0} s; the plan is made again.");
        }
    }

    [LoggerMessage(LogLevel.Information, "Service {Service}: {Reason}: {Message}")]
    private partial void LogTransition(ResourceKey service, string reason, string message);
}
