using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Replicas;

/// <summary>What a service's replicas of one release are made from.</summary>
public sealed record ReplicaTemplate(ModelService Service, Release Release)
{
    private const int HashLength = 10;

    /// <summary>Room for the hash and the random part within the 253 characters of a name.</summary>
    private const int NamePrefixMax = 200;

    /// <summary>
    /// Hash of everything an engine is started with. The number of replicas, the rollout plan and the drain timeout are not part of
    /// it: changing those replaces nothing.
    /// </summary>
    public string Hash { get; } = CanonicalJson.Sha256(new
    {
        contentHash = Release.Status!.ContentHash,
        engine = Release.Spec.Engine,
        resources = Service.Spec.Resources,
        placement = WhereItMayRun(Service.Spec.Placement),
        restartedAt = Service.Spec.RestartedAt,
    })[..HashLength];

    /// <summary>A new replica.</summary>
    /// <param name="suffix">Keeps the names of successors apart.</param>
    public ModelReplica Create(string suffix)
    {
        ObjectMeta owner = Service.Metadata;
        string prefix = owner.Name[..Math.Min(owner.Name.Length, NamePrefixMax)].TrimEnd('-', '.');
        return new ModelReplica
        {
            Metadata = new ObjectMeta
            {
                Name = $"{prefix}-{Hash[..5]}-{suffix}",
                Namespace = owner.Namespace,
                Labels = new Dictionary<string, string>
                {
                    [TriremeApi.ServiceLabel] = NameLabel.ValueOf(owner.Name),
                    [TriremeApi.ReleaseLabel] = NameLabel.ValueOf(Release.Metadata.Name),
                    [TriremeApi.TemplateHashLabel] = Hash,
                },
                Finalizers = [TriremeApi.ReplicaFinalizer],
                OwnerReferences =
                [
                    new OwnerReference
                    {
                        ApiVersion = Service.ApiVersion,
                        Kind = Service.Kind,
                        Name = owner.Name,
                        Uid = owner.Uid!,
                        Controller = true,
                        BlockOwnerDeletion = true,
                    },
                ],
            },
            Spec = new ModelReplicaSpec
            {
                Service = owner.Name,
                Release = Release.Metadata.Name,
                ContentHash = Release.Status!.ContentHash!,
                Model = Source(Release.Status.ResolvedPath!, Release.Status.Artifacts),
                DraftModel = Release.Status.DraftModel is { } draft ? Source(draft.ResolvedPath, draft.Artifacts) : null,
                ChatTemplate = Release.Status.ChatTemplate is { } template
                    ? ArtifactSource.OfFile(template.ResolvedPath, template.Digest)
                    : null,
                Adapters = Release.Status.Adapters is { Count: > 0 } adapters ? [.. adapters.Select(Adapter)] : null,
                Engine = Release.Spec.Engine,
                Resources = Service.Spec.Resources,
                Placement = WhereItMayRun(Service.Spec.Placement),
                DrainTimeout = Service.Spec.Drain.Timeout,
            },
        };
    }

    /// <summary>
    /// What binds a replica to pools; null for anywhere. The class is the service's alone: to change it moves nobody.
    /// </summary>
    private static PlacementSpec? WhereItMayRun(PlacementSpec placement)
    {
        bool isAnywhere = placement is { Pool: null, PoolSelector: null or { Count: 0 }, MinTrustLevel: TrustLevel.Low };
        return isAnywhere ? null : placement with { PriorityClass = PriorityClass.Standard };
    }

    private static ReplicaAdapter Adapter(AdapterStatus adapter) =>
        new() { Name = adapter.Name, Source = Source(adapter.ResolvedPath, adapter.Artifacts) };

    /// <summary>A single file is known by its own digest, a folder by that of the list of its files.</summary>
    private static ArtifactSource Source(string path, IReadOnlyList<ArtifactPin>? artifacts) => ArtifactSource.OfFile(
        path,
        artifacts is [{ } only] && only.File == Path.GetFileName(path) ? only.Digest : "sha256:" + CanonicalJson.Sha256(artifacts ?? []));
}
