using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Gateway.Admission;
using Trireme.Gateway.Identity;
using Trireme.Gateway.Routing;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Tests.Harness;

/// <summary>The gateway on a real server, with one tenant "team-a" and its key. Its time moves only when a test moves it.</summary>
internal sealed class GatewayFixture : IAsyncDisposable
{
    public const string HashV1 = "sha256:1111111111112222222222223333333333334444444444445555555555556666";
    public const string HashV2 = "sha256:aaaaaaaaaaaabbbbbbbbbbbbccccccccccccddddddddddddeeeeeeeeeeeeffff";

    private static readonly DateTimeOffset Created = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    private readonly WebApplication _app;
    private readonly ConcurrentBag<Task> _requests;

    private GatewayFixture(WebApplication app, ConcurrentBag<Task> requests, string key)
    {
        _app = app;
        _requests = requests;
        Key = key;
        // A client that drops an answer closes the connection at once instead of reading on for a while.
        Client = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero })
        {
            BaseAddress = new Uri(app.Urls.First()),
        };
        Client.DefaultRequestHeaders.Authorization = new("Bearer", key);
    }

    public string Key { get; }

    public HttpClient Client { get; }

    public RoutingTable Routes => _app.Services.GetRequiredService<RoutingTable>();

    public IServiceProvider Services => _app.Services;

    public GatewayTime Time => (GatewayTime)_app.Services.GetRequiredService<TimeProvider>();

    public ReplicaQueue Queue => _app.Services.GetRequiredService<ReplicaQueue>();

    /// <summary>Memory that bodies hold.</summary>
    public long HeldBytes => _app.Services.GetRequiredService<BodyMemory>().Held;

    public string Metrics => _app.Services.GetRequiredService<MetricRegistry>().ToText();

    /// <param name="options">Limits of the gateway.</param>
    /// <param name="configure">Registers what the test replaces.</param>
    /// <param name="tellKeys">False leaves the gateway as it is before its host has told it the keys.</param>
    public static async Task<GatewayFixture> StartAsync(
        GatewayOptions? options = null, Action<WebApplicationBuilder>? configure = null, bool tellKeys = true)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddSingleton<TimeProvider>(new GatewayTime());
        configure?.Invoke(builder);
        builder.Services.AddTriremeGateway(options ?? new GatewayOptions());
        WebApplication app = builder.Build();
        var requests = new ConcurrentBag<Task>();
        app.Use(async (context, next) =>
        {
            var over = new TaskCompletionSource();
            requests.Add(over.Task);
            try
            {
                await next(context);
            }
            finally
            {
                over.SetResult();
            }
        });
        app.UseTriremeGateway();
        app.MapTriremeGateway();
        await app.StartAsync();
        NewApiKey key = ApiKey.Create("team-a", "test", DateTimeOffset.UnixEpoch);
        if (tellKeys) app.Services.GetRequiredService<ApiKeyTable>().Update(ApiKeyDirectory.Build([key.Secret]));
        return new GatewayFixture(app, requests, key.Plaintext);
    }

    /// <summary>Ends the gateway as its host does, with time for open requests.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    /// <summary>Waits until every request that has arrived is accounted for, which may be after its client has the answer.</summary>
    public Task SettledAsync() => Task.WhenAll(_requests).WaitAsync(TestContext.Current.CancellationToken);

    /// <summary>Routes the service "chat" to engines of one release.</summary>
    public void Route(params FakeEngine[] engines) => RouteReleases((HashV1, 100, engines));

    /// <summary>Routes the service "chat" to releases with shares of traffic.</summary>
    public void RouteReleases(params (string Hash, int Weight, FakeEngine[] Engines)[] releases) => Routes.Update(Snapshot(releases));

    public static RoutingSnapshot Snapshot(params (string Hash, int Weight, FakeEngine[] Engines)[] releases) => RoutingSnapshot.Build(
        [Service("chat", releases), Service("embed")],
        releases.SelectMany(release => release.Engines.Select(engine => Replica(engine.Name, release.Hash, engine.Endpoint))));

    public static ModelService Service(string name, params (string Hash, int Weight, FakeEngine[] Engines)[] releases) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "team-a", CreationTimestamp = Created },
        Spec = new ModelServiceSpec { Release = "v1" },
        Status = new ModelServiceStatus
        {
            Traffic =
            [
                .. releases.Select(r => new ReleaseTraffic { Name = NameOf(r.Hash), ContentHash = r.Hash, Weight = r.Weight }),
            ],
        },
    };

    public static ModelReplica Replica(string name, string hash, Uri endpoint, ReplicaPhase phase = ReplicaPhase.Ready) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "team-a" },
        Spec = new ModelReplicaSpec
        {
            Service = "chat",
            Release = NameOf(hash),
            ContentHash = hash,
            Model = ArtifactSource.OfFile("/models/m"),
        },
        Status = new ModelReplicaStatus { Phase = phase, Endpoint = endpoint.ToString() },
    };

    public Task<HttpResponseMessage> ChatAsync(bool stream = false, string extra = "") =>
        SendAsync(ChatBody(stream, extra), "/v1/chat/completions", null, TestContext.Current.CancellationToken);

    /// <summary>A chat whose client leaves when the token is cancelled.</summary>
    public Task<HttpResponseMessage> ChatUntilAsync(bool stream, CancellationToken leave) =>
        SendAsync(ChatBody(stream, ""), "/v1/chat/completions", null, leave);

    public Task<HttpResponseMessage> PostAsync(
        string body, string path = "/v1/chat/completions", (string Name, string Value)? header = null) =>
        SendAsync(body, path, header, TestContext.Current.CancellationToken);

    public static async Task<JsonElement> ErrorAsync(HttpResponseMessage response)
    {
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        return document.RootElement.GetProperty("error").Clone();
    }

    /// <summary>The value of a series whose labels contain all the given texts; 0 when absent.</summary>
    public double Metric(string name, params string[] labels) => Metrics.Split('\n')
        .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal))
        .Where(line => labels.All(label => line.Contains(label, StringComparison.Ordinal)))
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private static string ChatBody(bool stream, string extra) =>
        $"{{\"model\":\"chat\",\"messages\":[]{(stream ? ",\"stream\":true" : "")}{extra}}}";

    private Task<HttpResponseMessage> SendAsync(
        string body, string path, (string Name, string Value)? header, CancellationToken cancellationToken)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (header is { } added) message.Headers.TryAddWithoutValidation(added.Name, added.Value);
        return Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private static string NameOf(string hash) => hash == HashV1 ? "v1" : "v2";
}
