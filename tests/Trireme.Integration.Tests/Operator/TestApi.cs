using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Kubernetes;
using Trireme.Testing;

namespace Trireme.Integration.Tests.Operator;

/// <summary>What the tests ask of an API server, as a user would.</summary>
internal sealed class TestApi(KubernetesConnection connection)
{
    public static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(30);

    public static ResourceKey Service { get; } = new("default", "tiny");

    public ResourceClient<Release> Releases { get; } = new(connection, "tester");

    public ResourceClient<ModelService> Services { get; } = new(connection, "tester");

    public ResourceClient<ModelReplica> Replicas { get; } = new(connection, "tester");

    public ResourceClient<Event> Events { get; } = new(connection, "tester");

    /// <summary>A model folder whose engines behave as said, and a release of it.</summary>
    public async Task ReleaseAsync(string folder, string name, string behaviour = "")
    {
        string model = Directory.CreateDirectory(Path.Combine(folder, "models", name)).FullName;
        await File.WriteAllTextAsync(Path.Combine(model, "behaviour"), behaviour + "\n" + new string(' ', name.Length));
        await File.WriteAllTextAsync(Path.Combine(model, "config.json"), $"{{\"name\":\"{name}\"}}");
        await Releases.CreateAsync(new Release
        {
            Metadata = new ObjectMeta { Name = name, Namespace = "default" },
            Spec = new ReleaseSpec { Source = new ModelSource { Path = name } },
        });
    }

    public Task<ModelService> ServeAsync(string release, int replicas = 1) => Services.ApplyAsync(new ModelService
    {
        Metadata = new ObjectMeta { Name = "tiny", Namespace = "default" },
        Spec = new ModelServiceSpec
        {
            Release = release,
            Replicas = replicas,
            Drain = new DrainSpec { Timeout = Duration.FromSeconds(5) },
            Rollout = new RolloutSpec
            {
                Steps = [new RolloutStep { Weight = 50, MinDuration = Duration.FromSeconds(0.2), MaxDuration = Duration.FromSeconds(60) }],
            },
        },
    });

    public Task<ModelService> UntilAsync(string awaited, Func<ModelService, bool> condition) =>
        Eventually.Get(awaited, Deadline, async () =>
    {
        ModelService service = await Services.GetAsync(Service);
        return condition(service) ? service : null;
    });

    public Task<ModelService> ServedByAsync(string release, int replicas = 1) => UntilAsync($"{release} serves alone", service =>
        service.Status is { StableRelease.Name: { } stable } status
        && stable == release
        && status.ReadyReplicas == replicas
        && status.Replicas == replicas
        && status.Conditions.IsTrue(ModelServiceConditions.RolledOut)
        && status.Conditions.IsTrue(ModelServiceConditions.Scaled));

    public async Task<IReadOnlyList<ModelReplica>> ReplicasAsync() => (await Replicas.ListAsync("default")).Items;

    public Task NoReplicasAsync() => Eventually.True("no replica is left", Deadline, async () => (await ReplicasAsync()).Count == 0);
}
