using System.Diagnostics;
using Trireme.Contracts.Resources;
using Trireme.Operator.Releases;
using static Trireme.Operator.Tests.Releases.ReleaseBench;

namespace Trireme.Operator.Tests.Releases;

public sealed class ReleaseVerificationTests : IDisposable
{
    private readonly ReleaseBench _bench = new();

    public ReleaseVerificationTests()
    {
        Write("second/tiny/config.json", "{}");
        Write("second/tiny/model.safetensors", "weights");
    }

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task A_release_with_its_files_is_verified_and_gets_its_identity()
    {
        ReleaseStatus status = await VerifyAsync(Release("tiny"));
        Assert.True(status.Conditions.IsTrue(ReleaseConditions.Verified));
        Assert.Equal(_bench.Place("second", "tiny"), status.ResolvedPath);
        Assert.Equal(["config.json", "model.safetensors"], status.Artifacts!.Select(artifact => artifact.File));
        Assert.Equal(Digest("weights"), status.Artifacts![1].Digest);
        Assert.Equal(9, status.SizeBytes);
        Assert.Equal(64, status.ContentHash!.Length);
        Assert.Equal(status.ContentHash[..12], status.ShortHash);
    }

    [Fact]
    public async Task The_same_content_has_the_same_identity_and_other_content_another()
    {
        string? hash = (await VerifyAsync(Release("tiny"))).ContentHash;
        Assert.Equal(hash, (await VerifyAsync(Release("tiny"))).ContentHash);
        Release tuned = Release("tiny");
        tuned = tuned with { Spec = tuned.Spec with { Engine = new EngineSpec { ContextLength = 64 } } };
        Assert.NotEqual(hash, (await VerifyAsync(tuned)).ContentHash);
        Write("second/tiny/model.safetensors", "other weights");
        Assert.NotEqual(hash, (await VerifyAsync(Release("tiny"))).ContentHash);
    }

    [Fact]
    public async Task A_byte_changed_under_its_old_time_is_found_and_named()
    {
        Release release = Release("tiny");
        release = release with { Status = await VerifyAsync(release) };
        string file = _bench.Place("second", "tiny", "model.safetensors");
        DateTime modified = File.GetLastWriteTimeUtc(file);
        Write("second/tiny/model.safetensors", "Weights");
        File.SetLastWriteTimeUtc(file, modified);
        Condition verified = Verified(await VerifyAsync(release));
        Assert.Equal("ChangedOnDisk", verified.Reason);
        Assert.Contains("model.safetensors in ", verified.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_identity_is_that_of_every_version_of_this_program()
    {
        string files = string.Join(
            ',',
            $$"""{"digest":"{{Digest("{}")}}","file":"config.json"}""",
            $$"""{"digest":"{{Digest("weights")}}","file":"model.safetensors"}""");
        string canonical = "{\"artifacts\":[" + files + """],"spec":{"engine":{"name":"trireme"},"source":{"path":"tiny"}}}""";
        Assert.Equal(Digest(canonical), "sha256:" + (await VerifyAsync(Release("tiny"))).ContentHash);
    }

    [Fact]
    public async Task The_first_model_folder_that_has_it_wins()
    {
        Write("first/tiny/config.json", "{}");
        Assert.Equal(_bench.Place("first", "tiny"), (await VerifyAsync(Release("tiny"))).ResolvedPath);
    }

    [Theory]
    [InlineData("pipe", "mkfifo", "PATH")]
    [InlineData("a pipe behind a link", "sh", "-c \"mkfifo .pipe && ln -s .pipe PATH\"")]
    public async Task A_file_that_is_none_is_refused_before_it_is_read(string what, string program, string arguments)
    {
        string path = _bench.Place("second", "tiny", "weights.bin");
        using (Process make = Process.Start(new ProcessStartInfo(program, arguments.Replace("PATH", path, StringComparison.Ordinal))
        {
            WorkingDirectory = Path.GetDirectoryName(path),
        })!)
        {
            await make.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, make.ExitCode);
        }

        ReleaseStatus status = await VerifyAsync(Release("tiny"))
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Condition condition = Verified(status);
        Assert.Equal(ConditionStatus.False, condition.Status);
        bool isNamed = condition.Message!.Contains("is a pipe (FIFO) and not a file", StringComparison.Ordinal);
        Assert.True(isNamed, $"{what}: {condition.Message}");
    }

    [Fact]
    public async Task Links_that_run_in_a_circle_are_named()
    {
        string path = _bench.Place("second", "tiny", "weights.bin");
        File.CreateSymbolicLink(path, path + ".2");
        File.CreateSymbolicLink(path + ".2", path);
        Condition condition = Verified(await VerifyAsync(Release("tiny")));
        Assert.Equal(ConditionStatus.False, condition.Status);
        Assert.Contains("weights.bin", condition.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_folder_is_told_with_every_place_it_was_looked_for()
    {
        Condition condition = Verified(await VerifyAsync(Release("nowhere")));
        Assert.Equal((ConditionStatus.False, "SourceNotFound"), (condition.Status, condition.Reason));
        Assert.Contains(_bench.Place("first", "nowhere"), condition.Message);
        Assert.Contains(_bench.Place("second", "nowhere"), condition.Message);
    }

    [Fact]
    public async Task A_file_with_another_digest_than_pinned_is_refused_with_both_digests()
    {
        Condition condition = Verified(await VerifyAsync(Release("tiny", ("model.safetensors", Digest("expected")))));
        Assert.Equal("DigestMismatch", condition.Reason);
        Assert.Contains("model.safetensors", condition.Message);
        Assert.Contains(Digest("expected"), condition.Message);
        Assert.Contains(Digest("weights"), condition.Message);
    }

    [Fact]
    public async Task A_pinned_file_that_is_missing_is_named()
    {
        Condition condition = Verified(await VerifyAsync(Release("tiny", ("tokenizer.json", Digest("x")))));
        Assert.Equal("ArtifactMissing", condition.Reason);
        Assert.Contains("tokenizer.json", condition.Message);
    }

    [Fact]
    public async Task A_release_with_a_changed_file_is_refused_until_the_file_is_restored()
    {
        Release release = Release("tiny");
        release = release with { Status = await VerifyAsync(release) };
        Write("second/tiny/model.safetensors", "tampered");
        ReleaseStatus changed = await VerifyAsync(release);
        Condition condition = Verified(changed);
        Assert.Equal((ConditionStatus.False, "ChangedOnDisk"), (condition.Status, condition.Reason));
        Assert.Contains(Digest("weights"), condition.Message);
        Assert.Contains(Digest("tampered"), condition.Message);
        Assert.Equal(release.Status!.ContentHash, changed.ContentHash);
        Write("second/tiny/model.safetensors", "weights");
        ReleaseStatus restored = await VerifyAsync(release with { Status = changed });
        Assert.Equal(("DigestsMatch", release.Status.ContentHash), (Verified(restored).Reason, restored.ContentHash));
    }

    [Theory]
    [InlineData("added.bin", true)]
    [InlineData(".cache/huggingface/lock", false)]
    public async Task A_file_added_later_changes_the_release_unless_it_is_hidden(string file, bool changes)
    {
        Release release = Release("tiny");
        release = release with { Status = await VerifyAsync(release) };
        Write("second/tiny/" + file, "x");
        Assert.Equal(changes ? "ChangedOnDisk" : "DigestsMatch", Verified(await VerifyAsync(release)).Reason);
    }

    [Theory]
    [InlineData("hub/models--o--tiny/snapshots/abc")]
    [InlineData("linked/models--o--tiny/snapshots/abc")]
    [InlineData("short")]
    public async Task A_link_of_a_cache_counts_by_the_blob_it_points_to_however_its_folder_is_reached(string path)
    {
        Write("second/hub/models--o--tiny/blobs/1", "weights");
        Write("second/hub/models--o--tiny/snapshots/abc/config.json", "{}");
        string snapshot = _bench.Place("second", "hub", "models--o--tiny", "snapshots", "abc");
        File.CreateSymbolicLink(Path.Combine(snapshot, "model.safetensors"), "../../blobs/1");
        Directory.CreateSymbolicLink(_bench.Place("second", "linked"), _bench.Place("second", "hub"));
        Directory.CreateSymbolicLink(_bench.Place("second", "short"), snapshot);
        ReleaseStatus status = await VerifyAsync(Release(path));
        Assert.True(status.Conditions.IsTrue(ReleaseConditions.Verified), Verified(status).Message);
        Assert.Equal((Digest("weights"), 9), (status.Artifacts![1].Digest, status.SizeBytes));
    }

    [Fact]
    public async Task A_link_within_its_folder_counts_by_what_it_points_to()
    {
        File.CreateSymbolicLink(_bench.Place("second", "tiny", "same.safetensors"), "./model.safetensors");
        Assert.True((await VerifyAsync(Release("tiny"))).Conditions.IsTrue(ReleaseConditions.Verified));
    }

    [Theory]
    [InlineData("second/tiny", "/etc/passwd")]
    [InlineData("second/tiny", "/dev/zero")]
    [InlineData("second/tiny", "../tiny-other/secret")]
    [InlineData("second/tiny", "inner/../../tiny-other/secret")]
    [InlineData("second/tiny", "by-folder/secret")]
    [InlineData("second/tiny", "by-link")]
    [InlineData("second/hub/models--o--tiny/snapshots/abc", "../../../models--o--other/secret")]
    [InlineData("second/models--all/tiny", "../secret")]
    public async Task A_link_that_leaves_the_folder_of_its_model_is_refused_with_both_names(string folder, string target)
    {
        Write(folder + "/config.json", "{}");
        Write("second/tiny/inner/file", "");
        foreach (string other in (string[])["second/tiny-other", "second/hub/models--o--other", "second/models--all"])
        {
            Write(other + "/secret", "secret");
        }

        Directory.CreateSymbolicLink(_bench.Place("second", "tiny", "by-folder"), _bench.Place("second", "tiny-other"));
        File.CreateSymbolicLink(_bench.Place("second", "tiny", ".hop"), "/etc/passwd");
        string link = Path.Combine(_bench.Place(folder.Split('/')), "weights.bin");
        File.CreateSymbolicLink(link, target == "by-link" ? ".hop" : target);
        Condition condition = Verified(await VerifyAsync(Release(folder["second/".Length..])));
        Assert.Equal("SourceUnreadable", condition.Reason);
        Assert.Contains($"{link} is a link to ", condition.Message, StringComparison.Ordinal);
        string leads = target == "by-link" ? "/etc/passwd" : target.StartsWith('/') ? target : "/secret";
        Assert.Contains(leads, condition.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_a_model_is_refused()
    {
        Directory.CreateDirectory(_bench.Place("second", "empty"));
        Assert.Equal("SourceEmpty", Verified(await VerifyAsync(Release("empty"))).Reason);
        for (int i = 0; i <= ReleaseReader.MaxFiles; i++) Write($"second/many/{i}", "");
        Condition many = Verified(await VerifyAsync(Release("many")));
        Assert.Equal("SourceUnreadable", many.Reason);
        Assert.Contains("must name the folder of one model", many.Message);
    }

    [Fact]
    public async Task The_transition_time_moves_only_when_the_verdict_does()
    {
        Release release = Release("tiny");
        release = release with { Status = await VerifyAsync(release) };
        ReleaseStatus later = await _bench.VerifyAsync(release, ReleaseBench.Now.AddHours(1));
        Assert.Equal(ReleaseBench.Now, Verified(later).LastTransitionTime);
    }

    private static Release Release(string path, params (string File, string Digest)[] pins) => new()
    {
        Metadata = new ObjectMeta { Name = "tiny-v1", Namespace = "default", Generation = 1 },
        Spec = new ReleaseSpec
        {
            Source = new ModelSource { Path = path },
            Artifacts = pins.Length == 0 ? null : [.. pins.Select(pin => new ArtifactPin { File = pin.File, Digest = pin.Digest })],
        },
    };

    private Task<ReleaseStatus> VerifyAsync(Release release) => _bench.VerifyAsync(release);

    private void Write(string path, string content) => _bench.Write(path, content);
}
