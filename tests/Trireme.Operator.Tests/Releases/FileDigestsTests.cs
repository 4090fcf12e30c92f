using Trireme.Operator.Releases;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Releases;

public sealed class FileDigestsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _path;

    public FileDigestsTests()
    {
        _path = _folder.File("model.safetensors");
        File.WriteAllText(_path, "weights");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_at_rest_is_read_once_under_all_its_names()
    {
        var digests = new FileDigests(new AnHourLater());
        string first = await OfAsync(digests, _path);
        Assert.Equal(ReleaseBench.Digest("weights"), first);
        Assert.Equal(first, await OfAsync(digests, _path));
        Assert.Equal(1, digests.Readings);

        string link = _folder.File("link.safetensors");
        File.CreateSymbolicLink(link, _path);
        Assert.Equal(first, await OfAsync(digests, link));
        Assert.Equal(1, digests.Readings);
    }

    [Fact]
    public async Task A_byte_changed_under_its_old_time_is_read_again()
    {
        var digests = new FileDigests(new AnHourLater());
        string before = await OfAsync(digests, _path);
        DateTime modified = File.GetLastWriteTimeUtc(_path);
        // The kernel's clock ticks every few milliseconds; until it has, a change looks like the one before.
        await Eventually.True("another digest", TimeSpan.FromSeconds(5), ChangeAsync, TestContext.Current.CancellationToken);
        Assert.Equal(ReleaseBench.Digest("Weights"), await OfAsync(digests, _path));

        async Task<bool> ChangeAsync()
        {
            using (FileStream file = File.OpenWrite(_path)) file.WriteByte((byte)'W');
            File.SetLastWriteTimeUtc(_path, modified);
            return await OfAsync(digests, _path) != before;
        }
    }

    [Fact]
    public async Task A_file_that_was_just_written_is_not_remembered()
    {
        var digests = new FileDigests(TimeProvider.System);
        await OfAsync(digests, _path);
        await File.WriteAllTextAsync(_path, "WEIGHTS", TestContext.Current.CancellationToken);
        Assert.Equal(ReleaseBench.Digest("WEIGHTS"), await OfAsync(digests, _path));
        Assert.Equal(2, digests.Readings);
    }

    /// <summary>By this clock all files have been at rest for a while.</summary>
    private sealed class AnHourLater : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddHours(1);
    }

    private static Task<string> OfAsync(FileDigests digests, string path) =>
        digests.OfAsync(new FileInfo(path), TestContext.Current.CancellationToken);
}
