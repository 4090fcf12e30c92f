using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Generation;
using Trireme.Inference.Speculation;
using Trireme.Inference.Tests.Engine;
using Trireme.Inference.Tests.Grammars;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Speculation;

/// <summary>
/// Real models with drafts and without. All drafts are checked, whether or not they pay.
/// </summary>
public sealed class SpeculativeAnswerTests
{
    private const int Requests = 36;

    private static readonly string Sample = Repository.PathOf("samples", "models", "tiny");

    private static readonly string OtherSample = Repository.PathOf("samples", "models", "tiny-better");

    public static TheoryData<string> FixtureNames => ["llama-tied", "llama3-rope", "qwen2", "qwen3"];

    [Theory]
    [MemberData(nameof(FixtureNames))]
    public async Task Answers_of_the_fixtures_are_the_same_to_the_bit_with_drafts_and_without(string name)
    {
        string? path = Fixtures.Find("engine/" + name);
        if (path is null) Assert.Skip("The model fixtures are not on this machine.");
        await Compare(path, draftModel: path, withConstraints: false);
    }

    [Fact]
    public Task Answers_of_the_sample_model_are_the_same_to_the_bit_with_drafts_and_without() =>
        Compare(Sample, OtherSample, withConstraints: true);

    [Fact]
    public async Task A_model_that_drafts_for_itself_is_always_right_at_any_temperature()
    {
        var metrics = new MetricRegistry();
        await using InferenceEngine engine = await Load(Sample, Draft(Sample, new EngineOptions { ModelName = "tiny" }), metrics);
        int[] prompt = engine.Tokenizer.Encode("Once upon a time");
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Ask(engine, new GenerationRequest
        {
            Id = $"{i}",
            PromptTokens = prompt,
            Sampling = new SamplingOptions
            {
                Temperature = i * 0.4f, Seed = i, TopP = 0.95f, TopK = i * 10, FrequencyPenalty = i == 5 ? 0.4f : 0, MaxTokens = 120,
            },
        })));
        double drafted = Value(metrics, EngineMetricNames.SpeculativeDraftTokens);
        Assert.True(drafted > 100, $"{drafted} drafts");
        // A penalty follows the tokens only once they are chosen; all else the two know alike.
        Assert.InRange(Value(metrics, EngineMetricNames.SpeculativeAcceptedTokens) / drafted, 0.97, 1);
    }

    [Fact]
    public async Task A_model_that_drafts_for_itself_is_always_right_within_a_grammar_too()
    {
        var metrics = new MetricRegistry();
        await using InferenceEngine engine = await Load(Sample, Draft(Sample, new EngineOptions { ModelName = "tiny" }), metrics);
        OutputConstraint[] constraints =
        [
            OutputConstraint.JsonObject,
            OutputConstraint.Regex("([0-9]{2}:){20}"),
            OutputConstraint.Choice(["twice upon", "a different time"]),
        ];
        await Task.WhenAll(Enumerable.Range(0, 9).Select(i => Ask(engine, new GenerationRequest
        {
            Id = $"{i}",
            PromptTokens = engine.Tokenizer.Encode("Once upon a time"),
            Sampling = new SamplingOptions { Temperature = i * 0.2f, Seed = i, MaxTokens = 80, Constraint = constraints[i % 3] },
        })));
        double drafted = Value(metrics, EngineMetricNames.SpeculativeDraftTokens);
        Assert.True(drafted > 100, $"{drafted} drafts");
        Assert.Equal(drafted, Value(metrics, EngineMetricNames.SpeculativeAcceptedTokens));
    }

    [Fact]
    public async Task Prompt_lookup_has_nothing_checked_that_the_grammar_forbids()
    {
        var metrics = new MetricRegistry();
        await using InferenceEngine engine = await Load(Sample, Lookup(new EngineOptions { ModelName = "tiny" }), metrics);
        const string Digits = "0123456789";
        // Wherever a digit stands in the prompt a letter follows, and no digit of the answer is like another one.
        int[] prompt = [.. Digits.SelectMany(digit => Encode($"{digit}").Concat(Encode("x")))];
        var sampling = new SamplingOptions { Temperature = 0, MaxTokens = 40, IgnoreEndOfSequence = true };
        await Ask(engine, new GenerationRequest { Id = "free", PromptTokens = prompt, Sampling = sampling });
        double before = Value(metrics, EngineMetricNames.SpeculativeDraftTokens);
        Assert.True(before > 0);
        Answer held = await Ask(engine, new GenerationRequest
        {
            Id = "held", PromptTokens = prompt, Sampling = sampling with { Constraint = OutputConstraint.Choice([Digits]) },
        });
        Assert.Equal(Digits, held.Text);
        Assert.Equal(before, Value(metrics, EngineMetricNames.SpeculativeDraftTokens));

        int[] Encode(string text) => engine.Tokenizer.Encode(text, addSpecial: false);
    }

    [Fact]
    public async Task The_prefix_cache_is_told_the_same_with_drafts_and_without()
    {
        var options = new EngineOptions { ModelName = "tiny", KvEventCapacity = 5_000 };
        List<string> expected = await Stored(options);
        Assert.True(expected.Count > 30);
        Assert.Equal(expected, await Stored(Lookup(options)));
        Assert.Equal(expected, await Stored(Draft(OtherSample, options)));

        async Task<List<string>> Stored(EngineOptions options)
        {
            await using InferenceEngine engine = await Load(Sample, options);
            foreach (GenerationRequest request in Random(engine, withConstraints: false).Take(12)) await Ask(engine, request);
            return [.. engine.KvEvents!.Read(0, 5_000).Events.Select(entry => $"{entry.Kind} {entry.BlockHash}")];
        }
    }

    [Theory]
    [InlineData(SleepLevel.KeepWeights, "wake-kv-cache wake-draft-kv-cache")]
    [InlineData(
        SleepLevel.DropWeights,
        "wake-kv-cache wake-open wake-weights wake-warm-up wake-draft-kv-cache wake-draft-open wake-draft-weights wake-draft-warm-up")]
    public async Task A_draft_model_sleeps_and_wakes_with_the_model(SleepLevel level, string stages)
    {
        await using InferenceEngine engine = await Load(Sample, Draft(OtherSample, new EngineOptions { ModelName = "tiny" }));
        string[] start = ["open", "weights", "draft-model", "kv-cache", "warm-up", "draft-warm-up", "tokenizer"];
        Assert.Equal(start, engine.Startup.Select(stage => stage.Stage));
        GenerationRequest request = Random(engine, withConstraints: false)[3];
        Answer before = await Ask(engine, request);
        for (int i = 0; i < 2; i++)
        {
            await engine.SleepAsync(level, SleepMode.Abort, TestContext.Current.CancellationToken);
            await engine.WakeAsync(TestContext.Current.CancellationToken);
            Assert.Equal(stages.Split(' '), engine.Startup.Skip(start.Length).Select(stage => stage.Stage));
            Answer after = await Ask(engine, request);
            Assert.Equal(before.Tokens, after.Tokens);
            Assert.Equal(CrowdTests.Bits(before), CrowdTests.Bits(after));
        }
    }

    [Fact]
    public async Task A_draft_model_with_another_vocabulary_is_refused()
    {
        string other = Repository.PathOf("samples", "models", "tiny-broken");
        var refusal = await Assert.ThrowsAsync<ModelFormatException>(
            () => Load(Sample, Draft(other, new EngineOptions { ModelName = "tiny" })));
        Assert.Contains("as a draft model it cannot be used", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("stands for another text", refusal.Message, StringComparison.Ordinal);
        if (Fixtures.Find("engine/qwen2") is not { } fixture) return;
        refusal = await Assert.ThrowsAsync<ModelFormatException>(
            () => Load(Sample, Draft(fixture, new EngineOptions { ModelName = "tiny" })));
        Assert.Contains("instead of 2048", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_draft_model_counts_in_the_memory_budget()
    {
        var options = new EngineOptions { ModelName = "tiny", MemoryBytes = 6 << 20, MaxSequences = 8, MaxBatchedTokens = 64 };
        await using (await Load(Sample, options))
        {
            // The model alone fits.
        }

        var refusal = await Assert.ThrowsAsync<EngineStartException>(() => Load(Sample, Draft(OtherSample, options)));
        Assert.Contains("The memory budget is 6.0 MiB", refusal.Message, StringComparison.Ordinal);
    }

    private static async Task Compare(string path, string draftModel, bool withConstraints)
    {
        var calm = new EngineOptions { ModelName = "tiny" };
        GenerationRequest[] requests;
        var expected = new List<Answer[]>();
        await using (InferenceEngine plain = await Load(path, calm))
        {
            requests = Random(plain, withConstraints);
            foreach (GenerationRequest request in requests) expected.Add(await AskAll(plain, request));
        }

        // Little room, so that sequences are preempted, chunks are small and drafts are often left out.
        var config = ModelConfig.Load(Path.Combine(path, "config.json"));
        long contextBytes = 192L * config.LayerCount * config.KeyValueHeadCount * config.HeadDimension * 2 * sizeof(float);
        EngineOptions crowded = calm with
        {
            ContextLength = 192, MaxSequences = 9, MaxBatchedTokens = 40, BlockSize = 8, Threads = 2, KvCacheBytes = contextBytes * 5 / 4,
        };
        EngineOptions[] all =
        [
            Lookup(calm), Draft(draftModel, calm), Lookup(crowded), Draft(draftModel, crowded with { KvCacheBytes = contextBytes * 5 / 2 }),
        ];
        foreach (EngineOptions options in all)
        {
            var metrics = new MetricRegistry();
            await using InferenceEngine engine = await Load(path, options, metrics);
            bool isCrowd = options.MaxSequences == crowded.MaxSequences;
            Answer[][] actual = isCrowd
                ? await Task.WhenAll(requests.Select(request => AskAll(engine, request)))
                : [.. await OneByOne(engine, requests)];
            for (int i = 0; i < requests.Length; i++) AssertSame(requests[i], expected[i], actual[i]);
            double accepted = Value(metrics, EngineMetricNames.SpeculativeAcceptedTokens);
            double drafted = Value(metrics, EngineMetricNames.SpeculativeDraftTokens);
            Assert.True(accepted > 50 && drafted > accepted, $"{accepted} of {drafted} drafts were right.");
            Assert.Equal(isCrowd, Value(metrics, EngineMetricNames.Preemptions) > 0);
            Assert.Equal(0, Value(metrics, EngineMetricNames.KvCacheUsage));
        }
    }

    private static async Task<List<Answer[]>> OneByOne(InferenceEngine engine, GenerationRequest[] requests)
    {
        var answers = new List<Answer[]>();
        foreach (GenerationRequest request in requests) answers.Add(await AskAll(engine, request));
        return answers;
    }

    private static void AssertSame(GenerationRequest request, Answer[] expected, Answer[] actual)
    {
        for (int choice = 0; choice < expected.Length; choice++)
        {
            Answer one = expected[choice], other = actual[choice];
            Assert.True(one.Tokens.SequenceEqual(other.Tokens), $"{request.Id}: {one.Text} became {other.Text}");
            Assert.Equal(one.Events.Select(entry => entry.Text), other.Events.Select(entry => entry.Text));
            Assert.Equal(one.End.FinishReason, other.End.FinishReason);
            Assert.Equal(one.End.DiscardedTokens, other.End.DiscardedTokens);
            Assert.Equal(CrowdTests.Bits(one), CrowdTests.Bits(other));
        }
    }

    /// <summary>Requests of every kind; every other prompt repeats itself.</summary>
    private static GenerationRequest[] Random(InferenceEngine engine, bool withConstraints)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, Requests).Select(Create)];

        GenerationRequest Create(int number)
        {
            int[] part = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(engine.Tokenizer.VocabularySize))];
            int[] prompt = number % 2 == 0 ? part : [.. part, .. part, .. part[..((part.Length + 1) / 2)]];
            int choices = number % 7 == 6 ? 3 : 1;
            int maxTokens = random.Next(1, 90);
            return new GenerationRequest
            {
                Id = $"request {number}",
                PromptTokens = prompt,
                Choices = choices,
                BestOf = number % 14 == 13 ? 4 : null,
                Sampling = new SamplingOptions
                {
                    Seed = number,
                    Temperature = number % 4 * 0.4f,
                    TopK = number % 5 * 8,
                    TopP = number % 3 == 0 ? 1 : 0.9f,
                    MinP = number % 6 == 1 ? 0.05f : 0,
                    RepetitionPenalty = number % 8 == 3 ? 1.2f : 1,
                    PresencePenalty = number % 9 == 4 ? 0.5f : 0,
                    FrequencyPenalty = number % 5 == 0 ? -1.5f : 0,
                    LogitBias = number % 11 == 2 ? new Dictionary<int, float> { [part[0]] = 4 } : new(),
                    MaxTokens = maxTokens,
                    MinTokens = number % 5 == 1 ? Math.Min(maxTokens, 12) : 0,
                    IgnoreEndOfSequence = number % 3 == 1,
                    StopTokens = number % 6 == 2 ? [random.Next(100, 300), random.Next(100, 300)] : [],
                    Stop = number % 6 == 5 ? ["e ", "a", "."] : [],
                    LogProbabilities = number % 2 == 0 ? 3 : null,
                    PromptLogProbabilities = number % 12 == 8 ? 1 : null,
                    Constraint = withConstraints && number % 5 == 3 ? OutputConstraint.JsonSchema(new RandomSchema(random).Make()) : null,
                },
            };
        }
    }

    private static EngineOptions Lookup(EngineOptions options) => options with
    {
        Speculation = new SpeculationOptions { Method = SpeculationMethod.Ngram, LookupMin = 1, DraftTokensMax = 6, Always = true },
    };

    private static EngineOptions Draft(string model, EngineOptions options) => options with
    {
        Speculation = new SpeculationOptions
        {
            Method = SpeculationMethod.Draft, DraftModel = model, DraftTokensMax = 3, Always = true,
        },
    };

    private static async Task<Answer> Ask(InferenceEngine engine, GenerationRequest request) =>
        (await AskAll(engine, request with { Choices = 1, BestOf = null }))[0];

    private static Task<Answer[]> AskAll(InferenceEngine engine, GenerationRequest request)
    {
        SubmitResult result = engine.Submit(request, TestContext.Current.CancellationToken);
        // A random schema may have no answer within the limit; then there is nothing to compare.
        if (result.Error == SubmitError.InvalidConstraint) return Task.FromResult<Answer[]>([]);
        Assert.Null(result.Message);
        return Answer.ReadAll(result.Events!, request.Choices);
    }

    private static Task<InferenceEngine> Load(string path, EngineOptions options, MetricRegistry? metrics = null) =>
        InferenceEngine.LoadAsync(
            path,
            options,
            metrics ?? new MetricRegistry(),
            NullLoggerFactory.Instance,
            TimeProvider.System,
            TestContext.Current.CancellationToken);

    private static double Value(MetricRegistry metrics, string name)
    {
        string start = $"{name}{{model_name=\"tiny\",engine=\"0\"}} ";
        string line = metrics.ToText().Split('\n').Single(line => line.StartsWith(start, StringComparison.Ordinal));
        return double.Parse(line[start.Length..], CultureInfo.InvariantCulture);
    }
}
