using Trireme.Contracts.Metrics;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;
using Trireme.Inference.Models;
using Trireme.Inference.Speculation;

namespace Trireme.Inference.Tests.Engine;

public sealed class LoopAllocationTests
{
    /// <summary>
    /// The event that carries a token to its reader (104 bytes), its text (24 to 32), and the token's share of the channel's and the
    /// answer's lists, which double now and then.
    /// </summary>
    private const double BytesPerTokenMax = 200;

    [Theory]
    [InlineData("no drafts")]
    [InlineData("prompt lookup", SpeculationMethod.Ngram)]
    [InlineData("a draft model", SpeculationMethod.Draft)]
    public async Task A_running_answer_costs_the_engines_thread_its_events_and_nothing_else(
        string sentence, SpeculationMethod? drafts = null)
    {
        const int Answers = 8;
        const int Warm = 40;
        const int Measured = 120;
        // With drafts each step gives up to five tokens.
        int tokensPerStep = drafts is null ? 1 : 5;
        var model = new CountingModel();
        var options = new EngineOptions
        {
            ModelName = "test",
            MaxSequences = Answers,
            Speculation = drafts is { } method ? new SpeculationOptions { Method = method, Always = true } : null,
        };
        (IDrafter, IEngineMemory) Drafting(IEngineMemory memory) =>
            (new ModelDrafter(new CountingModel(), options, memory.BlockCount, contextLength: 1000, TimeProvider.System), memory);
        bool hasModel = drafts == SpeculationMethod.Draft;
        await using var bench = new LoopBench(
            model, options, blocks: 512, contextLength: 1000, drafting: hasModel ? Drafting : null);
        long first = 0;
        long last = 0;
        model.BeforeStep = step =>
        {
            if (step == Warm) first = GC.GetAllocatedBytesForCurrentThread();
            if (step == Warm + Measured) last = GC.GetAllocatedBytesForCurrentThread();
        };
        int tokens = (Warm + Measured + 10) * tokensPerStep;
        var sampling = new SamplingOptions { Temperature = 0, IgnoreEndOfSequence = true, MaxTokens = tokens };
        await Task.WhenAll(Enumerable.Range(0, Answers).Select(i => bench.Ask(LoopBench.Request("abc", sampling) with { Id = $"{i}" })));
        double bytes = (double)(last - first) / (Answers * Measured * tokensPerStep);
        Assert.True(bytes is > 1 and <= BytesPerTokenMax, $"{sentence}: {bytes:0} bytes per token.");
        if (drafts is not null) Assert.InRange(bench.Metric(EngineMetricNames.SpeculativeAcceptedTokens), Answers * Measured * 3.9, 1e6);
    }

    /// <summary>Says the same whatever it is asked, and allocates nothing.</summary>
    private sealed class CountingModel : ILanguageModel
    {
        private readonly float[] _logits = new float[27 * 32];
        private int _steps;

        public CountingModel()
        {
            for (int row = 0; row < 32; row++) _logits[(row * 27) + 3] = 1;
        }

        public int VocabularySize => 27;

        public int HiddenSize => 27;

        public int MaxLogitRows => 32;

        public Action<int>? BeforeStep { get; set; }

        public void Run(BatchPlan batch) => BeforeStep?.Invoke(++_steps);

        public Span<float> Logits(int firstOutput, int count) => _logits.AsSpan(0, count * VocabularySize);

        public ReadOnlySpan<float> States(int firstOutput, int count) => throw new NotSupportedException("Nobody asks for embeddings.");
    }
}
