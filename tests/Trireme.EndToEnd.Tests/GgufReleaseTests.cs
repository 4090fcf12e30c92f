using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>Releases that name a GGUF file and how the engine holds it, on services of their own.</summary>
public sealed class GgufReleaseTests(PlatformFixture fixture) : IAsyncDisposable
{
    private const string Service = "held";

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private PlatformProcess Platform => fixture.Platform;

    private string ModelFolder => Directory.CreateDirectory(Path.Combine(Platform.DataFolder, "models")).FullName;

    [Fact]
    public async Task A_service_moves_from_a_folder_to_a_quantised_file_of_the_same_model_and_answers_alike()
    {
        string file = Path.Combine(ModelFolder, "tiny-q8_0.gguf");
        await RunAsync("model", "quantize", Repository.PathOf("samples", "models", "tiny"), "--type", "q8_0", "--output-file", file);
        await ApplyAsync("held-folder", "source: {path: models/tiny}", "512Mi");
        await ServedByAsync("held-folder");
        Assert.Contains("small", await AskAsync("held-folder"), StringComparison.OrdinalIgnoreCase);

        const string Held = "source: {path: models/tiny-q8_0.gguf}, engine: {weights: int8, kvCacheType: int8, contextLength: 256, "
            + "speculation: {method: draft, draftModel: models/tiny, tokens: 2}}";
        await ApplyAsync("held-file", Held, "512Mi");
        await ServedByAsync("held-file");
        Assert.Contains("small", await AskAsync("held-file"), StringComparison.OrdinalIgnoreCase);

        JsonNode status = (await Platform.ListAsync("releases")).Single(release => Name(release) == "held-file")["status"]!;
        Assert.Equal(file, (string?)status["resolvedPath"]);
        Assert.Equal("tiny-q8_0.gguf", (string?)status["artifacts"]!.AsArray().Single()!["file"]);
        Assert.Equal(Repository.PathOf("samples", "models", "tiny"), (string?)status["draftModel"]!["resolvedPath"]);
        string command = WorkerCommand("held-file");
        Assert.Contains($"--model {file} ", command, StringComparison.Ordinal);
        Assert.Contains("--weights int8 --kv-cache-dtype int8 --context 256 ", command, StringComparison.Ordinal);
        Assert.Contains("--speculative draft ", command, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "a budget too small", "tiny", "1Mi", "The memory budget is 1.0 MiB. Raise the memory budget or serve a smaller model.")]
    [InlineData("a damaged file", "damaged.gguf", "512Mi", "damaged.gguf: ")]
    [InlineData("a draft model of another vocabulary", "tiny, draft", "512Mi", "as a draft model it cannot be used with")]
    public async Task A_release_that_cannot_start_says_in_the_services_condition_what_the_engine_says(
        string _, string model, string memory, string expected)
    {
        await File.WriteAllTextAsync(Path.Combine(ModelFolder, "damaged.gguf"), "GGUF and nothing that follows");
        string spec = model == "tiny, draft"
            ? "source: {path: models/tiny}, engine: {speculation: {method: draft, draftModel: models/tiny-broken}}"
            : $"source: {{path: models/{model}}}, engine: {{weights: f32}}";
        await ApplyAsync("held-" + memory.ToLowerInvariant(), spec, memory);
        string message = await Eventually.Get("the engine's own message", Deadline, async () =>
        {
            string available = Available(await ServiceAsync());
            return available.Contains("The engine ended", StringComparison.Ordinal) ? available : null;
        });
        Assert.Contains("The model cannot be served. ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_missing_is_told_by_the_service_before_anything_starts()
    {
        await ApplyAsync("held-missing", "source: {path: models/none.gguf}", "512Mi");
        JsonNode condition = await Eventually.Get("the release's condition", Deadline, async () =>
            Conditions(await ServiceAsync()).FirstOrDefault(one => (string?)one!["reason"] == "SourceNotFound"));
        Assert.Equal("ReleaseReady", (string?)condition["type"]);
        Assert.Contains("spec.source.path \"models/none.gguf\" is no file", (string?)condition["message"], StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("delete", "modelservice", Service, "--ignore-not-found");
        foreach (JsonObject release in await Platform.ListAsync("releases"))
        {
            if (Name(release).StartsWith("held-", StringComparison.Ordinal)) await RunAsync("delete", "release", Name(release));
        }
    }

    private static string Name(JsonObject resource) => (string)resource["metadata"]!["name"]!;

    private static JsonArray Conditions(JsonObject service) => service["status"]?["conditions"]?.AsArray() ?? [];

    private static string Available(JsonObject service) =>
        (string?)Conditions(service).FirstOrDefault(condition => (string?)condition!["type"] == "Available")?["message"] ?? "";

    private async Task<JsonObject> ServiceAsync() =>
        (await Platform.ListAsync("modelservices")).Single(service => Name(service) == Service);

    private async Task RunAsync(params string[] arguments)
    {
        CommandResult result = await Platform.RunAsync(arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result.Error}");
    }

    /// <summary>A release and the service that runs it, without steps: the service moves as soon as the release answers.</summary>
    private async Task ApplyAsync(string release, string spec, string memory)
    {
        string manifest = Path.Combine(Platform.DataFolder, "held.yaml");
        await File.WriteAllTextAsync(
            manifest,
            $$"""
            apiVersion: trireme.dev/v1alpha1
            kind: Release
            metadata: {name: {{release}}}
            spec: {{{spec}}}
            ---
            apiVersion: trireme.dev/v1alpha1
            kind: ModelService
            metadata: {name: {{Service}}}
            spec:
              release: {{release}}
              resources: {memory: "{{memory}}"}
              rollout: {steps: []}
            """);
        await RunAsync("apply", "-f", manifest);
    }

    private async Task ServedByAsync(string release) => await Eventually.True($"{release} serves alone", Deadline, async () =>
    {
        JsonNode? status = (await ServiceAsync())["status"];
        return (string?)status?["stableRelease"]?["name"] == release && (int?)status["readyReplicas"] == 1 && (int?)status["replicas"] == 1;
    });

    private async Task<string> AskAsync(string release)
    {
        using HttpClient client = Platform.CreateClient();
        var body = new JsonObject
        {
            ["model"] = Service,
            ["temperature"] = 0,
            ["max_tokens"] = 60,
            ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = "What is the opposite of big?" }),
        };
        using HttpResponseMessage response = await client.PostAsJsonAsync("chat/completions", body);
        response.EnsureSuccessStatusCode();
        Assert.Matches($"^{release}@[0-9a-f]{{12}}$", response.Headers.GetValues("x-trireme-release").Single());
        return (string)(await response.Content.ReadFromJsonAsync<JsonNode>())!["choices"]![0]!["message"]!["content"]!;
    }

    /// <summary>The command line of the one worker of a release.</summary>
    private string WorkerCommand(string release) => Platform.WorkerPids()
        .Select(pid => File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' '))
        .Single(command => command.Contains($"--release {release} ", StringComparison.Ordinal));
}
