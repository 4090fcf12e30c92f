using CsCheck;
using Trireme.ApiServer.Hosting;
using Trireme.Contracts.Resources;
using Trireme.Integration.Tests.Operator;
using Trireme.Kubernetes;
using Trireme.Testing;

namespace Trireme.Integration.Tests.Kubernetes;

/// <summary>Holds the API server in memory, on which simulations stand, to the real one.</summary>
public sealed class MemoryApiTests
{
    private static readonly Gen<ApiStep> Steps = Gen.Select(
        Gen.Int[0, 3],
        Gen.Int[0, Enum.GetValues<ApiVerb>().Length - 1],
        Gen.Int[0, 2],
        Gen.Int[0, 2],
        (kind, verb, name, variant) => new ApiStep(kind, (ApiVerb)verb, name, variant));

    private static int _runs;

    /// <summary>
    /// The same calls in the same order give the same answers, and watches are told the same of each object, whatever the calls.
    /// </summary>
    [Fact]
    public async Task It_answers_and_tells_its_watches_what_the_embedded_server_does()
    {
        using var folder = new TemporaryFolder();
        await using EmbeddedApiServer server = await EmbeddedApiServer.StartAsync(
            new EmbeddedApiServerOptions { DataFolder = folder.Path }, TestContext.Current.CancellationToken);
        using KubernetesConnection connection = TestPlatform.Connect(server);
        var real = new ResourceClients(connection);
        await Steps.List[1, 30].SampleAsync(steps => CompareAsync(steps, real), iter: 60, threads: 1);
    }

    [Fact]
    public async Task A_long_list_comes_in_pages_and_old_revisions_expire_as_on_the_embedded_server()
    {
        var memory = new MemoryApi(TimeProvider.System);
        IResourceClient<ConfigMap> client = memory.Of<ConfigMap>();
        for (int i = 0; i < 5; i++) await client.CreateAsync(Map($"m{i}"), TestContext.Current.CancellationToken);
        ResourceList<ConfigMap> first = await client.ListAsync(
            "default", new ListOptions { Limit = 2 }, TestContext.Current.CancellationToken);
        ResourceList<ConfigMap> rest = await client.ListAsync(
            "default", new ListOptions { Continue = first.Metadata.Continue }, TestContext.Current.CancellationToken);
        Assert.Equal(["m0", "m1", "m2", "m3", "m4"], first.Items.Concat(rest.Items).Select(item => item.Metadata.Name));
        Assert.Null(rest.Metadata.Continue);

        await client.CreateAsync(Map("m5"), TestContext.Current.CancellationToken);
        memory.Compact();
        ApiException expired = await Assert.ThrowsAsync<ApiException>(() => client.ListAsync(
            "default", new ListOptions { Continue = first.Metadata.Continue }, TestContext.Current.CancellationToken));
        Assert.True(expired.IsGone);
    }

    private static async Task CompareAsync(List<ApiStep> steps, IResourceClients real)
    {
        string prefix = $"t{Interlocked.Increment(ref _runs)}-";
        var memory = new MemoryApi(TimeProvider.System);
        int changes = 0;
        memory.Changed += (_, _) => changes++;
        (List<string> Answers, List<int> Changes, IReadOnlyList<string> Told) expected =
            await RunAsync(memory, prefix, steps, _ => changes);
        var actual = await RunAsync(real, prefix, steps, step => expected.Changes[step]);
        for (int i = 0; i < steps.Count; i++) Assert.Equal((i, steps[i], actual.Answers[i]), (i, steps[i], expected.Answers[i]));
        Assert.Equal(actual.Told, expected.Told);
    }

    /// <param name="clients">The server.</param>
    /// <param name="prefix">Of this run's names.</param>
    /// <param name="steps">The calls.</param>
    /// <param name="changesAfter">Changes that watches must have told after a step, so that what a server does later counts.</param>
    private static async Task<(List<string> Answers, List<int> Changes, IReadOnlyList<string> Told)> RunAsync(
        IResourceClients clients, string prefix, List<ApiStep> steps, Func<int, int> changesAfter)
    {
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        var script = new ApiScript(clients, prefix);
        await using var watcher = new ApiWatcher(clients, script, prefix);
        await watcher.StartAsync<ConfigMap>();
        await watcher.StartAsync<ModelService>();
        await watcher.StartAsync<ModelReplica>();
        await watcher.StartAsync<Release>();
        var answers = new List<string>();
        var changes = new List<int>();
        for (int i = 0; i < steps.Count; i++)
        {
            answers.Add(await script.RunAsync(steps[i], cancelled));
            changes.Add(changesAfter(i));
            await watcher.UntilAsync(changes[i], cancelled);
        }

        return (answers, changes, watcher.Told);
    }

    private static ConfigMap Map(string name) => new() { Metadata = new ObjectMeta { Name = name, Namespace = "default" } };
}
