using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Tests;

public sealed class EngineCatalogTests
{
    private static readonly SchemaNode Spec = ResourceCatalog.Releases.Schema.Properties!["spec"];

    [Fact]
    public void A_release_may_name_the_engines_of_the_catalogue_and_no_other() =>
        Assert.Equal(Spec.Properties!["engine"].Properties!["name"].Enum!, EngineCatalog.All.Select(engine => engine.Name));

    [Fact]
    public void Every_setting_of_an_engine_in_a_release_is_an_option_of_one_and_every_option_a_setting()
    {
        string[] settings =
            ["source.path", .. Leaves(Spec.Properties!["engine"], "engine"), "chatTemplate.path", "adapters"];
        IEnumerable<string> declared = EngineCatalog.All.SelectMany(engine => engine.Options).Select(option => option.Field).Distinct();
        Assert.Equal(settings.Order(StringComparer.Ordinal), declared.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_engine_has_each_argument_once()
    {
        foreach (EngineDefinition engine in EngineCatalog.All)
        {
            string[] flags = [.. engine.Options.Select(option => option.Flag), .. engine.LocalOptions.Select(option => option.Flag)];
            Assert.Equal(flags.Distinct(), flags);
        }
    }

    [Fact]
    public void What_a_release_says_becomes_arguments_in_the_order_of_the_catalogue()
    {
        var engine = new EngineSpec
        {
            Weights = "int4",
            ContextLength = 4096,
            KvCacheMemory = new ByteSize(32 << 20),
            InterTokenTarget = Duration.Zero,
            Speculation = new SpeculationSpec { Method = SpeculationSpec.Ngram, LookupMin = 3, LookupMax = 6 },
            ToolCallParser = "hermes",
            Pooling = "cls",
            Lora = new LoraSpec { MaxAdapters = 3, MaxRank = 8, Memory = new ByteSize(1 << 20) },
            KvEvents = true,
        };
        var files = new EngineFiles
        {
            Model = "/m", ChatTemplate = "/t.jinja", Adapters = [new AdapterFolder("a", "/x"), new AdapterFolder("b", "/y=z")],
        };
        Assert.Equal(
            "--model /m --engine trireme --weights int4 --context 4096 --kv-cache-memory 33554432 --inter-token-target 0s "
            + "--speculative ngram --prompt-lookup-min 3 --prompt-lookup-max 6 --chat-template /t.jinja --tool-call-parser hermes "
            + "--pooling cls --enable-lora --lora-modules a=/x b=/y=z --max-loras 3 --max-lora-rank 8 --lora-memory 1048576 --kv-events",
            string.Join(' ', EngineCatalog.Trireme.Arguments(new EngineSetup(engine, files))));
    }

    [Fact]
    public void What_a_release_does_not_say_is_left_to_the_engine()
    {
        var setup = new EngineSetup(new EngineSpec { KvEvents = false }, new EngineFiles { Model = "/m" });
        Assert.Equal(["--model", "/m", "--engine", "trireme"], EngineCatalog.Trireme.Arguments(setup));
    }

    [Fact]
    public void ONNX_Runtime_is_told_how_to_batch()
    {
        var engine = new EngineSpec { Name = EngineSpec.Onnx, MaxBatchSize = 16, BatchWindow = Duration.FromSeconds(0.0025) };
        Assert.Equal(
            ["--model", "/m", "--engine", "onnx", "--max-batch-size", "16", "--batch-window", "2.5ms"],
            EngineCatalog.Onnx.Arguments(new EngineSetup(engine, new EngineFiles { Model = "/m" })));
    }

    [Fact]
    public void A_replica_and_the_release_it_was_made_from_have_the_same_setup_but_for_where_files_are()
    {
        var spec = new ModelReplicaSpec
        {
            Service = "s",
            Release = "r",
            ContentHash = "h",
            Model = ArtifactSource.OfFile("/models/m"),
            DraftModel = ArtifactSource.OfFile("/models/d"),
            ChatTemplate = ArtifactSource.OfFile("/models/t.jinja"),
            Adapters = [new ReplicaAdapter { Name = "a", Source = ArtifactSource.OfFile("/models/a b") }],
        };
        EngineFiles files = EngineSetup.Of(spec, source => source.LocalPath()!).Files;
        Assert.Equal(("/models/m", "/models/d", "/models/t.jinja"), (files.Model, files.DraftModel, files.ChatTemplate));
        Assert.Equal([new AdapterFolder("a", "/models/a b")], files.Adapters);
        Assert.Equal(4, spec.Sources().Count());
    }

    private static IEnumerable<string> Leaves(SchemaNode node, string path) => node.Properties is { } properties
        ? properties.SelectMany(property => Leaves(property.Value, $"{path}.{property.Key}"))
        : [path];
}
