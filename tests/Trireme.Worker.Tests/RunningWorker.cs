using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Identity;
using Trireme.Contracts.OpenAi;
using Trireme.Testing;

namespace Trireme.Worker.Tests;

/// <summary>A worker in this process with a real engine and a real server.</summary>
public sealed class RunningWorker : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly CancellationTokenSource _stop = new();

    private RunningWorker(TemporaryFolder folder, WorkerOptions options)
    {
        _folder = folder;
        Exit = WorkerHost.RunAsync(options, _stop.Token, CancellationToken.None);
    }

    /// <summary>The exit code, once the worker has ended.</summary>
    public Task<int> Exit { get; }

    public HttpClient Http { get; private set; } = new();

    public static async Task<RunningWorker> StartAsync(Func<WorkerOptions, WorkerOptions>? configure = null)
    {
        var folder = new TemporaryFolder();
        var options = new WorkerOptions
        {
            ModelPath = TinyModel.Write(folder.File("tiny")),
            EndpointFile = folder.File("endpoint.json"),
            ReleaseName = "tiny-1",
            ContentHash = "sha256:0123456789abcdef0123456789abcdef",
            KvCacheBytes = 64 << 20,
            LogLevel = LogLevel.None,
        };
        if (configure is not null) options = configure(options);
        var worker = new RunningWorker(folder, options);
        worker.Http = await ConnectAsync(options.EndpointFile!, worker.Exit, options.ApiKeyFile);
        return worker;
    }

    /// <summary>Waits until the worker behind an endpoint file is ready.</summary>
    internal static async Task<HttpClient> ConnectAsync(string endpointFile, Task ended, string? keyFile = null)
    {
        string endpoint = await Eventually.Get("the endpoint file", TimeSpan.FromSeconds(20), () => ReadEndpointAsync(endpointFile, ended));
        // A client that leaves really leaves: by default the handler would read on for a while to keep the connection.
        var handler = new SocketsHttpHandler { MaxResponseDrainSize = 0, Expect100ContinueTimeout = TimeSpan.FromSeconds(20) };
        var http = new HttpClient(handler) { BaseAddress = new Uri(endpoint) };
        if (keyFile is not null) http.DefaultRequestHeaders.Add("Authorization", ReplicaKey.Read(keyFile).ToAuthorization());
        await Eventually.True(
            "a healthy worker",
            TimeSpan.FromSeconds(20),
            async () =>
            {
                if (ended.IsCompleted) throw new InvalidOperationException("The worker ended while it loaded.");
                using HttpResponseMessage response = await http.GetAsync("/health");
                return response.IsSuccessStatusCode;
            });
        return http;
    }

    public async Task<Reply> GetAsync(string path) => await Reply.ReadAsync(await Http.GetAsync(path));

    /// <summary>Sends a body that is JSON already, or an object to write as JSON.</summary>
    public async Task<Reply> PostAsync(string path, object body) => await Reply.ReadAsync(await Http.PostAsync(path, Json(body)));

    /// <summary>Starts a stream and leaves reading it to the caller.</summary>
    public async Task<HttpResponseMessage> OpenStreamAsync(string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = Json(body) };
        return await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>Reads a whole stream as the data of its events, without the end marker, which must be there.</summary>
    public async Task<List<JsonElement>> StreamAsync(string path, object body)
    {
        using HttpResponseMessage response = await OpenStreamAsync(path, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        string text = await response.Content.ReadAsStringAsync();
        string[] events = text.Split("\n\n");
        Assert.Equal("", events[^1]);
        Assert.Equal("data: [DONE]", events[^2]);
        return [.. events[..^2].Select(Parse)];

        static JsonElement Parse(string text)
        {
            Assert.StartsWith("data: {", text, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', text);
            return JsonElement.Parse(text["data: ".Length..]);
        }
    }

    /// <summary>Requests the engine computes or has waiting.</summary>
    public async Task<int> ActiveRequestsAsync()
    {
        Reply load = await GetAsync("/load");
        return load.Json.GetProperty("running").GetInt32() + load.Json.GetProperty("waiting").GetInt32();
    }

    /// <summary>Tells the worker to drain and end.</summary>
    public void Stop() => _stop.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Exit;
        Http.Dispose();
        _stop.Dispose();
        _folder.Dispose();
    }

    internal static StringContent Json(object body)
    {
        string text = body as string ?? JsonSerializer.Serialize(body, body.GetType(), OpenAiJson.Options);
        return new StringContent(text, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
    }

    private static async Task<string?> ReadEndpointAsync(string file, Task ended)
    {
        if (File.Exists(file)) return JsonElement.Parse(await File.ReadAllTextAsync(file)).GetProperty("endpoint").GetString();
        if (ended.IsCompleted) throw new InvalidOperationException("The worker ended before it listened.");
        return null;
    }
}

/// <summary>An answer read to its end.</summary>
public sealed record Reply(HttpStatusCode Status, HttpResponseMessage Response, string Body)
{
    public JsonElement Json => JsonElement.Parse(Body);

    public JsonElement Error => Json.GetProperty("error");

    public T Read<T>() => JsonSerializer.Deserialize<T>(Body, OpenAiJson.Options)!;

    public static async Task<Reply> ReadAsync(HttpResponseMessage response) =>
        new(response.StatusCode, response, await response.Content.ReadAsStringAsync());
}
