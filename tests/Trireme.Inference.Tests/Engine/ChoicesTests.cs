using Trireme.Contracts.Metrics;
using Trireme.Inference.Caching;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Generation;
using Trireme.Inference.Kernels;
using Trireme.Inference.Models;
using Trireme.Inference.Tests.Models;

namespace Trireme.Inference.Tests.Engine;

/// <summary>Several answers to one prompt, over a small random model.</summary>
public sealed class ChoicesTests : IAsyncDisposable
{
    private const int BlockSize = 8;

    private static readonly ModelConfig Config = SyntheticModel.Awkward;

    private readonly SyntheticModel _model = new(Config, "BF16", seed: 21);
    private readonly List<IAsyncDisposable> _benches = [];

    [Theory]
    [InlineData("a partial last block", 21, 512, 64)]
    [InlineData("full blocks", 24, 512, 64)]
    [InlineData("chunks", 45, 7, 64)]
    [InlineData("too few blocks for all", 21, 512, 16)]
    [InlineData("keys and values in eight bits", 21, 512, 64, KvPrecision.Int8)]
    public async Task Each_answer_is_the_bits_its_seed_alone_would_give(
        string sentence, int length, int budget, int blocks, KvPrecision precision = KvPrecision.Float32)
    {
        int[] prompt = [.. Enumerable.Range(1, length)];
        var sampling = new SamplingOptions
        {
            Seed = 100, Temperature = 2, MaxTokens = 40, LogProbabilities = 2, PromptLogProbabilities = 1,
        };
        var options = new EngineOptions
        {
            ModelName = "test", BlockSize = BlockSize, MaxSequences = 6, MaxBatchedTokens = budget, KvPrecision = precision,
        };
        LoopBench together = Bench(options, blocks);
        Answer[] answers = await AskAll(together, prompt, sampling, choices: 4);

        LoopBench alone = Bench(options with { PrefixCaching = false, MaxBatchedTokens = 512 }, 64);
        for (int i = 0; i < answers.Length; i++)
        {
            Answer single = await alone.Ask(Request(prompt, sampling with { Seed = 100 + i }));
            Assert.True(single.Tokens.SequenceEqual(answers[i].Tokens), $"{sentence}: answer {i} differs.");
            Assert.Equal(CrowdTests.Bits(single), CrowdTests.Bits(answers[i]));
        }

        Assert.Equal(4, answers.Select(answer => string.Join(' ', answer.Tokens)).Distinct().Count());
        Assert.Equal(0, together.Metric(EngineMetricNames.KvCacheUsage));
        Assert.Equal(0, together.Loop.ActiveRequests);
        Assert.Equal(length, together.Metric(EngineMetricNames.PromptTokens));
        Assert.Equal(160, together.Metric(EngineMetricNames.GenerationTokens));
    }

    [Fact]
    public async Task The_prompt_is_computed_once_and_only_its_partial_block_is_copied()
    {
        var options = new EngineOptions { ModelName = "test", BlockSize = BlockSize, PrefixCaching = false };
        LoopBench bench = Bench(options, blocks: 64);
        await AskAll(bench, [.. Enumerable.Range(1, 21)], new SamplingOptions { Seed = 1, MaxTokens = 2 }, choices: 4);
        // The prompt, its last token once more for each further answer, and one generated token per answer.
        Assert.Equal(21 + 3 + 4, bench.Metric(EngineMetricNames.IterationTokens + "_sum"));
        Assert.Equal(3, bench.Memory.Copies.Count);
    }

    [Fact]
    public async Task The_best_of_several_answers_are_given_in_their_order()
    {
        int[] prompt = [.. Enumerable.Range(1, 10)];
        var sampling = new SamplingOptions { Seed = 5, Temperature = 2, MaxTokens = 6, IgnoreEndOfSequence = true };
        LoopBench bench = Bench(new EngineOptions { ModelName = "test", BlockSize = BlockSize }, 64);
        Answer[] all = await AskAll(bench, prompt, sampling with { LogProbabilities = 0 }, choices: 5);
        int[][] best = [.. all
            .OrderByDescending(answer => answer.Events.Average(entry => entry.LogProbability!.LogProbability))
            .Take(2)
            .Select(answer => answer.Tokens)];

        SubmitResult result = bench.Loop.Submit(Request(prompt, sampling) with { Choices = 2, BestOf = 5 }, CancellationToken.None);
        Answer[] given = await Answer.ReadAll(result.Events!, choices: 2);
        Assert.Equal(best, given.Select(answer => answer.Tokens));
        Assert.All(given.SelectMany(answer => answer.Events), entry => Assert.Null(entry.LogProbability));
        Assert.Equal([null, 18], given.Select(answer => answer.End.DiscardedTokens));
    }

    [Theory]
    [InlineData("none", 0, null, "n must")]
    [InlineData("too many", 129, null, "n must")]
    [InlineData("fewer computed than given", 3, 2, "best_of must be at least n, 3")]
    public async Task A_number_of_answers_out_of_range_is_refused(string sentence, int choices, int? bestOf, string message)
    {
        await using var bench = new LoopBench();
        GenerationRequest request = LoopBench.Request("a") with { Choices = choices, BestOf = bestOf };
        SubmitResult result = bench.Loop.Submit(request, CancellationToken.None);
        Assert.True(result.Error == SubmitError.InvalidRequest, sentence);
        Assert.Contains(message, result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_frees_all_of_its_answers_before_the_next_step()
    {
        await using var bench = new LoopBench();
        using var gate = new StepGate(bench.Model);
        using var client = new CancellationTokenSource();
        var endless = new SamplingOptions { Temperature = 0, IgnoreEndOfSequence = true };
        SubmitResult result = bench.Loop.Submit(LoopBench.Request("abc", endless) with { Choices = 3 }, client.Token);
        await gate.Entered;
        await client.CancelAsync();
        gate.Open();
        foreach (Answer answer in await Answer.ReadAll(result.Events!, choices: 3))
        {
            Assert.Equal(FinishReason.Abort, answer.End.FinishReason);
        }

        Assert.Single(bench.Model.StepSizes);
        Assert.Equal(0, bench.Metric(EngineMetricNames.KvCacheUsage));
        Assert.Equal(0, bench.Loop.ActiveRequests);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable bench in _benches) await bench.DisposeAsync();
        _model.Dispose();
    }

    private static async Task<Answer[]> AskAll(LoopBench bench, int[] prompt, SamplingOptions sampling, int choices)
    {
        SubmitResult result = bench.Loop.Submit(Request(prompt, sampling) with { Choices = choices }, CancellationToken.None);
        Assert.Null(result.Message);
        return await Answer.ReadAll(result.Events!, choices);
    }

    private static GenerationRequest Request(int[] prompt, SamplingOptions sampling) =>
        new() { Id = "choices", PromptTokens = prompt, Sampling = sampling with { IgnoreEndOfSequence = true } };

    private LoopBench Bench(EngineOptions options, int blocks)
    {
        var bench = new CrowdTests.ModelBench(_model, options, blocks);
        _benches.Add(bench);
        return bench.Bench;
    }
}
