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

    [Fact]
    public async Task Two_that_ask_for_one_file_share_its_reading_which_ends_with_the_last_of_them()
    {
        string endless = Endless();
        var digests = new FileDigests(TimeProvider.System);
        using var first = new CancellationTokenSource();
        using var second = new CancellationTokenSource();
        Task<string> one = digests.OfAsync(new FileInfo(endless), first.Token);
        Task<string> other = digests.OfAsync(new FileInfo(endless), second.Token);
        Assert.Equal(1, digests.UnderWay);
        await first.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        Assert.Equal(1, digests.UnderWay);
        Assert.False(other.IsCompleted);
        await second.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other);
        Assert.Equal(0, digests.UnderWay);
        await Eventually.True(
            "the file is closed", TimeSpan.FromSeconds(30), () => Task.FromResult(!IsOpen(endless)), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_small_file_is_read_while_more_large_ones_than_turns_are()
    {
        var digests = new FileDigests(TimeProvider.System);
        using var stop = new CancellationTokenSource();
        Task[] large = [.. Enumerable.Range(0, 6).Select(_ => digests.OfAsync(new FileInfo(Endless()), stop.Token))];
        Assert.Equal(ReleaseBench.Digest("weights"), await OfAsync(digests, _path));
        Assert.Equal(6, digests.UnderWay);
        Assert.All(large, reading => Assert.False(reading.IsCompleted));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(large));
    }

    [Fact]
    public async Task The_turn_goes_to_the_file_with_the_fewest_bytes_left_and_passes_over_who_has_left()
    {
        var turns = new HashingTurns(countMax: 1);
        using var gone = new CancellationTokenSource();
        await turns.EnterAsync(900, CancellationToken.None);
        Task large = turns.EnterAsync(800, CancellationToken.None);
        Task left = turns.EnterAsync(1, gone.Token);
        Task small = turns.EnterAsync(2, CancellationToken.None);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        turns.Leave();
        await small.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(large.IsCompleted);
        turns.Leave();
        await large.WaitAsync(TestContext.Current.CancellationToken);
        turns.Leave();
        Assert.True(turns.EnterAsync(1, CancellationToken.None).IsCompletedSuccessfully);
    }

    /// <summary>A file of one hole, which takes hours to read and no room.</summary>
    private string Endless()
    {
        string path = _folder.File($"{Guid.NewGuid():N}.safetensors");
        using FileStream file = File.Create(path);
        file.SetLength(900L << 30);
        return path;
    }

    private static bool IsOpen(string path) =>
        Directory.EnumerateFiles("/proc/self/fd").Any(descriptor => new FileInfo(descriptor).LinkTarget == path);

    /// <summary>By this clock all files have been at rest for a while.</summary>
    private sealed class AnHourLater : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddHours(1);
    }

    private static Task<string> OfAsync(FileDigests digests, string path) =>
        digests.OfAsync(new FileInfo(path), TestContext.Current.CancellationToken);
}
