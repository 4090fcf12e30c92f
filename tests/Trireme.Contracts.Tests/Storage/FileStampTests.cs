using Trireme.Contracts.Storage;
using Trireme.Testing;

namespace Trireme.Contracts.Tests.Storage;

public sealed class FileStampTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _path;

    public FileStampTests()
    {
        _path = _folder.File("file");
        File.WriteAllText(_path, "some content");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_that_nobody_touches_stays_the_same()
    {
        Assert.Equal(StampOf(_path), StampOf(_path));
        Assert.Equal(12, StampOf(_path).Size);
        Assert.True(StampOf(_path).Inode > 0);
    }

    [Fact]
    public async Task A_byte_changed_under_its_old_time_is_a_change()
    {
        // .NET knows times to 100 ns, so that only a time it has set can be set again.
        DateTime modified = File.GetLastWriteTimeUtc(_path);
        File.SetLastWriteTimeUtc(_path, modified);
        FileStamp before = StampOf(_path);
        await AfterTickAsync(() =>
        {
            using (FileStream file = File.OpenWrite(_path)) file.WriteByte((byte)'S');
            File.SetLastWriteTimeUtc(_path, modified);
        });
        FileStamp after = StampOf(_path);
        Assert.Equal((before.Inode, before.Size, before.Modified), (after.Inode, after.Size, after.Modified));
        Assert.NotEqual(before, after);
    }

    [Fact]
    public void Another_file_under_the_name_is_another()
    {
        FileStamp before = StampOf(_path);
        File.WriteAllText(_path + ".new", "some content");
        File.SetLastWriteTimeUtc(_path + ".new", File.GetLastWriteTimeUtc(_path));
        File.Move(_path + ".new", _path, overwrite: true);
        Assert.NotEqual(before.Inode, StampOf(_path).Inode);
    }

    [Fact]
    public void What_changed_a_moment_ago_may_change_again_unseen()
    {
        FileStamp stamp = StampOf(_path);
        Assert.False(stamp.IsSettled(DateTimeOffset.FromUnixTimeMilliseconds(stamp.Changed / 1_000_000)));
        Assert.False(stamp.IsSettled(DateTimeOffset.UnixEpoch));
        Assert.True(stamp.IsSettled(DateTimeOffset.FromUnixTimeMilliseconds((stamp.Changed / 1_000_000) + 3000)));
    }

    [Fact]
    public void What_is_no_file_is_not_opened()
    {
        Assert.Throws<IrregularFileException>(() => RegularFile.OpenRead("/dev/null", 1));
        Assert.Throws<IrregularFileException>(() => RegularFile.OpenRead(_folder.Path, 1));
        using FileStream file = RegularFile.OpenRead(_path, 1);
        Assert.Equal(12, file.Length);
    }

    /// <summary>Repeats a change until the kernel's clock has ticked since the one before.</summary>
    private async Task AfterTickAsync(Action change)
    {
        long before = StampOf(_path).Changed;
        await Eventually.True("a tick", TimeSpan.FromSeconds(5), () =>
        {
            change();
            return Task.FromResult(StampOf(_path).Changed != before);
        });
    }

    private static FileStamp StampOf(string path)
    {
        using FileStream file = RegularFile.OpenRead(path, 1);
        return FileStamp.Of(file.SafeFileHandle)!.Value;
    }
}
