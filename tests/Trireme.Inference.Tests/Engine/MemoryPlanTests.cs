using Trireme.Contracts.Engines;
using Trireme.Inference.Caching;
using Trireme.Inference.Engine;
using Trireme.Inference.Speculation;
using Trireme.Inference.Tests.Models;

namespace Trireme.Inference.Tests.Engine;

public sealed class MemoryPlanTests
{
    private const long MiB = 1 << 20;

    /// <summary>One block is 1 MiB: 64 heads x 16 tokens x (64 + 64) floats x 2 layers.</summary>
    private static readonly KvCacheShape Shape = new(LayerCount: 2, KeyValueHeadCount: 64, HeadDimension: 64, BlockSize: 16);

    private static readonly MemoryNeeds Needs = new(WeightBytes: 100 * MiB, ScratchBytes: 10 * MiB);

    private static readonly EngineOptions Options = new() { ModelName = "test", MaxSequences = 4 };

    private static readonly SpeculationOptions Lookup = new() { Method = SpeculationMethod.Ngram };

    [Fact]
    public void The_cache_gets_what_the_budget_leaves() =>
        Assert.Equal(40, Blocks(Options with { MemoryBytes = 150 * MiB }));

    [Fact]
    public void The_cache_gets_no_more_than_all_requests_can_use() =>
        Assert.Equal(4 * 20, Blocks(Options with { MemoryBytes = 10_000 * MiB }));

    [Fact]
    public void Half_of_the_process_memory_is_the_budget_when_none_is_given() =>
        Assert.Equal(40, MemoryPlan.BlockCount(Options, Shape, 320, Needs, processBytes: 300 * MiB));

    [Fact]
    public void A_draft_models_keys_and_values_take_their_part_of_each_block()
    {
        KvCacheShape draft = Shape with { LayerCount = 1 };
        MemoryNeeds needs = Needs.With(new MemoryNeeds(WeightBytes: 8 * MiB, ScratchBytes: 2 * MiB), draft);
        // Of 150 MiB the two models leave 30, and a block takes one and a half.
        EngineOptions options = Options with { MemoryBytes = 150 * MiB };
        Assert.Equal(20, MemoryPlan.BlockCount(options, Shape, contextLength: 320, needs, processBytes: 0));
        EngineOptions tooSmall = Options with { MemoryBytes = 149 * MiB };
        Assert.Throws<EngineStartException>(() => MemoryPlan.BlockCount(tooSmall, Shape, contextLength: 320, needs, processBytes: 0));
    }

    [Fact]
    public void A_cache_size_that_is_given_is_used() =>
        Assert.Equal(25, Blocks(Options with { MemoryBytes = 150 * MiB, KvCacheBytes = (25 * MiB) + 17 }));

    [Fact]
    public void Keys_and_values_in_eight_bits_count_a_byte_per_number_and_their_scales()
    {
        // 64 heads x 16 tokens x (64 + 64 bytes, and a scale of four bytes for each of the two) x 2 layers.
        KvCacheShape shape = new(LayerCount: 2, KeyValueHeadCount: 64, HeadDimension: 64, BlockSize: 16, KvPrecision.Int8);
        Assert.Equal(64 * 16 * (64 + 64 + 4 + 4) * 2, shape.BytesPerBlock);
        using var cache = new KvCache(shape, blockCount: 3);
        Assert.Equal(3 * shape.BytesPerBlock, cache.ByteLength);
    }

    [Fact]
    public void What_is_kept_for_adapters_is_part_of_the_budget_and_of_its_refusals()
    {
        MemoryNeeds needs = Needs with { AdapterBytes = 15 * MiB };
        Assert.Equal(25, MemoryPlan.BlockCount(Options with { MemoryBytes = 150 * MiB }, Shape, 320, needs, processBytes: 0));
        string tooSmall = Refusal(Options with { MemoryBytes = 144 * MiB });
        const string Parts = "145.0 MiB: 100.0 MiB for weights, 15.0 MiB for adapters, 10.0 MiB for scratch";
        Assert.Contains(Parts, tooSmall, StringComparison.Ordinal);
        string tooLarge = Refusal(Options with { MemoryBytes = 150 * MiB, KvCacheBytes = 26 * MiB });
        Assert.Contains("weights (100.0 MiB), adapters (15.0 MiB) and scratch (10.0 MiB)", tooLarge, StringComparison.Ordinal);

        string Refusal(EngineOptions options) =>
            Assert.Throws<EngineStartException>(() => MemoryPlan.BlockCount(options, Shape, 320, needs, processBytes: 0)).Message;
    }

    public static TheoryData<string, EngineOptions, string[]> Refusals => new()
    {
        {
            "less than a context",
            Options with { MemoryBytes = 129 * MiB },
            ["130.0 MiB", "100.0 MiB", "10.0 MiB", "20.0 MiB", "129.0 MiB", "at most 304"]
        },
        { "less than the weights", Options with { MemoryBytes = 50 * MiB }, ["50.0 MiB", "a smaller model"] },
        {
            "a cache below one context",
            Options with { MemoryBytes = 200 * MiB, KvCacheBytes = 19 * MiB },
            ["19.0 MiB", "20.0 MiB", "Raise engine.kvCacheMemory (--kv-cache-memory) or lower engine.contextLength (--context)."]
        },
        {
            "a cache above the budget",
            Options with { MemoryBytes = 150 * MiB, KvCacheBytes = 41 * MiB },
            ["41.0 MiB", "40.0 MiB", "150.0 MiB", "Lower engine.kvCacheMemory (--kv-cache-memory) or raise resources.memory (--memory)."]
        },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_budget_that_is_too_small_is_refused_with_the_numbers(string name, EngineOptions options, string[] numbers)
    {
        string message = Assert.Throws<EngineStartException>(() => Blocks(options)).Message;
        foreach (string number in numbers)
        {
            Assert.True(message.Contains(number, StringComparison.Ordinal), $"{name}: {number} is not in: {message}");
        }
    }

    public static TheoryData<string, EngineOptions> WrongOptions => new()
    {
        { "resources.threads (--threads)", Options with { Threads = 0 } },
        { "engine.maxSequences (--max-sequences)", Options with { MaxSequences = 0 } },
        { "maxWaiting", Options with { MaxWaiting = 0 } },
        { "maxWaitingTokens", Options with { MaxWaitingTokens = 0 } },
        { "kvEventCapacity", Options with { KvEventCapacity = -1 } },
        { "engine.interTokenTarget (--inter-token-target)", Options with { InterTokenTarget = TimeSpan.Zero } },
        { "blockSize", Options with { BlockSize = 12 } },
        { "blockSize", Options with { BlockSize = 0 } },
        { "engine.lora.maxAdapters (--max-loras) is 0", Options with { Lora = new LoraOptions { MaxAdapters = 0 } } },
        { "engine.lora.maxRank (--max-lora-rank) is 1025", Options with { Lora = new LoraOptions { MaxRank = 1025 } } },
        { "engine.lora.memory (--lora-memory) is 0", Options with { Lora = new LoraOptions { MemoryBytes = 0 } } },
        { "engine.maxBatchedTokens (--max-batched-tokens)", Options with { MaxBatchedTokens = 3 } },
        { "engine.speculation.tokens (--num-speculative-tokens)", Options with { Speculation = Lookup with { DraftTokensMax = 0 } } },
        { "engine.speculation.tokens (--num-speculative-tokens)", Options with { Speculation = Lookup with { DraftTokensMax = 17 } } },
        { "engine.speculation.lookupMin (--prompt-lookup-min)", Options with { Speculation = Lookup with { LookupMin = 0 } } },
        { "engine.speculation.lookupMax (--prompt-lookup-max)", Options with { Speculation = Lookup with { LookupMax = 9 } } },
        {
            "engine.speculation.lookupMax (--prompt-lookup-max)",
            Options with { Speculation = Lookup with { LookupMin = 4, LookupMax = 3 } }
        },
        {
            "engine.speculation.draftModel (--draft-model)",
            Options with { Speculation = Lookup with { Method = SpeculationMethod.Draft } }
        },
        { "engine.speculation.draftModel (--draft-model)", Options with { Speculation = Lookup with { DraftModel = "small" } } },
    };

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public void An_option_out_of_range_is_named(string field, EngineOptions options)
    {
        var refusal = Assert.Throws<EngineStartException>(() => EngineOptionRules.Check(options));
        Assert.StartsWith(field, refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Messages name what a person can set: each name is one of the catalog, with its own argument.</summary>
    [Fact]
    public void The_names_of_options_are_those_of_the_manifests_and_of_the_command_line()
    {
        IEnumerable<string> fields = EngineCatalog.All.SelectMany(engine => engine.Options).Select(o => $"{o.Field} ({o.Flag})");
        IEnumerable<string> local = EngineCatalog.All.SelectMany(engine => engine.LocalOptions)
            .Select(option => $"{option.SetBy.Replace("the service's `spec.", "", StringComparison.Ordinal).TrimEnd('`')} ({option.Flag})");
        HashSet<string> known = [.. fields, .. local];
        string[] names = [.. typeof(OptionNames).GetFields().Select(name => (string)name.GetRawConstantValue()!)];
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains(name, known));
    }

    [Fact]
    public void A_context_longer_than_the_model_was_made_for_is_refused()
    {
        Assert.Equal(256, ContextLength(null));
        Assert.Equal(100, ContextLength(100));
        Assert.Throws<EngineStartException>(() => ContextLength(257));
        Assert.Throws<EngineStartException>(() => ContextLength(0));
    }

    private static int ContextLength(int? wanted) =>
        EngineOptionRules.ContextLength(Options with { ContextLength = wanted }, SyntheticModel.Awkward);

    private static int Blocks(EngineOptions options) => MemoryPlan.BlockCount(options, Shape, contextLength: 320, Needs, processBytes: 0);
}
