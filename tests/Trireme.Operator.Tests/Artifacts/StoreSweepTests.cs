using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Operator.Artifacts;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Artifacts;

public sealed class StoreSweepTests : IAsyncLifetime
{
    private const string Address = "hf://org/tiny@main";

    private static readonly TimeSpan Grace = TimeSpan.FromHours(24);

    private readonly FakeTimeProvider _time = new();
    private readonly List<Release> _releases = [];
    private readonly List<ModelReplica> _replicas = [];
    private HubServer _hub = null!;
    private FetchBench _bench = null!;
    private ArtifactKeeper _keeper = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await HubServer.StartAsync();
        _hub.Add("config.json", "{}");
        _hub.Add("a/model.gguf", "GGUF-a");
        _hub.Add("b/model.gguf", "GGUF-b");
        _bench = new FetchBench(new ArtifactOptions { HubEndpoint = _hub.Endpoint });
        var informers = new InformerSet(new MemoryApi(_time), NullLoggerFactory.Instance, _time);
        _keeper = new ArtifactKeeper(_bench.Store, informers, _bench.Options, NullLogger<ArtifactKeeper>.Instance, _time);
    }

    public async ValueTask DisposeAsync()
    {
        _bench.Dispose();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task What_no_release_names_goes_after_the_grace_period_and_not_before()
    {
        string kept = await _bench.FetchedAsync($"{Address}/a/model.gguf");
        string gone = await _bench.FetchedAsync($"{Address}/b/model.gguf");
        Name("r", $"{Address}/a/model.gguf");
        SweepAfter(TimeSpan.Zero);
        SweepAfter(TimeSpan.Zero);
        SweepAfter(Grace - TimeSpan.FromSeconds(1));
        Assert.True(File.Exists(gone));
        SweepAfter(TimeSpan.FromSeconds(2));
        Assert.False(File.Exists(gone));
        Assert.Equal("GGUF-a", await File.ReadAllTextAsync(kept, TestContext.Current.CancellationToken));
        Assert.Single(_bench.Files("blobs"));
        Assert.Single(_bench.Files("sources"));
        Assert.Single(Directory.EnumerateDirectories(_bench.Store.Layout.Trees));
        Assert.Contains("models--org--tiny/snapshots/" + HubServer.Commit + "/a/model.gguf", _bench.Files("hub"));
        Assert.DoesNotContain("models--org--tiny/snapshots/" + HubServer.Commit + "/b/model.gguf", _bench.Files("hub"));
    }

    [Fact]
    public async Task What_is_named_again_in_time_stays_and_its_period_begins_anew()
    {
        string file = await _bench.FetchedAsync($"{Address}/a/model.gguf");
        SweepAfter(TimeSpan.Zero);
        SweepAfter(TimeSpan.FromSeconds(1));
        SweepAfter(Grace / 2);
        Name("r", $"{Address}/a/model.gguf");
        SweepAfter(Grace);
        _releases.Clear();
        SweepAfter(TimeSpan.FromSeconds(1));
        SweepAfter(Grace - TimeSpan.FromSeconds(2));
        Assert.True(File.Exists(file));
        SweepAfter(TimeSpan.FromSeconds(3));
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task What_a_replica_runs_stays_without_its_release()
    {
        string file = await _bench.FetchedAsync($"{Address}/a/model.gguf");
        _replicas.Add(new ModelReplica
        {
            Metadata = new ObjectMeta { Name = "s-1", Namespace = "default" },
            Spec = new ModelReplicaSpec { Service = "s", Release = "gone", ContentHash = "h", Model = ArtifactSource.OfFile(file) },
        });
        SweepAfter(TimeSpan.Zero);
        SweepAfter(TimeSpan.FromSeconds(1));
        SweepAfter(Grace * 2);
        Assert.True(File.Exists(file));
    }

    [Fact]
    public async Task What_a_crash_left_goes_and_what_a_fetch_holds_does_not()
    {
        await _bench.FetchedAsync($"{Address}/a/model.gguf");
        Name("r", $"{Address}/a/model.gguf");
        await File.WriteAllTextAsync(Path.Combine(_bench.Store.Layout.Partial, "left"), "x", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_bench.Store.Layout.Partial, "held"), "x", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(_bench.Store.Layout.Blob(new string('0', 64)), "x", TestContext.Current.CancellationToken);
        Directory.CreateDirectory(_bench.Store.Layout.Tree("half.tmp"));
        string half = Path.Combine(_bench.Store.Layout.Sources, "half.json.tmp");
        await File.WriteAllTextAsync(half, "{", TestContext.Current.CancellationToken);
        using HeldNames.Holder holder = _bench.Store.Held.Begin();
        holder.Add("held");
        SweepAfter(TimeSpan.Zero);
        SweepAfter(TimeSpan.FromSeconds(1));
        SweepAfter(Grace);
        Assert.Equal(["held"], _bench.Files("partial"));
        Assert.Single(_bench.Files("blobs"));
        Assert.Single(_bench.Files("sources"));
        Assert.Single(Directory.EnumerateDirectories(_bench.Store.Layout.Trees));
    }

    private void SweepAfter(TimeSpan pause)
    {
        _time.Advance(pause);
        _keeper.Sweep(_releases, _replicas);
    }

    private void Name(string name, string address) => _releases.Add(new Release
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = address } },
        Status = new ReleaseStatus { Sources = [new SourceStatus { Address = address, Revision = HubServer.Commit }] },
    });
}
