using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Resources;
using Trireme.Gateway;
using Trireme.Gateway.Identity;
using Trireme.Gateway.Limits;
using Trireme.Gateway.Routing;
using Trireme.Governance.ApiKeys;
using Trireme.Hosting.Routing;
using Trireme.Kubernetes;
using Trireme.Testing;

namespace Trireme.Tests.Routing;

public class RoutingFeedTests
{
    private const string Hash = "sha256:1111";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_shows_before_all_kinds_have_been_read()
    {
        NewApiKey key = NewKey();
        await using var world = new World(new([Service("chat")]), new([Replica("r", "chat")]), new([key.Secret]));
        Task starting = world.StartAsync();
        world.Services.Listed.SetResult();
        world.Replicas.Listed.SetResult();
        await world.ServiceInformer.WaitForSyncAsync(Cancel);
        await world.ReplicaInformer.WaitForSyncAsync(Cancel);
        Assert.Same(RoutingSnapshot.Empty, world.Routes.Snapshot);
        Assert.False(world.Opens(key));

        // What starts after the feed, as the web server does, starts with a whole view.
        Assert.False(starting.IsCompleted);
        world.Secrets.Listed.SetResult();
        await starting;
        Assert.Equal(1, world.ReplicasOf("chat"));
        Assert.True(world.Opens(key));
    }

    [Fact]
    public async Task Routes_and_keys_both_follow_their_objects()
    {
        NewApiKey key = NewKey();
        await using var world = new World(new(), new(), new());
        await world.StartListedAsync();

        Task routed = world.WhenAsync(() => world.ReplicasOf("chat") == 2);
        world.Services.Put(Service("chat"));
        world.Replicas.Put(Replica("r", "chat"));
        world.Replicas.Put(Replica("s", "chat"));
        await routed;

        Task drained = world.WhenAsync(() => world.ReplicasOf("chat") == 1);
        ModelReplica draining = Replica("s", "chat");
        world.Replicas.Put(draining with { Status = draining.Status! with { Phase = ReplicaPhase.Draining } });
        await drained;

        Task opened = world.WhenAsync(() => world.Opens(key));
        world.Secrets.Put(key.Secret);
        await opened;
        Task revoked = world.WhenAsync(() => !world.Opens(key));
        world.Secrets.Remove(key.Secret);
        await revoked;

        Task gone = world.WhenAsync(() => world.ReplicasOf("chat") is null);
        world.Services.Remove(Service("chat"));
        await gone;
    }

    [Fact]
    public async Task A_burst_of_changes_costs_one_rebuild()
    {
        const int burst = 500;
        await using var world = new World(new(), new(), new());
        using var held = new SemaphoreSlim(0);
        int rebuilds = 0;
        var first = new TaskCompletionSource();
        // The feed is held within its first view while the burst comes in, so that the count does not depend on who is faster.
        world.Feed.Rebuilt += () =>
        {
            if (Interlocked.Increment(ref rebuilds) > 1) return;
            first.SetResult();
            held.Wait(Cancel);
        };
        await world.StartListedAsync();
        await first.Task.WaitAsync(Cancel);

        Task followed = world.WhenAsync(() => world.ReplicasOf($"s{burst - 1}") == 0);
        for (int i = 0; i < burst; i++) world.Services.Put(Service($"s{i}"));
        await Eventually.True(
            "the burst", TimeSpan.FromMinutes(1), () => Task.FromResult(world.ServiceInformer.Snapshot.Keys.Count() == burst), Cancel);
        held.Release();
        await followed;

        Task another = world.WhenAsync(() => world.ReplicasOf("last") == 0);
        world.Services.Put(Service("last"));
        await another;
        Assert.Equal(3, rebuilds);
    }

    [Fact]
    public async Task A_reader_never_misses_what_was_there_all_along()
    {
        const int changes = 300;
        NewApiKey key = NewKey();
        await using var world = new World(new([Service("chat")]), new([Replica("r", "chat")]), new([key.Secret]));
        await world.StartListedAsync();
        Assert.True(world.ReplicasOf("chat") == 1 && world.Opens(key));

        using var over = new CancellationTokenSource();
        Task<int> reading = Task.Run(() =>
        {
            int misses = 0;
            int known = 0;
            while (!over.IsCancellationRequested)
            {
                RoutingSnapshot seen = world.Routes.Snapshot;
                int services = seen.Namespaces["team-a"].Count;
                bool isWhole = seen.Namespaces["team-a"]["chat"].Releases.Single().Replicas.Count == 1;
                // Services are only added, so a view with fewer of them than the one before is an old or a torn one.
                if (!isWhole || services < known || !world.Opens(key)) misses++;
                known = services;
            }

            return misses;
        }, Cancel);
        Task followed = world.WhenAsync(() => world.ReplicasOf($"s{changes - 1}") == 1);
        for (int i = 0; i < changes; i++)
        {
            world.Replicas.Put(Replica($"r{i}", $"s{i}"));
            world.Services.Put(Service($"s{i}"));
            world.Secrets.Put(NewKey().Secret);
        }

        await followed;
        await over.CancelAsync();
        Assert.Equal(0, await reading);
    }

    private static NewApiKey NewKey() => ApiKey.Create("team-a", "test", DateTimeOffset.UnixEpoch);

    private static ModelService Service(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "team-a" },
        Spec = new ModelServiceSpec { Release = "v1" },
        Status = new ModelServiceStatus { Traffic = [new ReleaseTraffic { Name = "v1", ContentHash = Hash, Weight = 100 }] },
    };

    private static ModelReplica Replica(string name, string service) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "team-a" },
        Spec = new ModelReplicaSpec { Service = service, Release = "v1", ContentHash = Hash, Model = ArtifactSource.OfFile("/models/m") },
        Status = new ModelReplicaStatus { Phase = ReplicaPhase.Ready, Endpoint = "http://127.0.0.1:9000" },
    };

    /// <summary>A feed between objects in memory and the tables of a gateway.</summary>
    private sealed class World : IResourceClients, IAsyncDisposable
    {
        private readonly InformerSet _informers;
        private readonly CancellationTokenSource _stop = new();
        private Task _following = Task.CompletedTask;
        private readonly ServiceProvider _gateway;
        private readonly ApiKeyTable _keys;

        public World(ScriptedClient<ModelService> services, ScriptedClient<ModelReplica> replicas, ScriptedClient<Secret> secrets)
        {
            (Services, Replicas, Secrets) = (services, replicas, secrets);
            _gateway = new ServiceCollection().AddLogging().AddTriremeGateway(new GatewayOptions()).BuildServiceProvider();
            Routes = _gateway.GetRequiredService<RoutingTable>();
            _keys = _gateway.GetRequiredService<ApiKeyTable>();
            _informers = new InformerSet(this, NullLoggerFactory.Instance, TimeProvider.System);
            Policies.Listed.SetResult();
            Feed = new RoutingFeed(
                _informers, Routes, _keys, _gateway.GetRequiredService<UsageLimiter>(), new OpenReplicas(), ReplicaPriceList.None);
        }

        public ScriptedClient<ModelService> Services { get; }

        public ScriptedClient<ModelReplica> Replicas { get; }

        public ScriptedClient<Secret> Secrets { get; }

        public ScriptedClient<TenantPolicy> Policies { get; } = new();

        public Informer<ModelService> ServiceInformer => _informers.Of<ModelService>();

        public Informer<ModelReplica> ReplicaInformer => _informers.Of<ModelReplica>();

        public RoutingTable Routes { get; }

        public RoutingFeed Feed { get; }

        public IResourceClient<T> Of<T>()
            where T : class, IResource =>
            (IResourceClient<T>)((object[])[Services, Replicas, Secrets, Policies]).Single(client => client is IResourceClient<T>);

        public async Task StartAsync()
        {
            _following = _informers.RunAsync(_stop.Token);
            await Feed.StartAsync(Cancel);
        }

        public async Task StartListedAsync()
        {
            ListAll();
            await StartAsync();
        }

        public void ListAll()
        {
            Services.Listed.SetResult();
            Replicas.Listed.SetResult();
            Secrets.Listed.SetResult();
        }

        public bool Opens(NewApiKey key) => _keys.Current?.TryIdentify(key.Plaintext, out _) == true;

        /// <summary>Replicas of a service, or null if it is not routed.</summary>
        public int? ReplicasOf(string service) =>
            Routes.Snapshot.Namespaces.GetValueOrDefault("team-a")?.GetValueOrDefault(service)?
                .Releases.Sum(release => release.Replicas.Count);

        /// <summary>Completes with the first view that shows something.</summary>
        public Task WhenAsync(Func<bool> shows)
        {
            var shown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Feed.Rebuilt += () =>
            {
                if (shows()) shown.TrySetResult();
            };
            return shown.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancel);
        }

        public async ValueTask DisposeAsync()
        {
            await Feed.StopAsync(CancellationToken.None);
            Feed.Dispose();
            await _stop.CancelAsync();
            await _following;
            _stop.Dispose();
            await _gateway.DisposeAsync();
        }
    }
}
