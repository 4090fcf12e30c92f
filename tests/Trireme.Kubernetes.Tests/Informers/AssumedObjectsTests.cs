using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Testing;

namespace Trireme.Kubernetes.Tests.Informers;

public sealed class AssumedObjectsTests : IDisposable
{
    private static readonly AssumptionLifetimes Lifetimes = new(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(3));

    private readonly TimeDriver _driver = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly MetricRegistry _metrics = new();
    private readonly MemoryApi _api;
    private readonly Informer<ConfigMap> _informer;
    private readonly AssumedObjects<ConfigMap> _assumed;

    public AssumedObjectsTests()
    {
        _api = new MemoryApi(_driver.Time);
        _informer = new Informer<ConfigMap>(_api.Of<ConfigMap>(), NullLogger<Informer<ConfigMap>>.Instance, _driver.Time);
        _assumed = new AssumedObjects<ConfigMap>(
            _informer,
            static (map, at) => map with { Metadata = map.Metadata with { DeletionTimestamp = at } },
            Lifetimes,
            _metrics.Counter("expired", "Test.").With(),
            _driver.Time);
        ConfigMap owner = new() { Metadata = new ObjectMeta { Name = "owner", Namespace = "default" } };
        Owner = _driver.Await(() => Client.CreateAsync(owner)).Metadata.Uid!;
    }

    /// <summary>Uid of an object that owns the others; the API server collects what has no owner any more.</summary>
    private string Owner { get; }

    private IResourceClient<ConfigMap> Client => _api.Of<ConfigMap>();

    [Fact]
    public void A_created_object_is_there_at_once_and_once_only_when_it_is_reported()
    {
        Follow();
        _assumed.AssumeCreated(Map("a"));
        Assert.Equal(["a"], Owned());
        _driver.Await(() => Client.CreateAsync(Map("a")));
        _driver.RunUntilIdle();
        Assert.Equal(["a"], Owned());
        Assert.Equal(0, _assumed.Count);
        Assert.NotNull(_assumed.Find(Key("a"))!.Metadata.Uid);
    }

    [Fact]
    public void An_object_that_is_gone_before_its_creation_was_reported_is_gone()
    {
        Follow();
        _assumed.AssumeCreated(Map("a"));
        _driver.Await(() => Client.CreateAsync(Map("a")));
        _driver.Await(() => Client.DeleteAsync(Key("a")));
        _driver.RunUntilIdle();
        Assert.Empty(Owned());
        Assert.Null(_assumed.Find(Key("a")));
    }

    [Fact]
    public void A_creation_that_failed_is_taken_back()
    {
        Follow();
        _assumed.AssumeCreated(Map("a"));
        _assumed.AssumeCreated(Map("b"));
        _assumed.Forget(Key("a"));
        Assert.Equal(["b"], Owned());
    }

    [Theory]
    [InlineData(false, 10)]
    [InlineData(true, 180)]
    public void A_write_that_is_never_reported_is_believed_for_longer_once_it_is_confirmed(bool confirmed, int seconds)
    {
        Follow();
        _assumed.AssumeCreated(Map("a"));
        if (confirmed) _assumed.Confirm(Key("a"));
        _driver.AdvanceBy(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(["a"], Owned());
        _driver.AdvanceBy(TimeSpan.FromMilliseconds(1));
        Assert.Empty(Owned());
        Assert.Contains("expired 1", _metrics.ToText());
    }

    [Fact]
    public void A_deleted_object_shows_its_deletion_until_it_is_reported_whatever_else_changes()
    {
        _driver.Await(() => Client.CreateAsync(Map("a")));
        Follow();
        _assumed.AssumeDeleted(_assumed.Find(Key("a"))!);
        Assert.True(_assumed.Find(Key("a"))!.Metadata.IsDeleting);

        ConfigMap current = _driver.Await(() => Client.GetAsync(Key("a")));
        _driver.Await(() => Client.ReplaceAsync(current with { Data = new Dictionary<string, string> { ["x"] = "y" } }));
        _driver.RunUntilIdle();
        Assert.True(Assert.Single(_assumed.OwnedBy(Owner)).Metadata.IsDeleting);

        _driver.Await(() => Client.DeleteAsync(Key("a")));
        _driver.RunUntilIdle();
        Assert.Empty(Owned());
        Assert.Equal(0, _assumed.Count);
    }

    [Fact]
    public void An_object_whose_creation_is_not_reported_yet_is_there_again_when_its_deletion_failed()
    {
        Follow();
        _assumed.AssumeCreated(Map("a"));
        _assumed.Confirm(Key("a"));
        _assumed.AssumeDeleted(_assumed.Find(Key("a"))!);
        Assert.True(Assert.Single(_assumed.OwnedBy(Owner)).Metadata.IsDeleting);
        _assumed.Forget(Key("a"));
        Assert.False(Assert.Single(_assumed.OwnedBy(Owner)).Metadata.IsDeleting);
    }

    [Fact]
    public void The_report_of_a_creation_does_not_end_the_deletion_that_was_assumed_after_it()
    {
        Follow();
        _assumed.AssumeCreated(Map("a"));
        _assumed.AssumeDeleted(_assumed.Find(Key("a"))!);
        _driver.Await(() => Client.CreateAsync(Map("a")));
        _driver.RunUntilIdle();
        Assert.True(Assert.Single(_assumed.OwnedBy(Owner)).Metadata.IsDeleting);
        _driver.Await(() => Client.DeleteAsync(Key("a")));
        _driver.RunUntilIdle();
        Assert.Empty(Owned());
        Assert.Equal(0, _assumed.Count);
    }

    [Fact]
    public void A_changed_object_is_seen_as_written_until_something_newer_is_reported()
    {
        _driver.Await(() => Client.CreateAsync(Map("a")));
        Follow();
        ConfigMap before = _assumed.Find(Key("a"))!;
        ConfigMap written = before with
        {
            Metadata = before.Metadata with { ResourceVersion = "999" },
            Data = new Dictionary<string, string> { ["x"] = "mine" },
        };
        _assumed.AssumeChanged(before, written);
        Assert.Equal("mine", _assumed.Find(Key("a"))!.Data!["x"]);

        _driver.Await(() => Client.ReplaceAsync(before with { Data = new Dictionary<string, string> { ["x"] = "theirs" } }));
        _driver.RunUntilIdle();
        Assert.Equal("theirs", _assumed.Find(Key("a"))!.Data!["x"]);

        // An answer that comes after the report of its write, or of a later one, changes nothing any more.
        _assumed.AssumeChanged(before, written);
        Assert.Equal("theirs", _assumed.Find(Key("a"))!.Data!["x"]);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _driver.RunUntilIdle();
        _driver.Dispose();
        _stop.Dispose();
    }

    private void Follow()
    {
        _driver.Start(() => _informer.RunAsync(_stop.Token));
        _driver.RunUntil("the first list", () => _informer.HasSynced);
    }

    private IEnumerable<string> Owned() => _assumed.OwnedBy(Owner).Select(map => map.Metadata.Name).Order(StringComparer.Ordinal);

    private static ResourceKey Key(string name) => new("default", name);

    private ConfigMap Map(string name) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = "default",
            OwnerReferences = [new OwnerReference { ApiVersion = "v1", Kind = "ConfigMap", Name = "owner", Uid = Owner }],
        },
    };
}
