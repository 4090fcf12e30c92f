using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.OpenAi;
using Trireme.Testing;
using Trireme.Testing.Authorisation;
using Trireme.Worker.Hosting;
using Trireme.Worker.Onnx;

namespace Trireme.Worker.Tests;

/// <summary>Whom a worker obeys: with a key, those who present it and nobody else, whatever they ask.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private RunningWorker _worker = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string KeyFile => _folder.File("worker.key");

    public async ValueTask InitializeAsync()
    {
        ReplicaKey.Create().Write(KeyFile);
        _worker = await RunningWorker.StartAsync(
            options => options with { ApiKeyFile = KeyFile, AllowedOrigins = ["https://chat.example"] });
    }

    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task No_route_answers_without_the_key_and_no_other_address_does()
    {
        using var stranger = new HttpClient { BaseAddress = _worker.Http.BaseAddress };
        List<(string Method, string Path)> asked = [.. Routes(), ("GET", "/nowhere"), ("PATCH", "/v1/completions"), ("OPTIONS", "/health")];
        Assert.True(asked.Count > 30, $"{asked.Count} routes");
        foreach ((string method, string path) in asked)
        {
            foreach (string? presented in (string?[])[null, "Bearer wrong-key-of-the-right-length-0123456789", "Basic dXNlcg==", "Bearer"])
            {
                using var request = new HttpRequestMessage(HttpMethod.Parse(method), path);
                if (presented is not null) request.Headers.TryAddWithoutValidation("Authorization", presented);
                using HttpResponseMessage answer = await stranger.SendAsync(request, Cancel);
                Assert.True(
                    answer.StatusCode == HttpStatusCode.Unauthorized,
                    $"{method} {path} with {presented ?? "nothing"}: {answer.StatusCode}");
                Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
            }
        }

        // Nothing that was ordered has been done.
        Assert.Equal(HttpStatusCode.OK, (await _worker.GetAsync("/health")).Status);
        Assert.False((await _worker.GetAsync("/is_sleeping")).Json.GetProperty("is_sleeping").GetBoolean());
    }

    [Fact]
    public async Task A_refusal_has_the_form_that_the_routes_clients_read()
    {
        using var stranger = new HttpClient { BaseAddress = _worker.Http.BaseAddress };
        Reply chat = await Reply.ReadAsync(await stranger.PostAsync("/v1/chat/completions", RunningWorker.Json("{}"), Cancel));
        Assert.Equal("invalid_api_key", chat.Error.GetProperty("code").GetString());
        Reply infer = await Reply.ReadAsync(await stranger.GetAsync("/v2/models/m", Cancel));
        Assert.Contains("key", infer.Error.GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_presented_keys_are_none()
    {
        string key = ReplicaKey.Read(KeyFile).ToAuthorization();
        string answer = await RawHttp.SendAsync(
            _worker.Http.BaseAddress!,
            $"GET /health HTTP/1.1\r\nHost: localhost\r\nAuthorization: {key}\r\nAuthorization: {key}\r\nConnection: close\r\n\r\n",
            Cancel);
        Assert.StartsWith("HTTP/1.1 401 ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bodies_of_strangers_take_no_room_from_those_with_the_key()
    {
        var strangers = new List<TcpClient>();
        for (int i = 0; i < 4; i++)
        {
            var stranger = new TcpClient();
            strangers.Add(stranger);
            await stranger.ConnectAsync(_worker.Http.BaseAddress!.Host, _worker.Http.BaseAddress.Port, Cancel);
            await stranger.GetStream().WriteAsync(
                "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 16777216\r\n\r\n"u8.ToArray(), Cancel);
        }

        Reply served = await _worker.PostAsync("/v1/completions", new CompletionRequest { Prompt = "a", MaxTokens = 1 });
        Assert.Equal(HttpStatusCode.OK, served.Status);

        // Each is turned away without its body.
        foreach (TcpClient stranger in strangers)
        {
            using var reader = new StreamReader(stranger.GetStream());
            Assert.Equal("HTTP/1.1 401 Unauthorized", await reader.ReadLineAsync(Cancel));
            stranger.Dispose();
        }
    }

    [Fact]
    public async Task A_browser_may_ask_without_the_key_whether_its_page_may_send_it()
    {
        using var browser = new HttpClient { BaseAddress = _worker.Http.BaseAddress };
        using var asks = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
        asks.Headers.Add("Origin", "https://chat.example");
        asks.Headers.Add("Access-Control-Request-Method", "POST");
        asks.Headers.Add("Access-Control-Request-Headers", "authorization");
        using HttpResponseMessage may = await browser.SendAsync(asks, Cancel);
        Assert.Equal(HttpStatusCode.NoContent, may.StatusCode);
        Assert.True(may.Headers.Contains("Access-Control-Allow-Origin"));

        // A page can read that its key was missing.
        using var calls = new HttpRequestMessage(HttpMethod.Get, "/v1/models");
        calls.Headers.Add("Origin", "https://chat.example");
        using HttpResponseMessage refused = await browser.SendAsync(calls, Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.True(refused.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("Host", "evil.example", 421, "foreign_host")]
    [InlineData("Origin", "https://evil.example", 403, "foreign_origin")]
    [InlineData("Sec-Fetch-Site", "cross-site", 403, "foreign_origin")]
    public async Task Foreign_names_and_pages_are_refused_with_the_key_and_by_a_worker_without_one(
        string header, string value, int status, string code)
    {
        await using RunningWorker open = await RunningWorker.StartAsync();
        foreach (RunningWorker worker in (RunningWorker[])[_worker, open])
        {
            foreach (string path in (string[])["/health", "/v1/models", "/metrics", "/nowhere"])
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, path);
                request.Headers.TryAddWithoutValidation(header, value);
                Reply reply = await Reply.ReadAsync(await worker.Http.SendAsync(request, Cancel));
                Assert.Equal(((HttpStatusCode)status, code), (reply.Status, reply.Error.GetProperty("code").GetString()));
            }
        }
    }

    [Theory]
    [InlineData("a file that is not there", null)]
    [InlineData("an empty file", "\n")]
    [InlineData("a key that could be guessed", "secret")]
    [InlineData("a file of several lines", "0123456789abcdef\n0123456789abcdef\n")]
    public async Task A_worker_does_not_start_open_for_want_of_its_key(string sentence, string? content)
    {
        string file = _folder.File("other.key");
        if (content is not null) await File.WriteAllTextAsync(file, content, Cancel);
        int exit = await WorkerHost.RunAsync(
            new WorkerOptions { ModelPath = _folder.Path, ApiKeyFile = file, LogLevel = LogLevel.None }, Cancel, CancellationToken.None);
        Assert.True(exit == WorkerExitCode.Failed, sentence);
    }

    [Fact]
    public void Every_route_is_classified()
    {
        string differences = RouteTable.Differences("worker", Endpoints().Select(route =>
            ((IEnumerable<string>)route.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods, route.RoutePattern.RawText!)));
        Assert.True(differences.Length == 0, $"{RouteTable.Path}:\n{differences}");
    }

    /// <summary>Every route of both kinds of worker, with something in the place of its variables.</summary>
    private static IEnumerable<(string Method, string Path)> Routes()
    {
        foreach (RouteEndpoint route in Endpoints())
        {
            string path = "/" + string.Join('/', route.RoutePattern.PathSegments.Select(segment =>
                segment.IsSimple && segment.Parts[0] is RoutePatternLiteralPart literal ? literal.Content : "x"));
            IReadOnlyList<string> methods = route.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods;
            foreach (string method in methods) yield return (method, path);
        }
    }

    private static IEnumerable<RouteEndpoint> Endpoints()
    {
        var options = new WorkerOptions { ModelPath = "/m" };
        var identity = new WorkerIdentity(options);
        var lifecycle = new WorkerLifecycle();
        var metrics = new MetricRegistry();
        IModelServing[] kinds =
        [
            new TokenServing(options, identity, lifecycle, metrics, NullLoggerFactory.Instance, TimeProvider.System),
            new OnnxServing(options, identity, lifecycle, new MetricRegistry(), NullLoggerFactory.Instance, TimeProvider.System),
        ];
        foreach (IModelServing kind in kinds)
        {
            var application = new WorkerApplication(
                identity, lifecycle, kind, new MetricRegistry(), NullLoggerFactory.Instance, TimeProvider.System);
            using WebApplication built = application.Build(new IPEndPoint(IPAddress.Loopback, 0));
            IEnumerable<Endpoint> endpoints = ((IEndpointRouteBuilder)built).DataSources.SelectMany(source => source.Endpoints);
            foreach (RouteEndpoint route in endpoints.OfType<RouteEndpoint>()) yield return route;
        }
    }
}
