using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Replicas;
using Trireme.Fleet.Tests.Services;

namespace Trireme.Fleet.Tests.Replicas;

public sealed class ReplicaTemplateTests
{
    private static readonly ModelService Service = ServiceWorld.Service();
    private static readonly Release Release = ServiceWorld.Release("tiny-v1", "h1");

    public static TheoryData<string, bool> Changes => new()
    {
        { "another content", true },
        { "more memory", true },
        { "another engine argument", true },
        { "a restart", true },
        { "more replicas", false },
        { "another drain timeout", false },
        { "another rollout plan", false },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Replicas_are_replaced_only_by_what_changes_their_engine(string change, bool replaced)
    {
        (ModelService service, Release release) = change switch
        {
            "another content" => (Service, ServiceWorld.Release("tiny-v1", "h2")),
            "more memory" => (With(Service.Spec with { Resources = new ReplicaResources { Memory = new ByteSize(5) } }), Release),
            "another engine argument" => (
                Service, Release with { Spec = Release.Spec with { Engine = new EngineSpec { MaxSequences = 3 } } }),
            "a restart" => (With(Service.Spec with { RestartedAt = ServiceWorld.Now }), Release),
            "more replicas" => (With(Service.Spec with { Replicas = 9 }), Release),
            "another drain timeout" => (With(Service.Spec with { Drain = new DrainSpec { Timeout = Duration.FromSeconds(1) } }), Release),
            _ => (With(Service.Spec with { Rollout = new RolloutSpec { Steps = [] } }), Release),
        };
        Assert.Equal(replaced, new ReplicaTemplate(Service, Release).Hash != new ReplicaTemplate(service, release).Hash);
    }

    [Fact]
    public void A_replica_carries_its_owner_its_labels_and_the_finalizer()
    {
        var template = new ReplicaTemplate(Service, Release);
        ModelReplica replica = template.Create("bcdfg");
        Assert.Equal($"tiny-{template.Hash[..5]}-bcdfg", replica.Metadata.Name);
        Assert.Equal("service-uid", Assert.Single(replica.Metadata.OwnerReferences!).Uid);
        Assert.Equal([TriremeApi.ReplicaFinalizer], replica.Metadata.Finalizers!);
        IReadOnlyDictionary<string, string> labels = replica.Metadata.Labels!;
        Assert.Equal("tiny", labels[TriremeApi.ServiceLabel]);
        Assert.Equal("tiny-v1", labels[TriremeApi.ReleaseLabel]);
        Assert.Equal(template.Hash, labels[TriremeApi.TemplateHashLabel]);
        Assert.Equal(("h1", "file:///models/tiny-v1", null), (replica.Spec.ContentHash, replica.Spec.Model.Uri, replica.Spec.DraftModel));
    }

    [Fact]
    public void A_replica_is_told_where_its_draft_model_was_found()
    {
        var draft = new DraftModelStatus { ResolvedPath = "/models/small.gguf", Artifacts = [], SizeBytes = 1 };
        Release drafting = Release with { Status = Release.Status! with { DraftModel = draft } };
        Assert.Equal("file:///models/small.gguf", new ReplicaTemplate(Service, drafting).Create("bcdfg").Spec.DraftModel!.Uri);
    }

    /// <summary>Hashes as replicas of earlier versions are labelled: an upgrade that changes them would replace every replica.</summary>
    [Fact]
    public void Replicas_of_earlier_versions_are_not_replaced()
    {
        Assert.Equal("50c30703fe", new ReplicaTemplate(Service, Release).Hash);
        var engine = new EngineSpec
        {
            Weights = "int8",
            KvCacheType = "int8",
            ContextLength = 512,
            MaxSequences = 8,
            MaxBatchedTokens = 128,
            KvCacheMemory = new ByteSize(32 << 20),
            Speculation = new SpeculationSpec { Method = SpeculationSpec.Draft, DraftModel = "small", Tokens = 3 },
        };
        Release held = Release with { Spec = Release.Spec with { Engine = engine } };
        Assert.Equal("791485b5c3", new ReplicaTemplate(Service, held).Hash);
    }

    [Fact]
    public void A_replica_is_told_where_its_adapters_and_its_template_were_found_and_what_they_are()
    {
        string digest = "sha256:" + new string('1', 64);
        AdapterStatus Adapter(string name) => new()
        {
            Name = name,
            ResolvedPath = "/models/" + name,
            Artifacts = [new ArtifactPin { File = "adapter_config.json", Digest = digest }],
            SizeBytes = 1,
        };
        ModelReplicaSpec spec = new ReplicaTemplate(Service, Release with
        {
            Status = Release.Status! with
            {
                Adapters = [Adapter("b"), Adapter("a")],
                ChatTemplate = new ChatTemplateStatus { ResolvedPath = "/models/t.jinja", Digest = digest, SizeBytes = 1 },
            },
        }).Create("x").Spec;
        Assert.Equal([("b", "file:///models/b"), ("a", "file:///models/a")], spec.Adapters!.Select(one => (one.Name, one.Source.Uri)));
        Assert.Matches("^sha256:[0-9a-f]{64}$", spec.Adapters![0].Source.Digest);
        Assert.Equal(ArtifactSource.OfFile("/models/t.jinja", digest), spec.ChatTemplate);
        ModelReplicaSpec plain = new ReplicaTemplate(Service, Release).Create("x").Spec;
        Assert.Equal((null, null), (plain.Adapters, plain.ChatTemplate));
    }

    [Fact]
    public void Labels_of_long_names_stay_within_their_limit_and_differ()
    {
        string Label(char last)
        {
            ModelService service = Service with { Metadata = Service.Metadata with { Name = new string('a', 252) + last } };
            return new ReplicaTemplate(service, Release).Create("bcdfg").Metadata.Labels![TriremeApi.ServiceLabel];
        }

        Assert.Equal(63, Label('b').Length);
        Assert.NotEqual(Label('b'), Label('c'));
    }

    private static ModelService With(ModelServiceSpec spec) => Service with { Spec = spec };
}
