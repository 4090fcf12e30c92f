using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Schema;
using Trireme.Testing;

namespace Trireme.ApiServer.Tests.GarbageCollection;

/// <summary>A store with a collector that can be stopped and started over it at any time.</summary>
internal sealed class CollectorHarness : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private ObjectStore _store;
    private GarbageCollector? _collector;

    public CollectorHarness()
    {
        Resources = new ServedResources(
        [
            .. ResourceCatalog.All,
            ResourceCatalog.ConfigMaps with { Plural = "clusterthings", Kind = "ClusterThing", Namespaced = false, ShortNames = [] },
        ]);
        _store = Open();
    }

    public ServedResources Resources { get; }

    public long Revision => _store.Changes.Revision;

    public ObjectWriter Writer => new(_store, Resources);

    public ObjectDeletion Deletion => new(_store, Writer, TimeProvider.System);

    public StoredObject? Get(ObjectKey key) => _store.Get(key);

    /// <summary>Everything that takes part: no namespaces and no events.</summary>
    public IEnumerable<OwnedObject> Objects() => OwnershipModel.Kinds.Keys
        .SelectMany(kind => _store.List(new ListQuery(Resources.FindKind("v1", kind)!, "")).Objects)
        .Select(stored => OwnedObject.Of(stored.Document));

    public async Task CreateAsync(ObjectKey key, JsonObject metadata)
    {
        metadata["name"] = key.Name;
        if (key.Namespace.Length > 0) metadata["namespace"] = key.Namespace;
        metadata["uid"] ??= Guid.NewGuid().ToString();
        var document = new JsonObject { ["apiVersion"] = "v1", ["kind"] = key.Resource.Definition.Kind, ["metadata"] = metadata };
        Assert.False((await Writer.CreateAsync(key, PreparedObject.Of(document))).Failed(out StatusError? error, out _), error?.Message);
    }

    public async Task StartAsync()
    {
        var graph = new OwnerGraph(_store, Resources);
        ObjectDeletion deletion = Deletion;
        var dependents = new DependentCollector(
            graph,
            deletion,
            new UseProtection(_store, Resources, graph),
            new OwnerEvents(new ObjectEvents(Writer, Resources, TimeProvider.System)));
        _collector = new GarbageCollector(
            _store,
            graph,
            dependents,
            new NamespaceEmptier(_store, Resources, deletion, TimeProvider.System),
            deletion,
            Resources,
            new ApiServerOptions { DatabasePath = _folder.File("objects.db"), Authenticators = [] },
            NullLogger<GarbageCollector>.Instance);
        await _collector.StartAsync(CancellationToken.None);
    }

    /// <summary>Ends the collector wherever it is and closes the store, as at the end of a process.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await _store.DisposeAsync();
        _store = Open();
        await StartAsync();
    }

    public async Task SettledAsync()
    {
        var waited = Stopwatch.StartNew();
        while (_collector!.SettledRevision != Revision)
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), "The collector has not come to an end.");
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System);
        }
    }

    /// <summary>Cuts an object's text in the database, whose reader then knows nothing of the object but its name.</summary>
    public async Task DamageAsync(string name)
    {
        await _store.DisposeAsync();
        using (var connection = new SqliteConnection($"Data Source={_folder.File("objects.db")};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand cut = connection.CreateCommand();
            cut.CommandText = "UPDATE objects SET document = CAST('{\"kind\":' AS BLOB) WHERE name = $name";
            cut.Parameters.AddWithValue("$name", name);
            Assert.Equal(1, cut.ExecuteNonQuery());
        }

        _store = Open();
    }

    public async Task StopAsync()
    {
        if (_collector is null) return;
        await _collector.StopAsync(CancellationToken.None);
        _collector.Dispose();
        _collector = null;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    private ObjectStore Open() => ObjectStore.Open(_folder.File("objects.db"), Resources, new ApiServerLimits());
}
