using System.CommandLine;
using Trireme.Commands;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;
using Trireme.Inference.Speculation;
using Trireme.Inference.ToolCalls;
using Trireme.Testing;
using Trireme.Worker;

namespace Trireme.Tests;

/// <summary>The catalogue of engine options, the worker's command line and the page about the engine say the same.</summary>
public sealed class EngineOptionTests
{
    private static readonly EngineSpec Everything = new()
    {
        Weights = "int4",
        KvCacheType = "int8",
        ContextLength = 4096,
        MaxSequences = 8,
        MaxBatchedTokens = 128,
        KvCacheMemory = new ByteSize(32 << 20),
        InterTokenTarget = Duration.FromSeconds(0.02),
        Speculation = new SpeculationSpec { Method = SpeculationSpec.Ngram, Tokens = 3, LookupMin = 3, LookupMax = 6 },
        ToolCallParser = "phi",
        Pooling = "mean",
        Lora = new LoraSpec { MaxAdapters = 3, MaxRank = 8, Memory = new ByteSize(1 << 20) },
        KvEvents = true,
        MaxBatchSize = 16,
        BatchWindow = Duration.FromSeconds(0.002),
    };

    [Fact]
    public void Every_option_of_the_worker_is_reached_from_a_release_or_local_to_the_machine_and_nothing_else_is_declared()
    {
        IEnumerable<string> declared = EngineCatalog.All.SelectMany(engine => engine.Options.Select(option => option.Flag)
            .Concat(engine.LocalOptions.Select(option => option.Flag)));
        IEnumerable<string> known = WorkerCommand.Create().Options.Select(option => option.Name);
        Assert.Equal(known.Order(StringComparer.Ordinal), declared.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_worker_reads_what_a_release_says_to_a_language_model()
    {
        WorkerOptions options = Read(EngineCatalog.Trireme, Everything, new EngineFiles
        {
            Model = "/m", ChatTemplate = "/t.jinja", Adapters = [new AdapterFolder("a", "/x"), new AdapterFolder("b", "/y=z")],
        });
        Assert.Equal(("/m", EngineKind.Trireme, "/t.jinja"), (options.ModelPath, options.Engine, options.ChatTemplateFile));
        Assert.Equal((WeightPrecision.Int4, KvPrecision.Int8), (options.Weights, options.KvPrecision));
        Assert.Equal((4096, 8, 128), (options.ContextLength, options.MaxSequences, options.MaxBatchedTokens));
        Assert.Equal((32L << 20, TimeSpan.FromMilliseconds(20)), (options.KvCacheBytes, options.InterTokenTarget));
        Assert.Equal((ToolCallFormat.Phi, PoolingMode.Mean, true), (options.ToolCallParser, options.Pooling, options.KvEvents));
        Assert.Equal((true, 3, 8, 1L << 20), (options.EnableLora, options.MaxLoras, options.MaxLoraRank, options.LoraMemoryBytes));
        Assert.Equal([KeyValuePair.Create("a", "/x"), KeyValuePair.Create("b", "/y=z")], options.LoraModules);
        var lookup = new SpeculationOptions { Method = SpeculationMethod.Ngram, DraftTokensMax = 3, LookupMin = 3, LookupMax = 6 };
        Assert.Equal(lookup, options.Speculation);
    }

    [Fact]
    public void The_worker_reads_what_a_release_says_to_a_draft_model_and_to_ONNX_Runtime()
    {
        EngineSpec drafting = new() { Speculation = new SpeculationSpec { Method = SpeculationSpec.Draft, DraftModel = "d" } };
        WorkerOptions options = Read(EngineCatalog.Trireme, drafting, new EngineFiles { Model = "/m", DraftModel = "/d" });
        Assert.Equal((SpeculationMethod.Draft, "/d"), (options.Speculation!.Method, options.Speculation.DraftModel));
        options = Read(EngineCatalog.Onnx, Everything with { Name = EngineSpec.Onnx }, new EngineFiles { Model = "/m" });
        Assert.Equal((EngineKind.Onnx, 16, TimeSpan.FromMilliseconds(2)), (options.Engine, options.MaxBatchSize, options.BatchWindow));
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(1, 0, false)]
    [InlineData(0, -1, false)]
    public void A_lookup_is_checked_against_the_engines_own_defaults(int aboveMax, int belowMin, bool fits)
    {
        var defaults = new SpeculationOptions { Method = SpeculationMethod.Ngram };
        var lookup = new SpeculationSpec
        {
            Method = SpeculationSpec.Ngram,
            LookupMin = belowMin < 0 ? null : defaults.LookupMax + aboveMax,
            LookupMax = belowMin < 0 ? defaults.LookupMin + belowMin : null,
        };
        var errors = new FieldErrors();
        new Release
        {
            Metadata = new ObjectMeta { Name = "r" },
            Spec = new ReleaseSpec { Source = new ModelSource { Path = "m" }, Engine = new EngineSpec { Speculation = lookup } },
        }.Validate(errors);
        Assert.Equal(fits, errors.IsEmpty);
    }

    [Fact]
    public void The_page_about_the_engine_shows_the_catalogue()
    {
        const string Begin = "<!-- The tables up to the next such line are those of the engine catalogue. -->\n";
        const string End = "<!-- End of the tables. -->";
        string page = File.ReadAllText(Repository.PathOf("docs", "engine.md"));
        int start = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, end = page.IndexOf(End, StringComparison.Ordinal);
        Assert.True(start >= Begin.Length && end >= start, "docs/engine.md has no marked tables.");
        string expected = EngineOptionTable.Write();
        Assert.True(expected == page[start..end], $"Put this between the marks in docs/engine.md:\n{expected}");
    }

    private static WorkerOptions Read(EngineDefinition engine, EngineSpec spec, EngineFiles files)
    {
        ParseResult parsed = WorkerCommand.Create().Parse([.. engine.Arguments(new EngineSetup(spec, files)), "--port", "0"]);
        Assert.Empty(parsed.Errors);
        return WorkerCommand.Read(parsed);
    }
}
