using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.ApiServer.Hosting;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Integration.Tests.Operator;
using Trireme.Kubernetes;
using Trireme.Testing;

namespace Trireme.Integration.Tests.Kubernetes;

public sealed class InformerTests : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<string> _changes = new();
    private EmbeddedApiServer? _server;
    private KubernetesConnection? _connection;
    private Task _running = Task.CompletedTask;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private ResourceClient<ConfigMap> Client => new(_connection!);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _connection?.Dispose();
        if (_server is not null) await _server.DisposeAsync();
        _folder.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task The_snapshot_follows_the_server_and_each_change_is_announced_once_after_it_shows()
    {
        await StartServerAsync();
        await Client.CreateAsync(Map("before"), Cancelled);
        Informer<ConfigMap> informer = Follow();
        await informer.WaitForSyncAsync(Cancelled);
        Assert.NotNull(informer.Snapshot.Find(Key("before")));
        ConfigMap created = await Client.CreateAsync(Map("a"), Cancelled);
        await Client.ReplaceAsync(created with { Data = new Dictionary<string, string> { ["k"] = "v" } }, Cancelled);
        await Client.DeleteAsync(Key("before"), cancellationToken: Cancelled);
        await Shown("the deletion", () => informer.Snapshot.Find(Key("before")) is null);
        Assert.Equal("v", informer.Snapshot.Find(Key("a"))!.Data!["k"]);
        await Shown("all announced", () => _changes.Count == 4);
        Assert.Equal(["before", "a", "a", "before"], _changes);
    }

    [Fact]
    public async Task A_long_list_is_read_in_pages()
    {
        await StartServerAsync();
        for (int i = 0; i < 7; i++) await Client.CreateAsync(Map($"m{i}"), Cancelled);
        Informer<ConfigMap> informer = Follow(new InformerOptions { PageSize = 2 });
        await informer.WaitForSyncAsync(Cancelled);
        Assert.Equal(7, informer.Snapshot.Count);
    }

    [Theory]
    [InlineData(10_000, "the watch resumes where it was")]
    [InlineData(2, "the revision is expired and the list is read again")]
    public async Task Nothing_is_missed_while_the_server_is_away(int historyLength, string how)
    {
        await StartServerAsync();
        await Client.CreateAsync(Map("stays"), Cancelled);
        await Client.CreateAsync(Map("goes"), Cancelled);
        Informer<ConfigMap> informer = Follow(new InformerOptions
        {
            // Long enough for the changes below to be made before the informer is back.
            Retry = new Backoff { First = TimeSpan.FromMilliseconds(500), Longest = TimeSpan.FromMilliseconds(500) },
        });
        await informer.WaitForSyncAsync(Cancelled);
        await Shown(how, () => informer.Snapshot.Count == 2);
        await RestartServerAsync(historyLength);
        await Client.DeleteAsync(Key("goes"), cancellationToken: Cancelled);
        for (int i = 0; i < 5; i++) await Client.CreateAsync(Map($"new{i}"), Cancelled);
        await Shown(how, () => informer.Snapshot.Count == 6 && informer.Snapshot.Find(Key("goes")) is null);
        await Shown("all announced", () => _changes.Count == 8);
        Assert.Equal(["goes", "new0", "new1", "new2", "new3", "new4"], _changes.Skip(2).Order());
    }

    private static Task Shown(string what, Func<bool> shows) =>
        Eventually.True(what, TestApi.Deadline, () => Task.FromResult(shows()), Cancelled);

    private static ResourceKey Key(string name) => new("default", name);

    private static ConfigMap Map(string name) => new() { Metadata = new ObjectMeta { Name = name, Namespace = "default" } };

    private async Task StartServerAsync(int port = 0, int historyLength = 10_000)
    {
        _server = await EmbeddedApiServer.StartAsync(
            new EmbeddedApiServerOptions
            {
                DataFolder = _folder.Path,
                Port = port,
                Configure = options => options with { Limits = new() { HistoryLength = historyLength } },
            },
            Cancelled);
        _connection ??= TestPlatform.Connect(_server);
    }

    private async Task RestartServerAsync(int historyLength)
    {
        int port = _server!.BaseAddress.Port;
        await _server.DisposeAsync();
        await StartServerAsync(port, historyLength);
    }

    private Informer<ConfigMap> Follow(InformerOptions? options = null)
    {
        var informer = new Informer<ConfigMap>(Client, NullLogger<Informer<ConfigMap>>.Instance, TimeProvider.System, options);
        informer.Changed += key => _changes.Enqueue(key.Name);
        _running = informer.RunAsync(_stop.Token);
        return informer;
    }
}
