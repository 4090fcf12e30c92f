using Trireme.Contracts.Resources;
using static Trireme.Operator.Tests.Releases.ReleaseBench;

namespace Trireme.Operator.Tests.Releases;

/// <summary>Releases that name LoRA adapters and a chat template.</summary>
public sealed class AdapterReleaseTests : IDisposable
{
    private const string Template = "{{ messages }}";

    private readonly ReleaseBench _bench = new();

    public AdapterReleaseTests()
    {
        _bench.Write("second/tiny/config.json", "{}");
        _bench.Write("second/chat.jinja", Template);
        foreach (string name in (string[])["one", "two"])
        {
            _bench.Write($"second/{name}/adapter_config.json", name);
            _bench.Write($"second/{name}/adapter_model.safetensors", "weights");
        }
    }

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Adapters_and_a_template_are_verified_with_their_digests_and_sizes()
    {
        ReleaseStatus status = await _bench.VerifyAsync(Release());
        Assert.Equal(
            "6 files are verified and recorded by digest; the release names no digests of its own to compare them with (spec.artifacts).",
            Verified(status).Message);
        Assert.Equal(["one", "two"], status.Adapters!.Select(adapter => adapter.Name));
        AdapterStatus one = status.Adapters![0];
        Assert.Equal((_bench.Place("second", "one"), 10), (one.ResolvedPath, one.SizeBytes));
        ArtifactPin[] files =
        [
            new() { File = "adapter_config.json", Digest = Digest("one") },
            new() { File = "adapter_model.safetensors", Digest = Digest("weights") },
        ];
        Assert.Equal(files, one.Artifacts);
        Assert.Equal(
            new ChatTemplateStatus { ResolvedPath = _bench.Place("second", "chat.jinja"), Digest = Digest(Template), SizeBytes = 14 },
            status.ChatTemplate);
        Assert.Equal((2, 1), (status.SizeBytes, status.Artifacts!.Count));
    }

    [Fact]
    public async Task A_release_without_them_says_nothing_of_them()
    {
        Release plain = Release();
        plain = plain with { Spec = plain.Spec with { Adapters = null, ChatTemplate = null } };
        ReleaseStatus status = await _bench.VerifyAsync(plain);
        Assert.Equal((null, null), (status.Adapters, status.ChatTemplate));
    }

    [Theory]
    [InlineData("an adapter's content")]
    [InlineData("an adapter's name")]
    [InlineData("one adapter less")]
    [InlineData("the order of adapters")]
    [InlineData("the template's content")]
    [InlineData("no template")]
    public async Task Each_of_them_is_part_of_the_identity(string change)
    {
        Release release = Release();
        string? before = (await _bench.VerifyAsync(release)).ContentHash;
        if (change == "an adapter's content") _bench.Write("second/two/adapter_config.json", "2");
        if (change == "the template's content") _bench.Write("second/chat.jinja", "{{ messages[0] }}");
        ReleaseSpec spec = release.Spec;
        AdapterSpec one = spec.Adapters![0], two = spec.Adapters[1];
        spec = change switch
        {
            "an adapter's name" => spec with { Adapters = [one with { Name = "first" }, two] },
            "one adapter less" => spec with { Adapters = [one] },
            "the order of adapters" => spec with { Adapters = [two, one] },
            "no template" => spec with { ChatTemplate = null },
            _ => spec,
        };
        Assert.NotEqual(before, (await _bench.VerifyAsync(release with { Spec = spec })).ContentHash);
    }

    [Theory]
    [InlineData("two/adapter_config.json", "2", "ChangedOnDisk", "adapter_config.json in ")]
    [InlineData("two/more.bin", "x", "ChangedOnDisk", "more.bin was added to ")]
    [InlineData("two", null, "SourceNotFound", "spec.adapters[1].source.path \"two\" is no folder: looked for ")]
    [InlineData("chat.jinja", "{{ messages[0] }}", "ChangedOnDisk", "")]
    [InlineData("chat.jinja", null, "SourceNotFound", "spec.chatTemplate.path \"chat.jinja\" is no file: looked for ")]
    public async Task One_that_is_not_as_it_was_makes_the_release_unusable_until_it_is_restored(
        string path, string? content, string reason, string message)
    {
        Release release = Release();
        release = release with { Status = await _bench.VerifyAsync(release) };
        string place = _bench.Place("second", path);
        string? before = File.Exists(place) ? await File.ReadAllTextAsync(place, TestContext.Current.CancellationToken) : null;
        if (content is not null) _bench.Write("second/" + path, content);
        else if (before is not null) File.Delete(place);
        else Directory.Move(place, place + "-away");
        ReleaseStatus status = await _bench.VerifyAsync(release);
        Condition condition = Verified(status);
        Assert.Equal((ConditionStatus.False, reason), (condition.Status, condition.Reason));
        Assert.StartsWith(message, condition.Message);
        Assert.Equal(release.Status!.ContentHash, status.ContentHash);

        if (before is not null) _bench.Write("second/" + path, before);
        else if (content is not null) File.Delete(place);
        else Directory.Move(place + "-away", place);
        ReleaseStatus restored = await _bench.VerifyAsync(release with { Status = status });
        Assert.Equal(("DigestsMatch", release.Status.ContentHash), (Verified(restored).Reason, restored.ContentHash));
    }

    [Fact]
    public async Task Pinned_digests_are_held_to()
    {
        Release release = Release();
        AdapterSpec two = release.Spec.Adapters![1] with
        {
            Artifacts = [new ArtifactPin { File = "adapter_model.safetensors", Digest = Digest("other") }],
        };
        ReleaseSpec spec = release.Spec with { Adapters = [release.Spec.Adapters[0], two] };
        Condition condition = Verified(await _bench.VerifyAsync(release with { Spec = spec }));
        Assert.Equal("DigestMismatch", condition.Reason);
        Assert.StartsWith($"adapter_model.safetensors in {_bench.Place("second", "two")} has {Digest("weights")}", condition.Message);

        spec = release.Spec with { ChatTemplate = release.Spec.ChatTemplate! with { Digest = Digest("other") } };
        condition = Verified(await _bench.VerifyAsync(release with { Spec = spec }));
        Assert.Equal("DigestMismatch", condition.Reason);
        Assert.StartsWith($"{_bench.Place("second", "chat.jinja")} has {Digest(Template)} but the release pins", condition.Message);

        spec = release.Spec with { ChatTemplate = release.Spec.ChatTemplate with { Digest = Digest(Template) } };
        Assert.Equal(
            "6 files are verified and recorded by digest, 1 of them against digests that the release names.",
            Verified(await _bench.VerifyAsync(release with { Spec = spec })).Message);
    }

    [Fact]
    public async Task An_empty_folder_is_no_adapter()
    {
        Directory.CreateDirectory(_bench.Place("first", "one"));
        Condition condition = Verified(await _bench.VerifyAsync(Release()));
        Assert.Equal("SourceEmpty", condition.Reason);
        Assert.Equal($"{_bench.Place("first", "one")} holds no files; put the adapter there.", condition.Message);
    }

    private static Release Release() => new()
    {
        Metadata = new ObjectMeta { Name = "tiny-v1", Namespace = "default", Generation = 1 },
        Spec = new ReleaseSpec
        {
            Source = new ModelSource { Path = "tiny" },
            ChatTemplate = new ChatTemplateSpec { Path = "chat.jinja" },
            Adapters =
            [
                new AdapterSpec { Name = "one", Source = new AdapterSource { Path = "one" } },
                new AdapterSpec { Name = "two", Source = new AdapterSource { Path = "two" } },
            ],
        },
    };
}
