using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Schema;
using Trireme.Testing;

namespace Trireme.ApiServer.Tests.Storage;

/// <summary>A store of its own in a temporary folder, with a namespace to write into.</summary>
internal sealed class StoreHarness : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ApiServerLimits _limits;

    private StoreHarness(ApiServerLimits limits)
    {
        _limits = limits;
        Store = Open();
    }

    public ServedResources Resources { get; } = new(ResourceCatalog.All);

    public ServedResource ConfigMaps => Resources.Find("configmaps")!;

    public string DatabasePath => _folder.File("objects.db");

    public ObjectStore Store { get; private set; }

    /// <summary>Moved by hand.</summary>
    public FakeTimeProvider Time { get; } = new();

    public static Task<StoreHarness> StartAsync(int historyLength = 1000, int queueLength = 1000) =>
        StartAsync(new ApiServerLimits { HistoryLength = historyLength, WatchQueueLength = queueLength });

    public static async Task<StoreHarness> StartAsync(ApiServerLimits limits)
    {
        var harness = new StoreHarness(limits);
        await harness.Store.WriteAsync(WriteRequest.Create(new ObjectKey(harness.Resources.Namespace, "", "default"), Namespace()));
        return harness;
    }

    public ObjectKey Key(string name) => new(ConfigMaps, "default", name);

    public async Task<WriteResult> CreateAsync(string name) => await Store.WriteAsync(WriteRequest.Create(Key(name), Document(name)));

    /// <summary>A second store over the same file.</summary>
    public ObjectStore OpenAgain() => Open();

    public async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = Open();
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        _folder.Dispose();
    }

    public static JsonObject Document(string name) => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = "default", ["uid"] = Guid.NewGuid().ToString() },
    };

    private static JsonObject Namespace() => new()
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Namespace",
        ["metadata"] = new JsonObject { ["name"] = "default", ["uid"] = Guid.NewGuid().ToString() },
    };

    private ObjectStore Open() => ObjectStore.Open(DatabasePath, Resources, _limits, Time);
}
