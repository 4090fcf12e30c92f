using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Operator.Tests.Releases;

/// <summary>
/// Identities as data folders hold them: a contract that gains a member must not change them, or an upgrade would refuse what was verified.
/// </summary>
public sealed class RecordedIdentityTests : IDisposable
{
    private static readonly EngineSpec Engine = new()
    {
        Weights = "int8",
        KvCacheType = "int8",
        ContextLength = 512,
        MaxSequences = 8,
        MaxBatchedTokens = 128,
        KvCacheMemory = new ByteSize(32 << 20),
        Speculation = new SpeculationSpec { Method = SpeculationSpec.Draft, DraftModel = "small", Tokens = 3 },
    };

    private readonly ReleaseBench _bench = new();

    public RecordedIdentityTests()
    {
        _bench.Write("second/tiny/config.json", "{}");
        _bench.Write("second/tiny/model.safetensors", "weights");
        _bench.Write("second/small/config.json", "{}");
    }

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_release_that_uses_every_field_of_earlier_versions_keeps_its_identity()
    {
        var release = new Release
        {
            Metadata = new ObjectMeta { Name = "tiny-v1", Namespace = "default", Generation = 1 },
            Spec = new ReleaseSpec
            {
                Source = new ModelSource { Path = "tiny" },
                Artifacts = [new ArtifactPin { File = "config.json", Digest = ReleaseBench.Digest("{}") }],
                Description = "In eight bits.",
                Engine = Engine,
            },
        };
        const string Recorded = "977f8441b9bdc2d5be7a2a5d13b0ad06fb1fa4d3e2a3d657b4a2f0dc0f210eef";
        release = release with { Status = new ReleaseStatus { ContentHash = Recorded } };
        Assert.Equal(Recorded, (await _bench.VerifyAsync(release)).ContentHash);
    }

    [Fact]
    public async Task A_description_is_no_part_of_the_identity_of_a_release_that_was_not_verified_before()
    {
        async Task<string> HashOf(string? description, string? pullSecret) => (await _bench.VerifyAsync(new Release
        {
            Metadata = new ObjectMeta { Name = "tiny-v1", Namespace = "default", Generation = 1 },
            Spec = new ReleaseSpec
            {
                Source = new ModelSource { Path = "tiny" },
                Description = description,
                PullSecret = pullSecret,
            },
        })).ContentHash!;

        const string Alone = "dfb783413f60abec00de63ece07984f83115ad5adcf750356ba98d983acdb26e";
        Assert.Equal((Alone, Alone), (await HashOf("In eight bits.", null), await HashOf("In other words.", "pull")));
    }

    [Fact]
    public async Task A_release_that_names_a_source_alone_keeps_its_identity()
    {
        var release = new Release
        {
            Metadata = new ObjectMeta { Name = "tiny-v1", Namespace = "default", Generation = 1 },
            Spec = new ReleaseSpec { Source = new ModelSource { Path = "tiny" } },
        };
        Assert.Equal("dfb783413f60abec00de63ece07984f83115ad5adcf750356ba98d983acdb26e", (await _bench.VerifyAsync(release)).ContentHash);
    }
}
