using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Speculation;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Engine;

public sealed class ModelFitTests
{
    private static readonly string Sample = Repository.PathOf("samples", "models", "tiny");

    private static readonly SpeculationOptions Drafting = new()
    {
        Method = SpeculationMethod.Draft, DraftModel = Repository.PathOf("samples", "models", "tiny-better"),
    };

    public static TheoryData<string> Cases =>
        ["a model alone", "four bits", "keys and values in eight bits", "adapters", "a draft model", "adapters and a draft model"];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_budget_it_tells_is_the_least_that_the_engine_starts_with(string what)
    {
        EngineOptions options = Options(what);
        long least = ModelFit.Of(Sample, options, streams: 1).BudgetBytes;
        await using (await Load(options with { MemoryBytes = least }))
        {
            // One byte less is too little.
        }

        await Assert.ThrowsAsync<EngineStartException>(() => Load(options with { MemoryBytes = least - 1 }));
    }

    [Fact]
    public void Each_part_is_told_by_itself_and_there_only_where_it_is_asked_for()
    {
        var alone = ModelFit.Of(Sample, Options("a model alone"), streams: 3);
        var both = ModelFit.Of(Sample, Options("adapters and a draft model"), streams: 3);
        Assert.Equal((0, 0), (alone.DraftWeightBytes, alone.AdapterBytes));
        Assert.Equal((alone.WeightBytes, alone.WeightBytes), (both.WeightBytes, both.DraftWeightBytes));
        Assert.Equal(2 * alone.KvCacheBytes, both.KvCacheBytes);
        Assert.True(both.AdapterBytes > 0 && both.ScratchBytes > 2 * alone.ScratchBytes && both.ProcessBytes > alone.ProcessBytes);
        Assert.Equal(alone.KvCacheBytes, 3 * ModelFit.Of(Sample, Options("a model alone"), streams: 1).KvCacheBytes);
        Assert.Equal(both.TotalBytes, both.BudgetBytes - both.UnusedBytes + both.ProcessBytes);
    }

    [Theory]
    [InlineData(1, 31)]
    [InlineData(32, 0)]
    [InlineData(100, 0)]
    public void Rows_of_logits_that_no_stream_needs_are_not_used(int streams, int rows) =>
        Assert.Equal(rows * 2048 * sizeof(float), ModelFit.Of(Sample, Options("a model alone"), streams).UnusedBytes);

    [Fact]
    public void A_draft_model_that_does_not_belong_to_the_model_is_refused_as_the_engine_does()
    {
        SpeculationOptions foreign = Drafting with { DraftModel = Repository.PathOf("samples", "models", "tiny-broken") };
        var refusal = Assert.Throws<ModelFormatException>(
            () => ModelFit.Of(Sample, Options("a model alone") with { Speculation = foreign }, streams: 1));
        Assert.Contains("as a draft model it cannot be used", refusal.Message, StringComparison.Ordinal);
    }

    private static EngineOptions Options(string what)
    {
        var options = new EngineOptions { ModelName = "tiny", ContextLength = 256 };
        return what switch
        {
            "four bits" => options with { Weights = WeightPrecision.Int4 },
            "keys and values in eight bits" => options with { KvPrecision = KvPrecision.Int8 },
            "adapters" => options with { Lora = new LoraOptions { MaxAdapters = 2, MaxRank = 8 } },
            "a draft model" => options with { Speculation = Drafting },
            "adapters and a draft model" => options with { Lora = new LoraOptions(), Speculation = Drafting },
            _ => options,
        };
    }

    private static Task<InferenceEngine> Load(EngineOptions options) => InferenceEngine.LoadAsync(
        Sample, options, new MetricRegistry(), NullLoggerFactory.Instance, TimeProvider.System, TestContext.Current.CancellationToken);
}
