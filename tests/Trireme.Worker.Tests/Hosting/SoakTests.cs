using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Testing;

namespace Trireme.Worker.Tests.Hosting;

/// <summary>
/// Mixed load on one worker, by the real clock, for as long as TRIREME_SOAK_MINUTES says, a few seconds otherwise: streams, streams
/// that clients leave, several answers, schemas, embeddings, adapters and bad requests.
/// </summary>
[Trait("Category", "Soak")]
public sealed class SoakTests : IDisposable
{
    private const int Clients = 6;
    private const int Samples = 20;
    private const string Adapter = "careful";

    private static readonly TimeSpan ShortRun = TimeSpan.FromSeconds(6);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Mixed_load_leaves_all_blocks_free_and_memory_flat()
    {
        using WorkerProcess worker = await WorkerProcess.StartAsync(new WorkerOptions
        {
            ModelPath = TinyModel.Write(_folder.File("tiny")),
            EndpointFile = _folder.File("endpoint.json"),
            // Little enough that requests preempt one another.
            ContextLength = 512,
            KvCacheBytes = 2 << 20,
            EnableLora = true,
            LoraModules = new Dictionary<string, string> { [Adapter] = TinyAdapter.Write(_folder.File(Adapter)) },
            LogLevel = LogLevel.None,
        });
        string before = await AnswerAsync(worker);
        TimeSpan duration = Duration();
        using var end = new CancellationTokenSource(duration);
        Task<int>[] clients = [.. Enumerable.Range(0, Clients).Select(seed => Task.Run(() => ClientAsync(worker, seed, end.Token)))];
        var resident = new List<long>();
        for (int i = 0; i < Samples; i++)
        {
            await Task.Delay(duration / Samples, TimeProvider.System, TestContext.Current.CancellationToken);
            resident.Add(worker.ResidentBytes());
        }

        int requests = (await Task.WhenAll(clients)).Sum();
        await Eventually.True("an idle engine", WorkerProcess.Soon, () => IsIdleAsync(worker), TestContext.Current.CancellationToken);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{requests} requests in {duration}; resident MiB: {string.Join(' ', resident.Select(bytes => bytes >> 20))}");

        Assert.True(requests > Clients * 10, $"Only {requests} requests.");
        Assert.Equal(0, await MetricAsync(worker, EngineMetricNames.KvCacheUsage));
        Assert.Equal(before, await AnswerAsync(worker));
        // The runtime takes memory while it compiles and as its heap finds its size; after a quarter of the time it has.
        double settled = resident.Skip(Samples / 4).Take(Samples / 4).Average();
        double last = resident.Skip(Samples * 3 / 4).Average();
        double growth = duration == ShortRun ? 1.5 : 1.05;
        Assert.InRange(last, 0, settled * growth);
    }

    private static TimeSpan Duration() =>
        double.TryParse(Environment.GetEnvironmentVariable("TRIREME_SOAK_MINUTES"), CultureInfo.InvariantCulture, out double minutes)
            ? TimeSpan.FromMinutes(minutes)
            : ShortRun;

    /// <summary>Sends one request after another and returns their number.</summary>
    private static async Task<int> ClientAsync(WorkerProcess worker, int seed, CancellationToken end)
    {
        var random = new Random(seed);
        int requests = 0;
        for (; !end.IsCancellationRequested; requests++)
        {
            string prompt = Prompt(random);
            switch (random.Next(7))
            {
                case 0:
                    await SendAsync(worker, "/v1/completions", Completion(prompt, random, stream: true));
                    break;
                case 1:
                    await LeaveAsync(worker, Completion(prompt, random, stream: true), random.Next(2000));
                    break;
                case 2:
                    JsonObject several = Completion(prompt, random, stream: false);
                    several["n"] = 2;
                    several["best_of"] = 3;
                    several["logprobs"] = 3;
                    await SendAsync(worker, "/v1/completions", several);
                    break;
                case 3:
                    JsonObject held = Completion(prompt, random, stream: false);
                    held["max_tokens"] = 200;
                    held["structured_outputs"] = JsonNode.Parse("""{"regex": "[a-z]{3,12}( [0-9]{1,5}){1,4}"}""");
                    await SendAsync(worker, "/v1/completions", held);
                    break;
                case 4:
                    await SendAsync(worker, "/v1/embeddings", new JsonObject { ["input"] = new JsonArray(prompt, "other " + prompt) });
                    break;
                case 5:
                    JsonObject adapted = Completion(prompt, random, stream: true);
                    adapted["model"] = Adapter;
                    await SendAsync(worker, "/v1/completions", adapted);
                    break;
                default:
                    JsonObject bad = Completion(prompt, random, stream: false);
                    bad["max_tokens"] = -1;
                    await SendAsync(worker, "/v1/completions", bad, HttpStatusCode.BadRequest);
                    break;
            }
        }

        return requests;
    }

    /// <summary>Half of the prompts begin alike, so that they share blocks.</summary>
    private static string Prompt(Random random)
    {
        string own = string.Concat(Enumerable.Range(0, random.Next(1, 60)).Select(_ => (char)random.Next(' ', '~')));
        return random.Next(2) == 0 ? own : new string('s', 120) + own;
    }

    private static JsonObject Completion(string prompt, Random random, bool stream) => new()
    {
        ["prompt"] = prompt,
        ["max_tokens"] = random.Next(1, 120),
        ["temperature"] = random.Next(2),
        ["stream"] = stream,
        ["priority"] = random.Next(3),
    };

    private static async Task SendAsync(WorkerProcess worker, string path, JsonObject body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using HttpResponseMessage response = await worker.Http.PostAsync(path, RunningWorker.Json(body));
        string answer = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == expected, $"{path} gave {(int)response.StatusCode}: {answer}");
    }

    private static async Task LeaveAsync(WorkerProcess worker, JsonObject body, int characters)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = RunningWorker.Json(body) };
        using HttpResponseMessage response = await worker.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var stream = new StreamReader(await response.Content.ReadAsStreamAsync());
        await stream.ReadAsync(new char[characters]);
    }

    private static async Task<string> AnswerAsync(WorkerProcess worker)
    {
        var body = new JsonObject { ["prompt"] = "The same as ever", ["max_tokens"] = 60, ["temperature"] = 0 };
        using HttpResponseMessage response = await worker.Http.PostAsync("/v1/completions", RunningWorker.Json(body));
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!["choices"]![0]!["text"]!.GetValue<string>();
    }

    private static async Task<bool> IsIdleAsync(WorkerProcess worker)
    {
        JsonNode load = JsonNode.Parse(await worker.Http.GetStringAsync("/load"))!;
        return (int)load["running"]! + (int)load["waiting"]! == 0;
    }

    private static async Task<double> MetricAsync(WorkerProcess worker, string name)
    {
        string text = await worker.Http.GetStringAsync("/metrics");
        string line = text.Split('\n').Single(line => line.StartsWith(name + "{", StringComparison.Ordinal));
        return double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }
}
