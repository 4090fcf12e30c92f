using System.Runtime.InteropServices;
using Trireme.Contracts.Metrics;
using Trireme.Inference.Caching;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Generation;
using Trireme.Inference.Kernels;
using Trireme.Inference.Models;
using Trireme.Inference.Tests.Models;

namespace Trireme.Inference.Tests.Engine;

/// <summary>The whole engine over a small random model.</summary>
public sealed class CrowdTests
{
    private const int BlockSize = 8;

    private static readonly ModelConfig Config = SyntheticModel.Awkward;

    [Fact]
    public async Task A_seeded_request_gets_the_same_tokens_and_bits_alone_and_in_a_crowd_that_fights_for_blocks()
    {
        using var model = new SyntheticModel(Config, "BF16", seed: 11);
        GenerationRequest[] requests = [.. Enumerable.Range(0, 24).Select(Request)];
        var alone = new List<Answer>();
        await using (var calm = new ModelBench(model, new EngineOptions { ModelName = "test", BlockSize = BlockSize }, blocks: 64))
        {
            foreach (GenerationRequest request in requests) alone.Add(await calm.Bench.Ask(request));
        }

        var crowded = new EngineOptions { ModelName = "test", BlockSize = BlockSize, MaxSequences = 9, MaxBatchedTokens = 21, Threads = 2 };
        await using var busy = new ModelBench(model, crowded, blocks: 16);
        Answer[] together = await Task.WhenAll(requests.Select((request, i) => busy.Bench.Ask(request with { Priority = i % 3 })));
        // Once more over the blocks that are left, with steps of the least size the target of a nanosecond allows.
        EngineOptions hurried = crowded with { InterTokenTarget = TimeSpan.FromTicks(1), MaxBatchedTokens = 100, Threads = 1 };
        await using var eager = new ModelBench(model, hurried, blocks: 20);
        await Task.WhenAll(requests.Take(8).Select(eager.Bench.Ask));
        Answer[] again = await Task.WhenAll(requests.Reverse().Select(eager.Bench.Ask));
        Array.Reverse(again);

        for (int i = 0; i < requests.Length; i++)
        {
            Assert.Equal(alone[i].Tokens, together[i].Tokens);
            Assert.Equal(alone[i].Text, together[i].Text);
            Assert.Equal(alone[i].End.FinishReason, together[i].End.FinishReason);
            Assert.Equal(Bits(alone[i]), Bits(together[i]));
            Assert.Equal(alone[i].Tokens, again[i].Tokens);
            Assert.Equal(Bits(alone[i]), Bits(again[i]));
        }

        Assert.True(busy.Bench.Metric(EngineMetricNames.Preemptions) > 0, "Nothing was preempted.");
        Assert.True(busy.Bench.Metric(EngineMetricNames.PrefixCacheHits) > 0, "Nothing was shared.");
        Assert.True(eager.Bench.Metric(EngineMetricNames.PrefixCacheHits) > 0, "Nothing was cached.");
        Assert.Equal(0, busy.Bench.Metric(EngineMetricNames.KvCacheUsage));
        Assert.Equal(0, busy.Bench.Loop.ActiveRequests);
    }

    private static GenerationRequest Request(int number)
    {
        var random = new Random(number);
        int[] shared = [.. Enumerable.Range(1, 20)];
        int[] own = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(Config.VocabularySize))];
        return new GenerationRequest
        {
            Id = $"request {number}",
            PromptTokens = [.. shared, .. own],
            Sampling = new SamplingOptions
            {
                Seed = number,
                Temperature = number % 3,
                TopK = number % 5 * 4,
                TopP = number % 2 == 0 ? 1 : 0.9f,
                MaxTokens = random.Next(1, 60),
                LogProbabilities = 3,
                PromptLogProbabilities = number % 4 == 0 ? 1 : null,
                Stop = number % 6 == 5 ? ["ab", "q"] : [],
            },
        };
    }

    internal static uint[] Bits(Answer answer)
    {
        IEnumerable<TokenLogProbability?> all = answer.Events
            .SelectMany(entry => entry.PromptLogProbabilities ?? [])
            .Concat(answer.Events.Select(entry => entry.LogProbability));
        float[] values =
        [
            .. from entry in all.OfType<TokenLogProbability>()
               from value in entry.Top.Select(top => top.LogProbability).Append(entry.LogProbability)
               select value,
        ];
        return MemoryMarshal.Cast<float, uint>(values).ToArray();
    }

    internal sealed class ModelBench : IAsyncDisposable
    {
        private readonly DecoderWeights _weights;
        private readonly KvCache _cache;
        private readonly ComputeThreads _threads;
        private readonly ForwardPass _pass;

        public ModelBench(SyntheticModel model, EngineOptions options, int blocks)
        {
            _weights = new DecoderWeights(Config, model.Set);
            var shape = new KvCacheShape(
                Config.LayerCount, Config.KeyValueHeadCount, Config.HeadDimension, BlockSize, options.KvPrecision);
            _cache = new KvCache(shape, blocks);
            _threads = new ComputeThreads(options.Threads);
            _pass = new ForwardPass(Config, _weights, _cache, _threads, options.MaxBatchedTokens, blocks * BlockSize);
            Bench = new LoopBench(_pass, options, blocks, contextLength: 16 * BlockSize, cache: _cache);
        }

        public LoopBench Bench { get; }

        public async ValueTask DisposeAsync()
        {
            await Bench.DisposeAsync();
            _pass.Dispose();
            _threads.Dispose();
            _cache.Dispose();
            _weights.Dispose();
        }
    }
}
