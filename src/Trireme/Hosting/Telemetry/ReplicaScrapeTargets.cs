using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Scraping;

namespace Trireme.Hosting.Telemetry;

/// <summary>Every replica that listens is scraped, under the names of its service and release.</summary>
internal sealed class ReplicaScrapeTargets(InformerSet informers, IReplicaCredentials credentials) : IScrapeTargets
{
    private readonly Informer<ModelReplica> _replicas = informers.Of<ModelReplica>();

    public IReadOnlyList<ScrapeTarget> Current => [.. _replicas.Snapshot.Items.Select(Target).OfType<ScrapeTarget>()];

    private ScrapeTarget? Target(ModelReplica replica)
    {
        if (replica.Status is not { Endpoint: { } endpoint, Phase: ReplicaPhase.Ready or ReplicaPhase.Draining }) return null;
        if (!credentials.TryFind(replica, out ReplicaKey? key)) return null;
        return new ScrapeTarget(
            new Uri(new Uri(endpoint), "/metrics"),
            LabelSet.Of(
                new Label("job", "replica"),
                new Label("instance", replica.Metadata.Name),
                new Label("namespace", replica.Metadata.Namespace ?? ""),
                new Label("service", replica.Spec.Service),
                new Label("release", replica.Spec.Release),
                new Label("replica", replica.Metadata.Name)))
        {
            Key = key,
        };
    }
}
