using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Integration.Tests.Kubernetes;

internal enum ApiVerb
{
    Create,
    CreateHeld,
    CreateOwned,
    CreateInvalid,
    Get,
    List,
    Replace,
    ReplaceStale,
    ReplaceUnversioned,
    ReplaceStatus,
    ReplaceStatusStale,
    PatchLabels,
    PatchAnnotation,
    ReleaseFinalizers,
    AddFinalizer,
    PatchStatus,
    Delete,
    DeleteOther,
    DeleteStale,
    DeleteExact,
}

/// <summary>One call: what is done to which object of which kind, and a number that varies its content.</summary>
internal sealed record ApiStep(int Kind, ApiVerb Verb, int Name, int Variant);

/// <summary>Carries out calls on one API server and writes down what a client can tell: answers, and changes as watched.</summary>
internal sealed class ApiScript(IResourceClients clients, string prefix)
{
    /// <summary>Objects as they were read at different times, from which later calls are made; two servers' versions differ.</summary>
    private readonly Dictionary<(int Kind, int Name), List<IResource>> _seen = [];

    public Task<string> RunAsync(ApiStep step, CancellationToken cancellationToken) => step.Kind switch
    {
        0 => RunAsync<ConfigMap>(step, Map, (map, variant) => map with { Data = Data(variant) }, (map, _) => map, cancellationToken),
        1 => RunAsync<ModelService>(
            step,
            Service,
            (service, variant) => service with { Spec = service.Spec with { Replicas = variant } },
            (service, variant) => service with { Status = new ModelServiceStatus { ReadyReplicas = variant } },
            cancellationToken),
        2 => RunAsync<ModelReplica>(
            step,
            Replica,
            (replica, variant) => replica with { Spec = replica.Spec with { Service = $"s{variant}" } },
            (replica, variant) => replica with { Status = new ModelReplicaStatus { Restarts = variant } },
            cancellationToken),
        _ => RunAsync<Release>(
            step,
            Release,
            (release, variant) => release with { Spec = release.Spec with { Description = $"d{variant}" } },
            (release, variant) => release with { Status = new ReleaseStatus { ShortHash = $"h{variant}" } },
            cancellationToken),
    };

    /// <summary>An object without what differs between two servers.</summary>
    public string Describe(IResource resource)
    {
        ObjectMeta metadata = resource.Metadata;
        string content = resource switch
        {
            ConfigMap map => string.Join(",", map.Data?.Select(pair => $"{pair.Key}={pair.Value}") ?? []),
            ModelService service => $"{service.Spec.Replicas}/{service.Status?.ReadyReplicas}",
            ModelReplica replica => $"{replica.Spec.Service}/{replica.Status?.Restarts}",
            Release release => $"{release.Spec.Description}/{release.Status?.ShortHash}",
            _ => "",
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{metadata.Name[prefix.Length..]} gen={metadata.Generation} uid={metadata.Uid is not null} deleting={metadata.IsDeleting} "
            + $"held={metadata.Finalizers?.Count ?? 0} owners={metadata.OwnerReferences?.Count ?? 0} "
            + $"labels={metadata.Labels?.Count ?? 0} notes={metadata.Annotations?.Count ?? 0} {content}");
    }

    private async Task<string> RunAsync<T>(
        ApiStep step, Func<ApiStep, T> make, Func<T, int, T> change, Func<T, int, T> state, CancellationToken cancellationToken)
        where T : class, IResource
    {
        try
        {
            return await CallAsync(clients.Of<T>(), step, make, change, state, cancellationToken);
        }
        catch (ApiException exception)
        {
            return $"{(int)exception.StatusCode} {exception.Status.Reason}";
        }
    }

    private async Task<string> CallAsync<T>(
        IResourceClient<T> client,
        ApiStep step,
        Func<ApiStep, T> make,
        Func<T, int, T> change,
        Func<T, int, T> state,
        CancellationToken cancellationToken)
        where T : class, IResource
    {
        var key = new ResourceKey("default", Name(step.Name));
        T fresh = Latest(step, () => make(step));
        T stale = Earliest(step, fresh);
        switch (step.Verb)
        {
            case ApiVerb.Create or ApiVerb.CreateHeld or ApiVerb.CreateOwned or ApiVerb.CreateInvalid:
                return Keep(step, await client.CreateAsync(make(step), cancellationToken));
            case ApiVerb.Get:
                return Keep(step, await client.GetAsync(key, cancellationToken));
            case ApiVerb.List:
                ResourceList<T> list = await client.ListAsync("default", cancellationToken: cancellationToken);
                return string.Join("; ", list.Items.Where(item => item.Metadata.Name.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(item => Describe(item)));
            case ApiVerb.Replace:
                return Keep(step, await client.ReplaceAsync(change(fresh, step.Variant), cancellationToken));
            case ApiVerb.ReplaceStale:
                return Keep(step, await client.ReplaceAsync(change(stale, step.Variant), cancellationToken));
            case ApiVerb.ReplaceUnversioned:
                return Keep(step, await client.ReplaceAsync(make(step), cancellationToken));
            case ApiVerb.ReplaceStatus:
                return Keep(step, await client.ReplaceStatusAsync(state(fresh, step.Variant), cancellationToken));
            case ApiVerb.ReplaceStatusStale:
                return Keep(step, await client.ReplaceStatusAsync(state(stale, step.Variant), cancellationToken));
            case ApiVerb.PatchStatus:
                return Keep(step, await client.PatchStatusAsync(key, StatusPatch(step), cancellationToken));
            case ApiVerb.Delete:
                return await DeleteAsync(client, key, new DeleteOptions(), cancellationToken);
            case ApiVerb.DeleteOther:
                return await DeleteAsync(client, key, new DeleteOptions { Uid = "another" }, cancellationToken);
            case ApiVerb.DeleteStale:
                return await DeleteAsync(
                    client, key, new DeleteOptions { ResourceVersion = stale.Metadata.ResourceVersion ?? "1" }, cancellationToken);
            case ApiVerb.DeleteExact:
                return await DeleteAsync(
                    client,
                    key,
                    new DeleteOptions { Uid = fresh.Metadata.Uid, ResourceVersion = fresh.Metadata.ResourceVersion },
                    cancellationToken);
            default:
                return Keep(step, await client.PatchAsync(key, MetadataPatch(step), cancellationToken));
        }
    }

    private static async Task<string> DeleteAsync<T>(
        IResourceClient<T> client, ResourceKey key, DeleteOptions options, CancellationToken cancellationToken)
        where T : class, IResource
    {
        await client.DeleteAsync(key, options, cancellationToken);
        return "deleted";
    }

    private static JsonObject MetadataPatch(ApiStep step) => new()
    {
        ["metadata"] = step.Verb switch
        {
            ApiVerb.PatchLabels => new JsonObject { ["labels"] = new JsonObject { [$"l{step.Variant}"] = "x", ["l0"] = null } },
            ApiVerb.PatchAnnotation => new JsonObject { ["annotations"] = new JsonObject { ["a"] = $"{step.Variant}" } },
            ApiVerb.AddFinalizer => new JsonObject { ["finalizers"] = new JsonArray("test.dev/a", "test.dev/b") },
            _ => new JsonObject { ["finalizers"] = new JsonArray() },
        },
    };

    private static JsonObject StatusPatch(ApiStep step) => new()
    {
        ["status"] = step.Kind switch
        {
            1 => new JsonObject { ["readyReplicas"] = step.Variant },
            2 => new JsonObject { ["restarts"] = step.Variant },
            _ => new JsonObject { ["shortHash"] = $"h{step.Variant}" },
        },
    };

    private static Dictionary<string, string> Data(int variant) =>
        new() { ["value"] = variant.ToString(CultureInfo.InvariantCulture) };

    private ConfigMap Map(ApiStep step) => new() { Metadata = Metadata(step), Data = Data(step.Variant) };

    private ModelService Service(ApiStep step) => new()
    {
        Metadata = Metadata(step),
        Spec = new ModelServiceSpec { Release = "r", Replicas = step.Verb == ApiVerb.CreateInvalid ? 1000 : step.Variant },
    };

    private ModelReplica Replica(ApiStep step) => new()
    {
        Metadata = Metadata(step),
        Spec = new ModelReplicaSpec
        {
            Service = $"s{step.Variant}",
            Release = "r",
            ContentHash = "h",
            Model = ArtifactSource.OfFile("/m", step.Verb == ApiVerb.CreateInvalid ? "no digest" : null),
        },
    };

    private Release Release(ApiStep step) => new()
    {
        Metadata = Metadata(step),
        Spec = new ReleaseSpec
        {
            Source = new ModelSource { Path = step.Verb == ApiVerb.CreateInvalid ? "../m" : "m" },
            Description = $"d{step.Variant}",
        },
    };

    private ObjectMeta Metadata(ApiStep step) => new()
    {
        Name = step is { Kind: 0, Verb: ApiVerb.CreateInvalid } ? prefix + "No Name" : Name(step.Name),
        Namespace = "default",
        Finalizers = step.Verb == ApiVerb.CreateHeld ? ["test.dev/a"] : null,
        OwnerReferences = step.Verb == ApiVerb.CreateOwned ? [Owner(step)] : null,
    };

    /// <summary>A service that was seen once and may be gone by now.</summary>
    private OwnerReference Owner(ApiStep step) => new()
    {
        ApiVersion = TriremeApi.Version,
        Kind = "ModelService",
        Name = Name(step.Variant),
        Uid = _seen.GetValueOrDefault((1, step.Variant))?[^1].Metadata.Uid ?? "never-was",
    };

    private string Name(int number) => $"{prefix}n{number}";

    private T Latest<T>(ApiStep step, Func<T> none)
        where T : class, IResource =>
        (T?)_seen.GetValueOrDefault((step.Kind, step.Name))?[^1] ?? none();

    private T Earliest<T>(ApiStep step, T none)
        where T : class, IResource =>
        (T?)_seen.GetValueOrDefault((step.Kind, step.Name))?[0] ?? none;

    private string Keep<T>(ApiStep step, T answer)
        where T : class, IResource
    {
        if (!_seen.TryGetValue((step.Kind, step.Name), out List<IResource>? versions)) _seen[(step.Kind, step.Name)] = versions = [];
        versions.Add(answer);
        if (versions.Count > 3) versions.RemoveAt(0);
        return Describe(answer);
    }
}
