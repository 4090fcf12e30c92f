using Trireme.Contracts.Resources;
using static Trireme.Operator.Tests.Releases.ReleaseBench;

namespace Trireme.Operator.Tests.Releases;

/// <summary>Releases of one file, and of two models of which one drafts.</summary>
public sealed class GgufReleaseTests : IDisposable
{
    private const string Weights = "GGUF and what follows";

    private readonly ReleaseBench _bench = new();

    public GgufReleaseTests()
    {
        Write("second/large.gguf", Weights);
        Write("second/small/config.json", "{}");
    }

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_file_is_verified_with_its_digest_and_size()
    {
        ReleaseStatus status = await VerifyAsync(Release("large.gguf", pinned: Digest(Weights)));
        Condition verified = Verified(status);
        Assert.Equal(
            ("DigestsMatch", "1 file is verified against the digests that the release names."), (verified.Reason, verified.Message));
        Assert.Equal((_bench.Place("second", "large.gguf"), Weights.Length), (status.ResolvedPath, status.SizeBytes));
        Assert.Equal(new ArtifactPin { File = "large.gguf", Digest = Digest(Weights) }, Assert.Single(status.Artifacts!));
        Assert.Null(status.DraftModel);
    }

    [Fact]
    public async Task All_parts_of_a_split_model_are_verified_whichever_is_named()
    {
        string[] parts = ["split-00001-of-00003.gguf", "split-00002-of-00003.gguf", "split-00003-of-00003.gguf"];
        foreach (string part in parts) Write("second/" + part, Weights + part);
        ReleaseStatus status = await VerifyAsync(Release(parts[1]));
        Assert.Equal(
            parts.Select(part => new ArtifactPin { File = part, Digest = Digest(Weights + part) }), status.Artifacts!);
        Assert.Equal(parts.Sum(part => (Weights + part).Length), status.SizeBytes);

        File.Delete(_bench.Place("second", parts[2]));
        Condition condition = Verified(await VerifyAsync(Release(parts[0])));
        Assert.Equal("SourceUnreadable", condition.Reason);
        Assert.Contains(parts[2], condition.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_absolute_path_and_a_link_lead_to_the_same_content()
    {
        File.CreateSymbolicLink(_bench.Place("link.gguf"), _bench.Place("second", "large.gguf"));
        ReleaseStatus status = await VerifyAsync(Release(_bench.Place("link.gguf")));
        Assert.Equal((_bench.Place("link.gguf"), Weights.Length), (status.ResolvedPath, status.SizeBytes));
        Assert.Equal(new ArtifactPin { File = "link.gguf", Digest = Digest(Weights) }, Assert.Single(status.Artifacts!));
    }

    [Fact]
    public async Task A_missing_file_is_told_with_every_place_it_was_looked_for()
    {
        Condition condition = Verified(await VerifyAsync(Release("none.gguf")));
        Assert.Equal("SourceNotFound", condition.Reason);
        Assert.StartsWith("spec.source.path \"none.gguf\" is no file: looked for ", condition.Message);
        Assert.Contains(_bench.Place("first", "none.gguf"), condition.Message);
    }

    [Theory]
    [InlineData("", "it does not begin with \"GGUF\"")]
    [InlineData("GG", "it does not begin with \"GGUF\"")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "it does not begin with \"GGUF\"")]
    public async Task A_file_that_is_something_else_is_refused(string content, string problem)
    {
        Write("second/large.gguf", content);
        Condition condition = Verified(await VerifyAsync(Release("large.gguf")));
        Assert.Equal("SourceUnreadable", condition.Reason);
        Assert.StartsWith($"{_bench.Place("second", "large.gguf")} cannot be read: {problem}", condition.Message);
    }

    [Fact]
    public async Task A_file_of_another_kind_is_no_model()
    {
        Write("second/model.safetensors", "weights");
        Condition condition = Verified(await VerifyAsync(Release("model.safetensors")));
        Assert.Equal("SourceNotFound", condition.Reason);
        Assert.StartsWith("spec.source.path \"model.safetensors\" is no folder and no .gguf file: ", condition.Message);
    }

    [Fact]
    public async Task A_file_with_another_digest_than_pinned_is_named_by_its_path()
    {
        Condition condition = Verified(await VerifyAsync(Release("large.gguf", pinned: Digest("other"))));
        Assert.Equal("DigestMismatch", condition.Reason);
        Assert.StartsWith($"{_bench.Place("second", "large.gguf")} has {Digest(Weights)} but the release pins", condition.Message);
    }

    [Fact]
    public async Task A_file_changed_after_it_was_verified_is_refused()
    {
        Release release = Release("large.gguf");
        release = release with { Status = await VerifyAsync(release) };
        Write("second/large.gguf", "GGUF but others");
        ReleaseStatus status = await VerifyAsync(release);
        Assert.Equal("ChangedOnDisk", Verified(status).Reason);
        Assert.Equal(release.Status!.ContentHash, status.ContentHash);
    }

    [Fact]
    public async Task An_engine_that_reads_no_such_file_is_refused_where_no_admission_did()
    {
        Condition condition = Verified(await VerifyAsync(Release("large.gguf", new EngineSpec { Name = EngineSpec.Onnx })));
        Assert.Equal("EngineCannotRead", condition.Reason);
        Assert.StartsWith("spec.engine.name onnx cannot read the GGUF file", condition.Message);
    }

    [Theory]
    [InlineData("weights")]
    [InlineData("keys and values")]
    [InlineData("speculation")]
    [InlineData("another file")]
    public async Task What_decides_how_the_engine_holds_the_model_is_part_of_the_identity(string change)
    {
        string? before = (await VerifyAsync(Release("large.gguf"))).ContentHash;
        if (change == "another file") Write("second/large.gguf", "GGUF but others");
        var engine = change switch
        {
            "weights" => new EngineSpec { Weights = "int8" },
            "keys and values" => new EngineSpec { KvCacheType = "int8" },
            "speculation" => new EngineSpec { Speculation = new SpeculationSpec { Method = SpeculationSpec.Ngram } },
            _ => new EngineSpec(),
        };
        Assert.NotEqual(before, (await VerifyAsync(Release("large.gguf", engine))).ContentHash);
    }

    [Fact]
    public async Task A_draft_model_is_verified_and_part_of_the_identity()
    {
        ReleaseStatus status = await VerifyAsync(Release("large.gguf", Drafting("small")));
        Assert.Equal(
            "2 files are verified and recorded by digest; the release names no digests of its own to compare them with (spec.artifacts).",
            Verified(status).Message);
        Assert.Equal((_bench.Place("second", "small"), 2), (status.DraftModel!.ResolvedPath, status.DraftModel.SizeBytes));
        Assert.Equal(new ArtifactPin { File = "config.json", Digest = Digest("{}") }, Assert.Single(status.DraftModel.Artifacts));
        Assert.Equal(Weights.Length, status.SizeBytes);
        Write("second/small/config.json", "{ }");
        Assert.NotEqual(status.ContentHash, (await VerifyAsync(Release("large.gguf", Drafting("small")))).ContentHash);
    }

    [Theory]
    [InlineData("small/config.json", "{ }", "ChangedOnDisk", "config.json in ")]
    [InlineData("small/more.bin", "x", "ChangedOnDisk", "more.bin was added to ")]
    [InlineData("small", null, "SourceNotFound", "spec.engine.speculation.draftModel \"small\" is no folder")]
    public async Task A_draft_model_that_is_not_as_it_was_makes_the_release_unusable(
        string path, string? content, string reason, string message)
    {
        Release release = Release("large.gguf", Drafting("small"));
        release = release with { Status = await VerifyAsync(release) };
        if (content is null) Directory.Delete(_bench.Place("second", path), recursive: true);
        else Write("second/" + path, content);
        Condition condition = Verified(await VerifyAsync(release));
        Assert.Equal((ConditionStatus.False, reason), (condition.Status, condition.Reason));
        Assert.StartsWith(message, condition.Message);
    }

    private static EngineSpec Drafting(string model) =>
        new() { Speculation = new SpeculationSpec { Method = SpeculationSpec.Draft, DraftModel = model } };

    private static Release Release(string path, EngineSpec? engine = null, string? pinned = null) => new()
    {
        Metadata = new ObjectMeta { Name = "large-v1", Namespace = "default", Generation = 1 },
        Spec = new ReleaseSpec
        {
            Source = new ModelSource { Path = path },
            Artifacts = pinned is null ? null : [new ArtifactPin { File = Path.GetFileName(path), Digest = pinned }],
            Engine = engine ?? new EngineSpec(),
        },
    };

    private Task<ReleaseStatus> VerifyAsync(Release release) => _bench.VerifyAsync(release);

    private void Write(string path, string content) => _bench.Write(path, content);
}
