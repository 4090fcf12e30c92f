using Trireme.Contracts.Metrics;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;
using Trireme.Inference.Tests.Models;

namespace Trireme.Inference.Tests.Engine;

public sealed class EmbeddingTests
{
    private const int BlockSize = 8;

    private static readonly EngineOptions Options = new() { ModelName = "test", BlockSize = BlockSize };

    [Theory]
    [InlineData(PoolingMode.Mean)]
    [InlineData(PoolingMode.Last)]
    [InlineData(PoolingMode.First)]
    public async Task A_text_gets_the_same_bits_alone_and_in_a_crowd_of_answers_that_fights_for_blocks(PoolingMode mode)
    {
        using var model = new SyntheticModel(SyntheticModel.Awkward, "BF16", seed: 4);
        var reference = new ReferenceModel(model);
        GenerationRequest[] texts = [.. Enumerable.Range(0, 16).Select(number => Text(number, mode))];
        var alone = new List<float[]>();
        await using (var calm = new CrowdTests.ModelBench(model, Options, blocks: 64))
        {
            foreach (GenerationRequest text in texts) alone.Add((await calm.Bench.Ask(text)).End.Embedding!);
        }

        EngineOptions crowded = Options with { MaxSequences = 9, MaxBatchedTokens = 21, Threads = 2 };
        await using var busy = new CrowdTests.ModelBench(model, crowded, blocks: 16);
        for (int round = 0; round < 2; round++)
        {
            // Answers take turns with the texts, and those of the second round find their prompts in the cache where they may.
            Task<Answer>[] answers = [.. texts.Select(text => busy.Bench.Ask(text with { Embedding = null, Sampling = Long }))];
            Answer[] crowd = await Task.WhenAll(texts.Select((text, i) => busy.Bench.Ask(text with { Priority = i % 3 })));
            await Task.WhenAll(answers);
            for (int i = 0; i < texts.Length; i++)
            {
                Assert.Equal(FinishReason.Stop, crowd[i].End.FinishReason);
                Assert.Equal(alone[i], crowd[i].End.Embedding!);
                if (mode != PoolingMode.Last) Assert.Equal(0, crowd[i].End.CachedPromptTokens);
            }
        }

        Assert.True(busy.Bench.Metric(EngineMetricNames.Preemptions) > 0, "Nothing was preempted.");
        Assert.Equal(0, busy.Bench.Metric(EngineMetricNames.KvCacheUsage));
        AssertDirection(Pooled(mode, reference.States(texts[3].PromptTokens)), alone[3]);
    }

    [Fact]
    public async Task The_last_tokens_vector_takes_over_what_an_answer_has_computed_and_leaves_it_to_others()
    {
        using var model = new SyntheticModel(SyntheticModel.Awkward, "BF16", seed: 4);
        await using var bench = new CrowdTests.ModelBench(model, Options, blocks: 64);
        GenerationRequest text = Text(40, PoolingMode.Last);
        Answer first = await bench.Bench.Ask(text);
        Answer second = await bench.Bench.Ask(text);
        Assert.Equal(0, first.End.CachedPromptTokens);
        Assert.Equal((text.PromptTokens.Count - 1) / BlockSize * BlockSize, second.End.CachedPromptTokens);
        Assert.Equal(first.End.Embedding!, second.End.Embedding!);
        Assert.Equal(second.End.CachedPromptTokens, (await bench.Bench.Ask(text with { Embedding = null })).End.CachedPromptTokens);
    }

    [Fact]
    public async Task A_text_is_one_event_and_counts_as_a_prompt_without_an_answer()
    {
        await using var bench = new LoopBench();
        Answer answer = await bench.Ask(Letters("abab", PoolingMode.Mean));
        TokenEvent only = Assert.Single(answer.Events);
        Assert.Null(only.TokenId);
        float side = (float)Math.Sqrt(0.5);
        Assert.Equal([side, side, 0], only.Embedding![..3]);
        Assert.Equal(4, bench.Metric(EngineMetricNames.PromptTokens));
        Assert.Equal(0, bench.Metric(EngineMetricNames.GenerationTokens));
        Assert.Equal(1, bench.Metric(EngineMetricNames.RequestSuccess, ",finished_reason=\"stop\""));
    }

    [Fact]
    public async Task A_client_that_leaves_frees_its_texts_blocks_before_the_next_step()
    {
        var options = new EngineOptions { ModelName = "test", MaxSequences = 2, MaxBatchedTokens = 4 };
        await using var bench = new LoopBench(options: options);
        using var gate = new StepGate(bench.Model);
        using var client = new CancellationTokenSource();
        Task<Answer> answer = bench.AskUntil(Letters(new string('a', 20), PoolingMode.Mean), client.Token);
        await gate.Entered;
        await client.CancelAsync();
        gate.Open();
        Assert.Equal(FinishReason.Abort, (await answer).End.FinishReason);
        Assert.Null((await answer).End.Embedding);
        Assert.Single(bench.Model.StepSizes);
        Assert.Equal(0, bench.Metric(EngineMetricNames.KvCacheUsage));
    }

    [Fact]
    public async Task A_text_whose_states_are_no_numbers_fails_alone()
    {
        await using var bench = new LoopBench();
        bench.Model.BrokenToken = 1;
        Answer broken = await bench.Ask(Letters("abc", PoolingMode.Mean));
        Assert.Equal(FinishReason.Error, broken.End.FinishReason);
        Assert.Contains("not finite", broken.End.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await bench.Ask(Letters("c", PoolingMode.Mean))).End.Embedding![2]);
    }

    [Fact]
    public async Task A_text_may_fill_the_context_and_no_more()
    {
        await using var bench = new LoopBench();
        Assert.NotNull((await bench.Ask(Letters(new string('a', 200), PoolingMode.Last))).End.Embedding);
        SubmitResult refused = bench.Loop.Submit(Letters(new string('a', 201), PoolingMode.Last), CancellationToken.None);
        Assert.Equal(SubmitError.ContextLengthExceeded, refused.Error);
        Assert.Contains("200 tokens and the text has 201", refused.Message, StringComparison.Ordinal);
        GenerationRequest wide = Letters("a", PoolingMode.Last);
        refused = bench.Loop.Submit(wide with { Embedding = wide.Embedding! with { Dimensions = 28 } }, CancellationToken.None);
        Assert.Equal(SubmitError.InvalidRequest, refused.Error);
        Assert.Contains("between 1 and the model's own 27", refused.Message, StringComparison.Ordinal);
    }

    private static SamplingOptions Long => new() { Temperature = 0, MaxTokens = 12, IgnoreEndOfSequence = true };

    private static GenerationRequest Letters(string text, PoolingMode mode) =>
        LoopBench.Request(text) with { Embedding = new EmbeddingOptions { Pooling = mode } };

    private static GenerationRequest Text(int number, PoolingMode mode)
    {
        var random = new Random(number);
        int[] shared = [.. Enumerable.Range(1, 20)];
        int[] own = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(SyntheticModel.Awkward.VocabularySize))];
        return new GenerationRequest
        {
            Id = $"text {number}",
            PromptTokens = [.. shared, .. own],
            Embedding = new EmbeddingOptions { Pooling = mode },
            Sampling = new SamplingOptions { Temperature = 0, MaxTokens = 1 },
        };
    }

    private static double[] Pooled(PoolingMode mode, double[][] states) => mode switch
    {
        PoolingMode.Mean => [.. Enumerable.Range(0, states[0].Length).Select(i => states.Average(state => state[i]))],
        PoolingMode.Last => states[^1],
        _ => states[0],
    };

    private static void AssertDirection(double[] expected, float[] actual)
    {
        double length = Math.Sqrt(expected.Sum(value => value * value));
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i] / length, actual[i], 1e-5);
    }
}
