using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>Releases that name a GGUF file and how the engine holds it, on services of their own.</summary>
public sealed class GgufReleaseTests(PlatformFixture fixture) : IAsyncDisposable
{
    private readonly ReleasedService _service = new(fixture.Platform, "held");

    [Fact]
    public async Task A_service_moves_from_a_folder_to_a_quantised_file_of_the_same_model_and_answers_alike()
    {
        string file = Path.Combine(_service.ModelFolder, "tiny-q8_0.gguf");
        string tiny = Repository.PathOf("samples", "models", "tiny");
        await _service.RunAsync("model", "quantize", tiny, "--type", "q8_0", "--output-file", file);
        await _service.ApplyAsync("held-folder", "source: {path: models/tiny}", "512Mi");
        await _service.ServedByAsync("held-folder");
        Assert.Contains("small", await AskAsync("held-folder"), StringComparison.OrdinalIgnoreCase);

        const string Held = "source: {path: models/tiny-q8_0.gguf}, engine: {weights: int8, kvCacheType: int8, contextLength: 256, "
            + "speculation: {method: draft, draftModel: models/tiny, tokens: 2}}";
        await _service.ApplyAsync("held-file", Held, "512Mi");
        await _service.ServedByAsync("held-file");
        Assert.Contains("small", await AskAsync("held-file"), StringComparison.OrdinalIgnoreCase);

        JsonNode status = await _service.ReleaseStatusAsync("held-file");
        Assert.Equal(file, (string?)status["resolvedPath"]);
        Assert.Equal("tiny-q8_0.gguf", (string?)status["artifacts"]!.AsArray().Single()!["file"]);
        Assert.Equal(tiny, (string?)status["draftModel"]!["resolvedPath"]);
        string command = _service.WorkerCommand("held-file");
        Assert.Contains($"--model {file} ", command, StringComparison.Ordinal);
        Assert.Contains("--weights int8 --kv-cache-dtype int8 --context 256 ", command, StringComparison.Ordinal);
        Assert.Contains("--speculative draft ", command, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "a budget too small", "tiny", "1Mi", "Raise resources.memory (--memory) or serve a smaller model.")]
    [InlineData("a damaged file", "damaged.gguf", "512Mi", "damaged.gguf: ")]
    [InlineData("a draft model of another vocabulary", "tiny, draft", "512Mi", "as a draft model it cannot be used with")]
    public async Task A_release_that_cannot_start_says_in_the_services_condition_what_the_engine_says(
        string _, string model, string memory, string expected)
    {
        await File.WriteAllTextAsync(Path.Combine(_service.ModelFolder, "damaged.gguf"), "GGUF and nothing that follows");
        string spec = model == "tiny, draft"
            ? "source: {path: models/tiny}, engine: {speculation: {method: draft, draftModel: models/tiny-broken}}"
            : $"source: {{path: models/{model}}}, engine: {{weights: f32}}";
        await _service.ApplyAsync("held-" + memory.ToLowerInvariant(), spec, memory);
        string message = await Eventually.Get("the engine's own message", ReleasedService.Deadline, async () =>
        {
            string available = Available(await _service.ServiceAsync());
            return available.Contains("The model cannot be served. ", StringComparison.Ordinal) ? available : null;
        });
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain("fail:", message, StringComparison.Ordinal);
        JsonNode replica = (await fixture.Platform.ListAsync("modelreplicas"))
            .Single(one => (string?)one["spec"]!["service"] == "held")["status"]!;
        Assert.Equal(("Failed", 0), ((string?)replica["phase"], (int)replica["restarts"]!));
    }

    [Fact]
    public async Task A_file_that_is_missing_is_told_by_the_service_before_anything_starts()
    {
        await _service.ApplyAsync("held-missing", "source: {path: models/none.gguf}", "512Mi");
        JsonNode condition = await Eventually.Get("the release's condition", ReleasedService.Deadline, async () =>
            Conditions(await _service.ServiceAsync()).FirstOrDefault(one => (string?)one!["reason"] == "SourceNotFound"));
        Assert.Equal("ReleaseReady", (string?)condition["type"]);
        Assert.Contains("spec.source.path \"models/none.gguf\" is no file", (string?)condition["message"], StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync() => await _service.DeleteAsync();

    private static JsonArray Conditions(JsonObject service) => service["status"]?["conditions"]?.AsArray() ?? [];

    private static string Available(JsonObject service) =>
        (string?)Conditions(service).FirstOrDefault(condition => (string?)condition!["type"] == "Available")?["message"] ?? "";

    private Task<string> AskAsync(string release) => _service.AskAsync(release, "What is the opposite of big?");
}
