using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Pods;
using Trireme.ApiServer.Tests.Serving;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Pods;

/// <summary>A server that shows its replicas as Pods, with a namespace of its own for each test.</summary>
public sealed class PodServer : IAsyncLifetime
{
    private int _namespaces;

    internal EmbeddedApiServer Server { get; private set; } = null!;

    internal Api Api { get; private set; } = null!;

    internal ScriptedLogs Logs { get; } = new();

    public async ValueTask InitializeAsync()
    {
        Server = await SharedServer.StartAnotherAsync(options => options with
        {
            Pods = new PodFace("node-1", Logs),
            Limits = options.Limits with { MaxLogs = 2 },
        });
        Api = new Api(Server.CreateClient());
    }

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        await Server.DisposeAsync();
    }

    internal async Task<string> NewNamespaceAsync()
    {
        string name = $"pods-{Interlocked.Increment(ref _namespaces)}";
        await Api.PostAsync("/api/v1/namespaces", Meta("v1", "Namespace", name));
        return name;
    }

    internal static string PathOf(string @namespace, string name = "") => $"/api/v1/namespaces/{@namespace}/pods/{name}".TrimEnd('/');

    internal static string Replicas(string @namespace, string name = "") =>
        $"{TriremeGroup}/namespaces/{@namespace}/modelreplicas/{name}".TrimEnd('/');

    internal async Task<JsonObject> CreateAsync(string @namespace, string name, string? status = null)
    {
        JsonObject replica = Replica(name);
        JsonObject made = await Api.PostAsync(Replicas(@namespace), replica);
        return status is null ? made : await StatusAsync(@namespace, name, status);
    }

    internal Task<JsonObject> StatusAsync(string @namespace, string name, string status) =>
        Api.MergeAsync(Replicas(@namespace, name) + "/status", new JsonObject { ["status"] = Parse(status) });

    internal static JsonObject Replica(string name)
    {
        JsonObject replica = Meta("trireme.dev/v1alpha1", "ModelReplica", name);
        replica["metadata"]!["labels"] = Parse("""{"trireme.dev/service":"tiny"}""");
        replica["metadata"]!["finalizers"] = new JsonArray("trireme.dev/drain");
        replica["spec"] = Parse(
            """
            {
              "service":"tiny","release":"tiny-v1","contentHash":"abc","model":{"uri":"file:///models/tiny"},
              "engine":{"name":"trireme"},"resources":{"memory":"512Mi","threads":2},"drainTimeout":"90s"
            }
            """);
        return replica;
    }
}
