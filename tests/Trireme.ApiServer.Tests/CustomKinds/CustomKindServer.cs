using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Tests.Access;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.CustomKinds;

/// <summary>A server on which tests define kinds, each under a name of its own.</summary>
public sealed class CustomKindServer : IAsyncLifetime
{
    public const string Group = "kinds.example.com";
    public const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    private int _kinds;

    internal EmbeddedApiServer Server { get; private set; } = null!;

    internal Api Api { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await SharedServer.StartAnotherAsync(TestAccess.To);
        Api = new Api(Server.CreateClient());
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await Server.DisposeAsync();
    }

    /// <summary>Names that no other test has.</summary>
    internal string NewPlural() => $"things{Interlocked.Increment(ref _kinds)}";

    /// <summary>A kind of one version whose spec has a schema, established.</summary>
    /// <param name="spec">Schema of the spec.</param>
    /// <param name="version">Further members of the version.</param>
    internal async Task<TestKind> DefineAsync(string spec, string version = "{}")
    {
        JsonObject root = Map("""
            {"type":"object","properties":{"status":{"type":"object","properties":{"replicas":{"type":"integer"},"sel":{"type":"string"}}}}}
            """);
        root["properties"]!["spec"] = Parse(spec);
        return await DefineVersionsAsync(Version("v1", root, version));
    }

    internal async Task<TestKind> DefineVersionsAsync(params JsonObject[] versions)
    {
        string plural = NewPlural();
        return await EstablishAsync(Api, Definition(plural, versions));
    }

    internal static JsonObject Version(string name, JsonNode schema, string more = "{}", bool storage = true)
    {
        JsonObject version = Map(more);
        version["name"] = name;
        version["served"] ??= true;
        version["storage"] = storage;
        version["schema"] = new JsonObject { ["openAPIV3Schema"] = schema.DeepClone() };
        return version;
    }

    internal static JsonObject Definition(string plural, params JsonObject[] versions)
    {
        JsonObject definition = Meta("apiextensions.k8s.io/v1", "CustomResourceDefinition", $"{plural}.{Group}");
        definition["spec"] = new JsonObject
        {
            ["group"] = Group,
            ["scope"] = "Namespaced",
            ["names"] = new JsonObject { ["plural"] = plural, ["kind"] = KindOf(plural) },
            ["versions"] = new JsonArray([.. versions.Select(static version => version.DeepClone())]),
        };
        return definition;
    }

    internal static async Task<TestKind> EstablishAsync(Api api, JsonObject definition)
    {
        await api.PostAsync(Definitions, definition);
        var kind = new TestKind(api, definition);
        await kind.UntilAsync("Established", "True");
        return kind;
    }

    internal static string KindOf(string plural) => char.ToUpperInvariant(plural[0]) + plural[1..];

    /// <summary>Waits until something holds.</summary>
    internal static Task UntilAsync(string awaited, Func<Task<bool>> holds) =>
        Eventually.True(awaited, Deadline, holds, TestContext.Current.CancellationToken);
}

/// <summary>A custom kind of a test.</summary>
internal sealed class TestKind(Api api, JsonObject definition)
{
    private readonly string _plural = (string)definition["spec"]!["names"]!["plural"]!;
    private readonly string _group = (string)definition["spec"]!["group"]!;

    public Api Api => api;

    public string Plural => _plural;

    public string Url => $"{CustomKindServer.Definitions}/{_plural}.{_group}";

    public string Kind => (string)definition["spec"]!["names"]!["kind"]!;

    public string Path(string name = "", string version = "v1", string query = "") =>
        $"/apis/{_group}/{version}/namespaces/default/{_plural}{(name.Length > 0 ? "/" + name : "")}{query}";

    public JsonObject Object(string name, string spec, string version = "v1")
    {
        JsonObject document = Meta($"{_group}/{version}", Kind, name);
        document["spec"] = Parse(spec);
        return document;
    }

    public Task<JsonObject> CreateAsync(string name, string spec, int expect = 201, string query = "") =>
        api.PostAsync(Path(query: query), Object(name, spec), expect);

    /// <summary>Watches the objects from now on.</summary>
    public async Task<WatchClient> WatchAsync(string query = "") => await WatchClient.StartAsync(
        api, Path(), $"resourceVersion={(await api.GetAsync(Path(query: "?limit=1"))).Version()}&{query}");

    /// <summary>Changes the definition.</summary>
    public async Task<JsonObject> RedefineAsync(Action<JsonObject> change, int expect = 200)
    {
        JsonObject current = await api.GetAsync(Url);
        change(current);
        return await api.PutAsync(Url, current, expect);
    }

    public Task UntilAsync(string condition, string status) => CustomKindServer.UntilAsync(
        $"{condition} {status} of {_plural}",
        async () => await ConditionAsync(condition) is { } found && (string?)found["status"] == status);

    public async Task<JsonObject?> ConditionAsync(string type) =>
        ((await api.GetAsync(Url))["status"]!["conditions"] as JsonArray ?? []).OfType<JsonObject>()
            .FirstOrDefault(condition => (string?)condition["type"] == type);

    public Task UntilGoneAsync() => CustomKindServer.UntilAsync(
        $"end of {_plural}", async () => (await api.SendTextAsync(HttpMethod.Get, Url, null)).Code == 404);

    /// <summary>The causes of a refusal by their fields.</summary>
    public static Dictionary<string, string> Causes(JsonObject status) => status["details"]!["causes"]!.AsArray()
        .GroupBy(static cause => (string)cause!["field"]!)
        .ToDictionary(
            static field => field.Key, static field => string.Join(" | ", field.Select(static cause => (string)cause!["message"]!)));
}
