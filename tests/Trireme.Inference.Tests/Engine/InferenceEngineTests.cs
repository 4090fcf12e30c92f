using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Generation;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Engine;

public sealed class InferenceEngineTests
{
    [Fact]
    public async Task A_loaded_engine_describes_itself_and_answers_all_prompts_at_once_as_transformers_does()
    {
        string path = FixturePath();
        var metrics = new MetricRegistry();
        await using InferenceEngine engine = await Load(path, new EngineOptions { ModelName = "tiny" }, metrics);
        Assert.Equal("llama", engine.Model.Architecture);
        Assert.Equal(2048, engine.Model.ContextLength);
        Assert.InRange(engine.Model.ParameterCount, 800_000, 850_000);
        Assert.Equal(["open", "weights", "kv-cache", "warm-up", "tokenizer"], engine.Startup.Select(stage => stage.Stage));
        Assert.NotNull(engine.ChatTemplate);
        string cache = "vllm:cache_config_info{model_name=\"tiny\",engine=\"0\",block_size=\"16\"";
        Assert.Contains(cache, metrics.ToText(), StringComparison.Ordinal);

        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(path, "expected.json")));
        JsonElement[] cases = [.. expected.RootElement.GetProperty("cases").EnumerateArray()
            .Where(entry => entry.GetProperty("greedy_min_margin").GetDouble() > 0.01)];
        Answer[] answers = await Task.WhenAll(cases.Select(entry => Ask(engine, entry.GetProperty("token_ids"))));
        for (int i = 0; i < cases.Length; i++)
        {
            Assert.Equal(cases[i].GetProperty("greedy").EnumerateArray().Select(value => value.GetInt32()), answers[i].Tokens);
            Assert.Equal(cases[i].GetProperty("greedy_text").GetString(), answers[i].Text);
        }
    }

    [Theory]
    [InlineData(SleepLevel.KeepWeights, "wake-kv-cache")]
    [InlineData(SleepLevel.DropWeights, "wake-kv-cache wake-open wake-weights wake-warm-up")]
    public async Task An_engine_that_slept_gives_the_same_answers_and_says_what_waking_took(SleepLevel level, string stages)
    {
        string path = FixturePath();
        await using InferenceEngine engine = await Load(path, new EngineOptions { ModelName = "tiny" });
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(path, "expected.json")));
        JsonElement tokens = expected.RootElement.GetProperty("cases")[0].GetProperty("token_ids");
        Answer before = await Ask(engine, tokens);
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        for (int i = 0; i < 2; i++)
        {
            await engine.SleepAsync(level, SleepMode.Abort, cancelled);
            Assert.Equal(level, engine.SleepLevel);
            Assert.Equal(SubmitError.Asleep, Submit(engine, tokens).Error);
            await engine.WakeAsync(cancelled);
            Assert.Equal(stages.Split(' '), engine.Startup.Skip(5).Select(stage => stage.Stage));
            Assert.All(engine.Startup, stage => Assert.True(stage.Seconds >= 0));
            Assert.Equal(before.Tokens, (await Ask(engine, tokens)).Tokens);
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => engine.SleepAsync(SleepLevel.Awake, SleepMode.Abort, cancelled));
    }

    [Fact]
    public async Task An_engine_that_cannot_run_is_refused_at_once()
    {
        string path = FixturePath();
        var tooLong = new EngineOptions { ModelName = "tiny", ContextLength = 4096 };
        var refusal = await Assert.ThrowsAsync<EngineStartException>(() => Load(path, tooLong));
        Assert.Contains("2048", refusal.Message, StringComparison.Ordinal);
        var tooSmall = new EngineOptions { ModelName = "tiny", MemoryBytes = 1 << 20 };
        refusal = await Assert.ThrowsAsync<EngineStartException>(() => Load(path, tooSmall));
        Assert.Contains("1.0 MiB", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_a_model_is_refused()
    {
        using var folder = new TemporaryFolder();
        await Assert.ThrowsAsync<ModelFormatException>(() => Load(folder.Path, new EngineOptions { ModelName = "none" }));
    }

    private static Task<Answer> Ask(InferenceEngine engine, JsonElement tokens) => Answer.Read(Submit(engine, tokens).Events!);

    private static SubmitResult Submit(InferenceEngine engine, JsonElement tokens)
    {
        var request = new GenerationRequest
        {
            Id = "fixture",
            PromptTokens = [.. tokens.EnumerateArray().Select(value => value.GetInt32())],
            Sampling = new SamplingOptions { Temperature = 0, MaxTokens = 24, IgnoreEndOfSequence = true },
        };
        return engine.Submit(request, CancellationToken.None);
    }

    private static Task<InferenceEngine> Load(string path, EngineOptions options, MetricRegistry? metrics = null) =>
        InferenceEngine.LoadAsync(
            path,
            options,
            metrics ?? new MetricRegistry(),
            NullLoggerFactory.Instance,
            TimeProvider.System,
            TestContext.Current.CancellationToken);

    private static string FixturePath()
    {
        string? path = Fixtures.Find("engine/llama-tied");
        if (path is null) Assert.Skip("The model fixtures are not on this machine.");
        return path;
    }
}
