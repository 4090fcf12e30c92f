using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Schema;
using Trireme.Testing;

namespace Trireme.ApiServer.Tests.Storage;

/// <summary>A store of its own in a temporary folder, with a namespace to write into.</summary>
internal sealed class StoreHarness : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly int _historyLength;
    private readonly int _queueLength;

    private StoreHarness(int historyLength, int queueLength)
    {
        _historyLength = historyLength;
        _queueLength = queueLength;
        Store = Open();
    }

    public ServedResources Resources { get; } = new(ResourceCatalog.All);

    public ServedResource ConfigMaps => Resources.Find("configmaps")!;

    public string DatabasePath => _folder.File("objects.db");

    public ObjectStore Store { get; private set; }

    public static async Task<StoreHarness> StartAsync(int historyLength = 1000, int queueLength = 1000)
    {
        var harness = new StoreHarness(historyLength, queueLength);
        await harness.Store.WriteAsync(WriteRequest.Create(new ObjectKey(harness.Resources.Namespace, "", "default"), Document("default")));
        return harness;
    }

    public ObjectKey Key(string name) => new(ConfigMaps, "default", name);

    public async Task<WriteResult> CreateAsync(string name) => await Store.WriteAsync(WriteRequest.Create(Key(name), Document(name)));

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
        ["metadata"] = new JsonObject { ["name"] = name, ["uid"] = Guid.NewGuid().ToString() },
    };

    private ObjectStore Open() => ObjectStore.Open(DatabasePath, Resources, _historyLength, _queueLength);
}
