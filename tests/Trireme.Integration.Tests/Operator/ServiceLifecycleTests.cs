using System.Diagnostics;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Testing;

namespace Trireme.Integration.Tests.Operator;

/// <summary>The whole way from an applied manifest to engine processes and back, over a real API server.</summary>
public sealed class ServiceLifecycleTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_service_becomes_available_survives_a_killed_engine_and_leaves_nothing_when_deleted()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync(_folder.Path);
        TestApi api = platform.Api;
        await api.ReleaseAsync(_folder.Path, "v1");
        await api.ServeAsync("v1", replicas: 2);
        ModelService service = await api.ServedByAsync("v1", replicas: 2);
        Assert.Equal(100, Assert.Single(service.Status!.Traffic!).Weight);
        Assert.Equal(service.Metadata.Generation, service.Status.ObservedGeneration);

        // An engine is killed: the other one serves on, and the killed one comes back under the same name.
        ModelReplica victim = (await api.ReplicasAsync())[0];
        Process.GetProcessById(victim.Status!.Process!.Pid).Kill();
        await Eventually.True("the engine is back", TestApi.Deadline, async () =>
        {
            ModelReplica replica = await api.Replicas.GetAsync(ResourceKey.Of(victim));
            ModelService now = await api.Services.GetAsync(TestApi.Service);
            Assert.Equal(100, Assert.Single(now.Status!.Traffic!).Weight);
            return replica.Status is { Phase: ReplicaPhase.Ready, Restarts: 1 } status && status.Process != victim.Status.Process;
        }, TestContext.Current.CancellationToken);

        IReadOnlyList<ModelReplica> running = await api.ReplicasAsync();
        await api.Services.DeleteAsync(TestApi.Service, cancellationToken: TestContext.Current.CancellationToken);
        await api.NoReplicasAsync();
        Assert.All(
            running, replica => Assert.False(Directory.Exists($"/proc/{replica.Status!.Process!.Pid}"), "an engine outlived its service"));
        Assert.Empty(Directory.EnumerateDirectories(_folder.File("data", "replicas")));
    }

    [Fact]
    public async Task A_release_that_serves_is_not_deleted_and_its_service_outlives_an_engine()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync(_folder.Path);
        TestApi api = platform.Api;
        await api.ReleaseAsync(_folder.Path, "v1");
        await api.ServeAsync("v1");
        await api.ServedByAsync("v1");
        var release = new ResourceKey("default", "v1");
        ApiException refused = await Assert.ThrowsAsync<ApiException>(
            () => api.Releases.DeleteAsync(release, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(System.Net.HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Contains(
            "in use by ModelService \"tiny\" (wanted, serving, sending it requests), ModelReplica \"tiny-",
            refused.Status.Message,
            StringComparison.Ordinal);

        ModelReplica victim = Assert.Single(await api.ReplicasAsync());
        Process.GetProcessById(victim.Status!.Process!.Pid).Kill();
        await Eventually.True("the engine is back", TestApi.Deadline, async () =>
        {
            ModelReplica replica = await api.Replicas.GetAsync(ResourceKey.Of(victim));
            return replica.Status is { Phase: ReplicaPhase.Ready } status && status.Process != victim.Status.Process;
        }, TestContext.Current.CancellationToken);

        // What the service needed goes once the service does, also while its replicas still drain.
        await api.Services.DeleteAsync(TestApi.Service, cancellationToken: TestContext.Current.CancellationToken);
        await api.Releases.DeleteAsync(release, cancellationToken: TestContext.Current.CancellationToken);
        await api.NoReplicasAsync();
    }

    [Fact]
    public async Task A_missing_release_is_named_with_the_next_step_and_picked_up_when_it_appears()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync(_folder.Path);
        TestApi api = platform.Api;
        await api.ServeAsync("v1");
        ModelService waiting = await api.UntilAsync("the condition names it", service =>
            (service.Status?.Conditions).Find(ModelServiceConditions.ReleaseReady)?.Reason == "ReleaseNotFound");
        Assert.Contains("No release is called \"v1\"", waiting.Status!.Conditions.Find(ModelServiceConditions.ReleaseReady)!.Message);
        await api.ReleaseAsync(_folder.Path, "v1");
        await api.ServedByAsync("v1");
    }

    [Fact]
    public async Task Files_changed_under_a_running_release_are_reported_and_do_not_stop_it()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync(_folder.Path);
        TestApi api = platform.Api;
        await api.ReleaseAsync(_folder.Path, "v1");
        await api.ServeAsync("v1");
        await api.ServedByAsync("v1");
        await File.WriteAllTextAsync(_folder.File("models", "v1", "config.json"), "changed", TestContext.Current.CancellationToken);
        ModelService service = await api.UntilAsync("the change is reported", service =>
            (service.Status?.Conditions).Find(ModelServiceConditions.ReleaseReady)?.Reason == "ChangedOnDisk");
        Assert.Equal((1, "v1"), (service.Status!.ReadyReplicas, service.Status.StableRelease!.Name));

        // A killed engine would now start with other weights than the release promises, so it waits instead.
        ModelReplica replica = Assert.Single(await api.ReplicasAsync());
        Process.GetProcessById(replica.Status!.Process!.Pid).Kill();
        await Eventually.True("the replica waits", TestApi.Deadline, async () =>
        {
            ModelReplica now = await api.Replicas.GetAsync(ResourceKey.Of(replica));
            return (now.Status?.Conditions).Find(ModelReplicaConditions.Ready)?.Reason == "ReleaseNotUsable";
        }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_draft_model_is_handed_to_the_engine_and_must_still_be_what_it_was_when_one_starts()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync(_folder.Path);
        TestApi api = platform.Api;
        Directory.CreateDirectory(_folder.File("models"));
        string draft = _folder.File("models", "small.gguf");
        await File.WriteAllTextAsync(_folder.File("models", "large.gguf"), "GGUF large", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(draft, "GGUF small", TestContext.Current.CancellationToken);
        var speculation = new SpeculationSpec { Method = SpeculationSpec.Draft, DraftModel = "small.gguf" };
        var spec = new ReleaseSpec
        {
            Source = new ModelSource { Path = "large.gguf" }, Engine = new EngineSpec { Speculation = speculation },
        };
        var release = new Release { Metadata = new ObjectMeta { Name = "v1", Namespace = "default" }, Spec = spec };
        await api.Releases.CreateAsync(release, cancellationToken: TestContext.Current.CancellationToken);
        await api.ServeAsync("v1");
        await api.ServedByAsync("v1");
        ModelReplica replica = Assert.Single(await api.ReplicasAsync());
        int pid = replica.Status!.Process!.Pid;
        string[] arguments = (await File.ReadAllTextAsync($"/proc/{pid}/cmdline", TestContext.Current.CancellationToken)).Split('\0');
        Assert.Equal(draft, arguments[Array.IndexOf(arguments, "--draft-model") + 1]);

        await File.WriteAllTextAsync(draft, "GGUF other", TestContext.Current.CancellationToken);
        Process.GetProcessById(pid).Kill();
        await Eventually.True("the replica waits", TestApi.Deadline, async () =>
        {
            ModelReplica now = await api.Replicas.GetAsync(ResourceKey.Of(replica));
            return (now.Status?.Conditions).Find(ModelReplicaConditions.Ready) is { Reason: "ReleaseNotUsable" } condition
                && condition.Message.Contains(draft, StringComparison.Ordinal);
        }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Adapters_and_a_template_are_handed_to_the_engine_and_must_still_be_what_they_were_when_one_starts()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync(_folder.Path);
        TestApi api = platform.Api;
        string adapter = Directory.CreateDirectory(_folder.File("models", "polite")).FullName, template = _folder.File("models", "t.jinja");
        string config = Path.Combine(adapter, "adapter_config.json");
        foreach (string file in (string[])[_folder.File("models", "m.gguf"), template, config])
        {
            await File.WriteAllTextAsync(file, "GGUF", TestContext.Current.CancellationToken);
        }

        var spec = new ReleaseSpec
        {
            Source = new ModelSource { Path = "m.gguf" },
            ChatTemplate = new ChatTemplateSpec { Path = "t.jinja" },
            Adapters = [new AdapterSpec { Name = "polite", Source = new AdapterSource { Path = "polite" } }],
        };
        var release = new Release { Metadata = new ObjectMeta { Name = "v1", Namespace = "default" }, Spec = spec };
        await api.Releases.CreateAsync(release, cancellationToken: TestContext.Current.CancellationToken);
        await api.ServeAsync("v1");
        await api.ServedByAsync("v1");
        ModelReplica replica = Assert.Single(await api.ReplicasAsync());
        int pid = replica.Status!.Process!.Pid;
        string[] arguments = (await File.ReadAllTextAsync($"/proc/{pid}/cmdline", TestContext.Current.CancellationToken)).Split('\0');
        Assert.Equal(template, arguments[Array.IndexOf(arguments, "--chat-template") + 1]);
        Assert.Equal("polite=" + adapter, arguments[Array.IndexOf(arguments, "--lora-modules") + 1]);

        await File.WriteAllTextAsync(config, "other", TestContext.Current.CancellationToken);
        Process.GetProcessById(pid).Kill();
        await Eventually.True("the replica waits", TestApi.Deadline, async () =>
        {
            ModelReplica now = await api.Replicas.GetAsync(ResourceKey.Of(replica));
            return (now.Status?.Conditions).Find(ModelReplicaConditions.Ready) is { Reason: "ReleaseNotUsable" } condition
                && condition.Message.Contains(adapter, StringComparison.Ordinal);
        }, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_orderly_stop_ends_the_engines_and_says_so()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync(_folder.Path);
        TestApi api = platform.Api;
        await api.ReleaseAsync(_folder.Path, "v1");
        await api.ServeAsync("v1");
        await api.ServedByAsync("v1");
        int pid = Assert.Single(await api.ReplicasAsync()).Status!.Process!.Pid;
        await platform.StopOperatorAsync();
        Assert.False(Directory.Exists($"/proc/{pid}"));
        ModelReplica replica = Assert.Single(await api.ReplicasAsync());
        Assert.Equal((ReplicaPhase.Pending, null), (replica.Status!.Phase, replica.Status.Process));
        Assert.Equal("PlatformStopped", replica.Status.Conditions.Find(ModelReplicaConditions.Ready)!.Reason);
    }
}
