using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Operator.Runtimes.Processes;

namespace Trireme.Operator.Tests.Runtimes.Processes;

public sealed class WorkerLauncherTests
{
    [Theory]
    [InlineData(EngineSpec.Trireme)]
    [InlineData(EngineSpec.Onnx)]
    public void A_worker_is_started_with_the_engine_its_release_names(string engine)
    {
        List<string> arguments = Arguments(new EngineSpec { Name = engine });
        Assert.Equal(engine, arguments[arguments.IndexOf("--engine") + 1]);
        Assert.Equal("/models/m", arguments[arguments.IndexOf("--model") + 1]);
        string[] unasked = ["--weights", "--kv-cache-dtype", "--context", "--speculative", "--draft-model", "--num-speculative-tokens"];
        Assert.Empty(arguments.Intersect(unasked));
    }

    [Fact]
    public void A_worker_is_told_how_its_release_holds_the_model()
    {
        var engine = new EngineSpec
        {
            Weights = "int4",
            KvCacheType = "int8",
            Speculation = new SpeculationSpec { Method = SpeculationSpec.Draft, DraftModel = "d", Tokens = 3 },
        };
        string command = string.Join(' ', Arguments(engine, draft: "/models/d"));
        Assert.Contains("--weights int4 --kv-cache-dtype int8", command);
        Assert.Contains("--speculative draft --draft-model /models/d --num-speculative-tokens 3", command);
    }

    [Fact]
    public void A_worker_is_told_where_the_adapters_and_the_template_of_its_release_are()
    {
        string command = string.Join(' ', Arguments(new EngineSpec(), change: spec => spec with
        {
            ChatTemplate = ArtifactSource.OfFile("/models/t.jinja"),
            Adapters =
            [
                new ReplicaAdapter { Name = "one", Source = ArtifactSource.OfFile("/models/1") },
                new ReplicaAdapter { Name = "two", Source = ArtifactSource.OfFile("/models/2") },
            ],
        }));
        Assert.Contains("--chat-template /models/t.jinja --enable-lora --lora-modules one=/models/1 two=/models/2 --port 0 ", command);
    }

    [Theory]
    [InlineData(EngineSpec.Trireme)]
    [InlineData(EngineSpec.Onnx)]
    public void What_the_platform_adds_is_listed_as_local_to_the_machine(string name)
    {
        EngineDefinition engine = EngineCatalog.Find(name)!;
        IEnumerable<string> flags =
            Arguments(new EngineSpec { Name = name }).Where(argument => argument.StartsWith("--", StringComparison.Ordinal));
        Assert.Equal(
            engine.LocalOptions.Select(option => option.Flag).Except(["--host", "--allowed-origins", "--allowed-hosts"]).Order(),
            flags.Except(engine.Options.Select(option => option.Flag)).Order());
    }

    [Fact]
    public void An_engine_of_another_version_is_not_guessed()
    {
        ArgumentException refused = Assert.Throws<ArgumentException>(() => Arguments(new EngineSpec { Name = "steam" }));
        Assert.StartsWith("This version has no engine \"steam\".", refused.Message, StringComparison.Ordinal);
    }

    private static List<string> Arguments(
        EngineSpec engine, string? draft = null, Func<ModelReplicaSpec, ModelReplicaSpec>? change = null)
    {
        var replica = new ModelReplica
        {
            Metadata = new ObjectMeta { Name = "r", Namespace = "default" },
            Spec = new ModelReplicaSpec
            {
                Service = "s",
                Release = "v1",
                ContentHash = "sha256:1",
                Model = ArtifactSource.OfFile("/models/m"),
                DraftModel = draft is null ? null : ArtifactSource.OfFile(draft),
                Engine = engine,
            },
        };
        if (change is not null) replica = replica with { Spec = change(replica.Spec) };
        var launcher = new WorkerLauncher(new WorkerProgram { FileName = "trireme" }, "/run/owner.lock", TimeSpan.FromMinutes(15));
        return [.. launcher.Arguments(replica, new ReplicaFolder("/run/r", new ResourceKey("default", "r")))];
    }
}
