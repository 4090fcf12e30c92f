using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.ApiServer.Hosting;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Integration.Tests.Operator;
using Trireme.Kubernetes;
using Trireme.Testing;

namespace Trireme.Integration.Tests.Kubernetes;

/// <summary>The client side against a real API server.</summary>
public sealed class KubernetesTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private EmbeddedApiServer _server = null!;
    private KubernetesConnection _connection = null!;
    private ResourceClient<ConfigMap> _client = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { DataFolder = _folder.Path }, Cancelled);
        _connection = TestPlatform.Connect(_server);
        _client = new ResourceClient<ConfigMap>(_connection);
    }

    public async ValueTask DisposeAsync()
    {
        _connection.Dispose();
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Objects_are_created_read_changed_applied_and_deleted()
    {
        ConfigMap created = await _client.CreateAsync(Map("a", "1"), Cancelled);
        Assert.NotNull(created.Metadata.Uid);
        ApiException again = await Assert.ThrowsAsync<ApiException>(() => _client.CreateAsync(Map("a", "1"), Cancelled));
        Assert.Equal((true, false), (again.IsAlreadyExists, again.IsConflict));

        ConfigMap replaced = await _client.ReplaceAsync(created with { Data = Data("2") }, Cancelled);
        ApiException stale = await Assert.ThrowsAsync<ApiException>(
            () => _client.ReplaceAsync(created with { Data = Data("3") }, Cancelled));
        Assert.True(stale.IsConflict);
        Assert.Equal("2", (await _client.GetAsync(ResourceKey.Of(replaced), Cancelled)).Data!["value"]);

        ConfigMap patched = await _client.PatchAsync(
            ResourceKey.Of(created), new JsonObject { ["data"] = new JsonObject { ["other"] = "x" } }, Cancelled);
        Assert.Equal(2, patched.Data!.Count);
        ConfigMap applied = await _client.ApplyAsync(Map("a", "4"), Cancelled);
        Assert.Equal("4", applied.Data!["value"]);

        await Assert.ThrowsAsync<ApiException>(
            () => _client.DeleteAsync(ResourceKey.Of(created), new DeleteOptions { Uid = "other" }, Cancelled));
        await _client.DeleteAsync(ResourceKey.Of(created), new DeleteOptions { Uid = created.Metadata.Uid }, Cancelled);
        Assert.True((await Assert.ThrowsAsync<ApiException>(() => _client.GetAsync(ResourceKey.Of(created), Cancelled))).IsNotFound);
    }

    [Fact]
    public async Task Lists_select_by_label_and_come_in_pages()
    {
        for (int i = 0; i < 5; i++) await _client.CreateAsync(Map($"m{i}", "x", i % 2 == 0 ? "even" : "odd"), Cancelled);
        ResourceList<ConfigMap> even = await _client.ListAsync("default", new ListOptions { LabelSelector = "group=even" }, Cancelled);
        Assert.Equal(3, even.Items.Count);
        ResourceList<ConfigMap> first = await _client.ListAsync("default", new ListOptions { Limit = 2 }, Cancelled);
        ResourceList<ConfigMap> second = await _client.ListAsync(
            "default", new ListOptions { Limit = 3, Continue = first.Metadata.Continue }, Cancelled);
        Assert.Equal(["m0", "m1", "m2", "m3", "m4"], first.Items.Concat(second.Items).Select(item => item.Metadata.Name));
    }

    [Fact]
    public async Task An_invalid_object_is_refused_with_the_field_at_fault()
    {
        var services = new ResourceClient<ModelService>(_connection);
        ApiException refused = await Assert.ThrowsAsync<ApiException>(() => services.CreateAsync(
            new ModelService
            {
                Metadata = new ObjectMeta { Name = "a", Namespace = "default" },
                Spec = new ModelServiceSpec { Release = "r", Replicas = 1000 },
            },
            Cancelled));
        Assert.True(refused.IsInvalid);
        Assert.Contains("spec.replicas", refused.Message);
    }

    [Fact]
    public async Task A_wrong_token_and_an_untrusted_certificate_are_told_apart()
    {
        using KubernetesConnection stranger = KubernetesConnection.Open(new KubernetesConnectionOptions
        {
            Server = _server.BaseAddress,
            CertificateAuthorityPem = _server.AuthorityPem,
            BearerToken = "wrong",
        });
        ApiException refused = await Assert.ThrowsAsync<ApiException>(
            () => new ResourceClient<ConfigMap>(stranger).ListAsync(cancellationToken: Cancelled));
        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.StatusCode);
        using KubernetesConnection doubter = KubernetesConnection.Open(
            new KubernetesConnectionOptions { Server = _server.BaseAddress, BearerToken = _server.Token });
        await Assert.ThrowsAsync<HttpRequestException>(
            () => new ResourceClient<ConfigMap>(doubter).ListAsync(cancellationToken: Cancelled));
    }

    [Fact]
    public async Task A_kubeconfig_is_enough_to_connect()
    {
        using KubernetesConnection connection = KubernetesConnection.FromKubeconfig(_server.KubeconfigPath);
        Assert.NotEmpty((await new ResourceClient<Namespace>(connection).ListAsync(cancellationToken: Cancelled)).Items);
    }

    [Fact]
    public async Task The_same_event_again_raises_the_count_of_the_first()
    {
        ConfigMap about = await _client.CreateAsync(Map("a", "1"), Cancelled);
        var recorder = new EventRecorder(
            new ResourceClient<Event>(_connection), new MetricRegistry(), NullLogger<EventRecorder>.Instance, TimeProvider.System);
        using var stop = new CancellationTokenSource();
        Task running = recorder.RunAsync(stop.Token);
        for (int i = 0; i < 3; i++) recorder.Record(about, EventType.Warning, "Broken", "It broke.");
        recorder.Record(about, EventType.Normal, "Fixed", "It works.");
        await stop.CancelAsync();
        await running;
        IReadOnlyList<Event> events = (
            await new ResourceClient<Event>(_connection).ListAsync("default", cancellationToken: Cancelled)).Items;
        Assert.Equal([("Broken", 3), ("Fixed", 1)], events.Select(news => (news.Reason!, news.Count!.Value)).Order());
        Assert.All(events, news => Assert.Equal(about.Metadata.Uid, news.InvolvedObject.Uid));
    }

    [Fact]
    public async Task Only_one_candidate_leads_and_the_next_takes_over_when_it_gives_up()
    {
        var leading = new ConcurrentQueue<string>();
        using var firstStop = new CancellationTokenSource();
        using var secondStop = new CancellationTokenSource();
        var firstLeads = new TaskCompletionSource();
        var secondLeads = new TaskCompletionSource();
        Task first = Candidate("first").RunAsync(Lead("first", firstLeads), firstStop.Token);
        await firstLeads.Task.WaitAsync(TestApi.Deadline, TimeProvider.System, Cancelled);
        Task second = Candidate("second").RunAsync(Lead("second", secondLeads), secondStop.Token);

        // The leader renews several times while the other one waits.
        var leases = new ResourceClient<Lease>(_connection);
        for (int renewals = 0; renewals < 3; renewals++)
        {
            DateTimeOffset? renewed = await RenewedAsync();
            await Eventually.True("the lease is renewed", TestApi.Deadline, async () => await RenewedAsync() > renewed, Cancelled);
        }

        Assert.Equal(["first"], leading);
        await firstStop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await secondLeads.Task.WaitAsync(TestApi.Deadline, TimeProvider.System, Cancelled);
        Assert.Equal(["first", "second"], leading);
        await secondStop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        async Task<DateTimeOffset?> RenewedAsync() =>
            (await leases.GetAsync(new ResourceKey("default", "trireme-operator"), Cancelled)).Spec!.RenewTime;

        LeaderLease Candidate(string identity) => new(
            new ResourceClient<Lease>(_connection),
            new LeaderLeaseOptions { Identity = identity, Retry = TimeSpan.FromMilliseconds(50) },
            NullLogger<LeaderLease>.Instance,
            TimeProvider.System);

        Func<CancellationToken, Task> Lead(string identity, TaskCompletionSource started) => async token =>
        {
            leading.Enqueue(identity);
            started.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
        };
    }

    private static Dictionary<string, string> Data(string value) => new() { ["value"] = value };

    private static ConfigMap Map(string name, string value, string group = "x") => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default", Labels = new Dictionary<string, string> { ["group"] = group } },
        Data = Data(value),
    };
}
