using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Testing;

namespace Trireme.Integration.Tests.Operator;

/// <summary>Moves between releases, judged on real engines over a real API server.</summary>
public sealed class RolloutTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_better_release_is_rolled_out_and_a_worse_one_is_rolled_back()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync(_folder.Path);
        TestApi api = platform.Api;
        await api.ReleaseAsync(_folder.Path, "v1");
        await api.ReleaseAsync(_folder.Path, "v2");
        await api.ReleaseAsync(_folder.Path, "v3", "worse");
        await api.ServeAsync("v1");
        await api.ServedByAsync("v1");
        await api.ServeAsync("v2");
        ModelService promoted = await api.ServedByAsync("v2");
        Assert.Equal(RolloutPhase.Promoted, promoted.Status!.Rollout!.Phase);
        Assert.Equal("v1", promoted.Status.PreviousRelease!.Name);

        await api.ServeAsync("v3");
        ModelService back = await api.UntilAsync(
            "v3 is rolled back", service => service.Status!.Rollout is { Phase: RolloutPhase.RolledBack, To.Name: "v3" });
        Assert.Equal("v2", back.Status!.StableRelease!.Name);
        Assert.Contains(back.Status.Rollout!.Verdict!.Signals, signal => signal is { Signal: "quality", Judgement: Judgement.Fail });
        await Eventually.True("only v2 runs", TestApi.Deadline, async () =>
            (await api.ReplicasAsync()).All(replica => replica.Spec.Release == "v2"), TestContext.Current.CancellationToken);
        IReadOnlyList<Event> events = (
            await api.Events.ListAsync("default", cancellationToken: TestContext.Current.CancellationToken)).Items;
        Assert.Contains(events, news => news is { Reason: "RolledBack", Type: "Warning" } && news.InvolvedObject.Name == "tiny");
    }

    [Fact]
    public async Task A_release_that_cannot_start_never_gets_traffic_and_is_rolled_back()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync(_folder.Path);
        TestApi api = platform.Api;
        await api.ReleaseAsync(_folder.Path, "v1");
        await api.ReleaseAsync(_folder.Path, "broken", "crash");
        await api.ServeAsync("v1");
        await api.ServedByAsync("v1");
        await api.ServeAsync("broken");
        ModelService back = await api.UntilAsync("the broken release is rolled back", service =>
        {
            Assert.Equal(100, service.Status!.Traffic!.Where(traffic => traffic.Name == "v1").Sum(traffic => traffic.Weight));
            return service.Status.Rollout?.Phase == RolloutPhase.RolledBack;
        });
        Assert.Matches("replica tiny-[a-z0-9-]+ ended [0-9]+ times in a row", back.Status!.Rollout!.Verdict!.Reason);
        Assert.Contains("--previous\" shows what it said", back.Status.Rollout.Verdict.Reason);
        Assert.True(back.Status.Conditions.IsTrue(ModelServiceConditions.Available));
    }

    [Fact]
    public async Task A_restart_replaces_every_replica_and_never_has_fewer_than_wanted_ready()
    {
        await using TestPlatform platform = await TestPlatform.StartAsync(_folder.Path);
        TestApi api = platform.Api;
        await api.ReleaseAsync(_folder.Path, "v1");
        await api.ServeAsync("v1", replicas: 2);
        ModelService service = await api.ServedByAsync("v1", replicas: 2);
        HashSet<string> old = [.. (await api.ReplicasAsync()).Select(replica => replica.Metadata.Name)];
        await api.Services.ReplaceAsync(
            service with { Spec = service.Spec with { RestartedAt = DateTimeOffset.UnixEpoch.AddYears(50) } },
            TestContext.Current.CancellationToken);
        await Eventually.True("every replica is new", TestApi.Deadline, async () =>
        {
            IReadOnlyList<ModelReplica> replicas = await api.ReplicasAsync();
            int ready = replicas.Count(replica => replica is { Status.Phase: ReplicaPhase.Ready, Metadata.IsDeleting: false });
            Assert.True(ready >= 2, $"only {ready} replicas were ready");
            return replicas.Count == 2 && !replicas.Any(replica => old.Contains(replica.Metadata.Name));
        }, TestContext.Current.CancellationToken);
        await api.ServedByAsync("v1", replicas: 2);
    }
}
