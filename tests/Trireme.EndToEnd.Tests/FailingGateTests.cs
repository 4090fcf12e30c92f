using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Trireme.Contracts.Serialization;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>
/// Every gate, failed on purpose by a real release under real requests, side by side on one platform: the service is rolled back by that
/// gate and by no other, and docs/rollouts.md says so row by row. Nine services under load keep two cores busy for three minutes, so it is
/// part of the soak.
/// </summary>
[Trait("Category", "Soak")]
public sealed partial class FailingGateTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private readonly TemporaryFolder _folder = new();
    private PlatformProcess _platform = null!;

    /// <summary>The gate's field, the release that fails it, and the limit that is set; every other limit is out of reach.</summary>
    private static Dictionary<string, (string Field, string Release, string Limit)> Cases { get; } = new()
    {
        ["errorRate"] = ("maxErrorRateIncrease", "damaged", "0.05"),
        ["ttft"] = ("maxTtftRatio", "deep", "1.2"),
        ["itl"] = ("maxItlRatio", "deep", "1.5"),
        ["e2e"] = ("maxEndToEndRatio", "deep", "1.5"),
        ["costPerToken"] = ("maxCostPerTokenRatio", "deep", "1.5"),
        ["finishReason"] = ("maxFinishReasonShift", "short", "0.1"),
        ["outputLength"] = ("maxOutputLengthRatio", "short", "1.3"),
        ["quality"] = ("maxQualityRatio", "broken", "1.05"),
        ["tasks"] = ("maxTaskFailureIncrease", "broken", "0.1"),
    };

    public async ValueTask InitializeAsync() => _platform = await PlatformProcess.StartAsync(_folder.Path, "--no-samples");

    [Fact]
    public async Task Each_gate_rolls_back_the_release_that_fails_it_as_the_page_says()
    {
        MadeModels.Write(Directory.CreateDirectory(Path.Combine(_platform.DataFolder, "models")).FullName);
        await ApplyAsync("fleet.yaml", Fleet());
        await ApplyAsync("services.yaml", string.Join("\n---\n", Cases.Keys.Select(static signal => Service(signal, "serving"))));
        await ServicesAsync("all serve", static status => (string?)status["stableRelease"]?["name"] == "serving");

        using var stop = new CancellationTokenSource();
        long begun = TimeProvider.System.GetTimestamp();
        Task load = LoadAsync(stop.Token);
        string moves = string.Join("\n---\n", Cases.Select(static entry => Service(entry.Key, entry.Value.Release)));
        await ApplyAsync("services.yaml", moves);
        IReadOnlyDictionary<string, JsonNode> ended = await ServicesAsync(
            "all are rolled back", static status => (string?)status["rollout"]?["phase"] is "RolledBack" or "Promoted" or "Held");
        TestContext.Current.TestOutputHelper?.WriteLine($"the last was rolled back after {TimeProvider.System.GetElapsedTime(begun)}");
        await stop.CancelAsync();
        await load;

        string page = await File.ReadAllTextAsync(Repository.PathOf("docs", "rollouts.md"));
        var rows = Row().Matches(page).ToDictionary(static row => row.Groups["signal"].Value, static row => row.Value);
        Assert.Equal(Cases.Keys.Order(), rows.Keys.Order());
        foreach ((string signal, (string field, string release, _)) in Cases)
        {
            JsonNode rollout = ended[Name(signal)]["rollout"]!;
            string verdict = rollout["verdict"]!.ToJsonString();
            Assert.True((string?)rollout["phase"] == "RolledBack", $"{signal}: {verdict}");
            string?[] failed =
            [
                .. rollout["verdict"]!["signals"]!.AsArray()
                    .Where(static one => (string?)one!["judgement"] == "Fail")
                    .Select(static one => (string?)one!["signal"]),
            ];
            Assert.True(failed is [{ } only] && only == signal, $"{signal}: {verdict}");
            Assert.Equal("serving", (string?)ended[Name(signal)]["stableRelease"]!["name"]);
            Assert.Contains($"`{field}`", rows[signal], StringComparison.Ordinal);
            Assert.Contains($"`{release}`", rows[signal], StringComparison.Ordinal);
            Assert.Contains("rolled back", rows[signal], StringComparison.Ordinal);
        }

        CommandResult safety = await ApplyAsync(
            "safety.yaml",
            """
            apiVersion: trireme.dev/v1alpha1
            kind: ModelService
            metadata: {name: safety}
            spec: {release: serving, rollout: {gates: {maxSafetyEventIncrease: 0.01}}}
            """,
            expected: 4);
        Assert.Contains("maxSafetyEventIncrease: cannot be judged", safety.Error, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _platform.DisposeAsync();
        _folder.Dispose();
    }

    private static string Name(string signal) => $"gate-{signal.ToLowerInvariant()}";

    private static string Fleet()
    {
        string[] releases =
        [
            Release("serving", "models/tiny"),
            Release("deep", "models/made-deep"),
            Release("damaged", "models/made-damaged"),
            Release("short", "models/tiny", ", engine: {contextLength: 40}"),
            Release("broken", "models/tiny-broken"),
        ];
        return string.Join("\n---\n", releases.Prepend(
            "apiVersion: trireme.dev/v1alpha1\nkind: AcceleratorPool\nmetadata: {name: local}\nspec: {pricePerHour: 1.5}"));
    }

    private static string Release(string name, string path, string more = "") =>
        $"apiVersion: trireme.dev/v1alpha1\nkind: Release\nmetadata: {{name: {name}}}\nspec: {{source: {{path: {path}}}{more}}}";

    private static string Service(string signal, string release)
    {
        JsonObject sample = YamlJson.Parse(File.ReadAllText(Repository.PathOf("samples", "rollout-broken.yaml")))[1].AsObject();

        // The quality probe needs eight texts, and without them says nothing: weights that are no numbers would fail it first.
        int texts = signal == "errorRate" ? 1 : 8;
        JsonArray stories = sample["spec"]!["rollout"]!["gates"]!["qualityPrompts"]!.AsArray();
        var gates = new JsonObject
        {
            ["maxErrorRateIncrease"] = 1,
            ["maxTtftRatio"] = 100,
            ["maxItlRatio"] = 100,
            ["maxQualityRatio"] = 100,
            ["minLatencyExcess"] = "500ms",
            ["minRequests"] = 8,
            ["minWindows"] = 4,
            ["significanceLevel"] = 0.3,
            ["qualityPrompts"] = new JsonArray([.. stories.Take(texts).Select(static story => story!.DeepClone())]),
        };
        if (Cases[signal].Release == "deep") gates["minLatencyExcess"] = "1ms";
        gates[Cases[signal].Field] = JsonNode.Parse(Cases[signal].Limit);
        if (signal == "tasks")
        {
            string[] heroes = ["dog", "pig", "snail", "horse", "sheep", "squirrel", "shark", "knight", "deer", "fox"];
            gates["tasks"] = new JsonArray([.. heroes.Select(static hero => new JsonObject
            {
                ["prompt"] = $"Tell me a short story about a {hero}.",
                ["pattern"] = "(there was|there lived|lived a|Once upon|is a story) ",
                ["maxTokens"] = 24,
            })]);
        }

        return
            $$"""
            apiVersion: trireme.dev/v1alpha1
            kind: ModelService
            metadata: {name: {{Name(signal)}}}
            spec:
              release: {{release}}
              resources: {memory: 192Mi, threads: 1}
              rollout:
                steps: [{weight: 50, minDuration: 1s, maxDuration: 10m}]
                gates: {{gates.ToJsonString()}}
            """;
    }

    /// <summary>Requests for every service until it is told to end; that some fail is what one of them is for.</summary>
    private async Task LoadAsync(CancellationToken stop)
    {
        using HttpClient client = _platform.CreateClient();
        var open = new List<Task>();
        int asked = 0;
        while (!stop.IsCancellationRequested)
        {
            open.RemoveAll(static request => request.IsCompleted);
            foreach (string signal in Cases.Keys)
            {
                for (int i = 0; i < 6; i++) open.Add(AskAsync(client, signal, asked++));
            }

            await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System, stop));
        }

        await Task.WhenAll(open);
    }

    private static async Task AskAsync(HttpClient client, string signal, int number)
    {
        // What comes before the first token is the prompt: a long one that no replica has seen takes the longest.
        string story = string.Join(' ', Enumerable.Repeat($"Dog {number} went to the lake, and it was getting dark.", 12));
        JsonObject question = ReleasedService.Question(
            Name(signal), signal == "ttft" ? $"{number}. {story}" : "Tell me a short story about a dog.");
        question["stream"] = true;
        question["stream_options"] = new JsonObject { ["include_usage"] = true };
        if (Cases[signal].Release == "short") question.Remove("max_tokens");
        else question["max_tokens"] = signal switch { "ttft" => 2, "itl" => 48, _ => 16 };
        using HttpResponseMessage response = await client.PostAsJsonAsync("chat/completions", question);
        await response.Content.ReadAsByteArrayAsync();
    }

    private async Task<CommandResult> ApplyAsync(string file, string manifest, int expected = 0)
    {
        string path = Path.Combine(_platform.DataFolder, file);
        await File.WriteAllTextAsync(path, manifest);
        CommandResult result = await _platform.RunAsync("apply", "-f", path);
        Assert.True(result.ExitCode == expected, $"{file}: {result.ExitCode}: {result.Output} {result.Error}");
        return result;
    }

    private async Task<IReadOnlyDictionary<string, JsonNode>> ServicesAsync(string what, Func<JsonNode, bool> holds)
    {
        var last = new StringBuilder();
        try
        {
            return await Eventually.Get(what, Deadline, async () =>
            {
                IReadOnlyList<JsonObject> services = await _platform.ListAsync("modelservices");
                last.Clear();
                foreach (JsonObject service in services.Where(one => one["status"] is not { } status || !holds(status)))
                {
                    string condition = string.Join(' ', service["status"]?["conditions"]?.AsArray()
                        .Where(static one => (string?)one!["status"] != "True").Select(static one => (string?)one!["message"]) ?? []);
                    last.AppendLine($"{ReleasedService.Name(service)}: {condition}");
                }

                return last.Length > 0 ? null : services.ToDictionary(ReleasedService.Name, static one => one["status"]!);
            });
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message} Still missing:\n{last}", exception);
        }
    }

    [GeneratedRegex(@"^\| `(?<signal>\w+)` \| `max\w+`.*$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
