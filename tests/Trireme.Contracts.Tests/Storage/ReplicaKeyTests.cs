using Trireme.Contracts.Identity;
using Trireme.Contracts.Storage;

namespace Trireme.Contracts.Tests.Storage;

/// <summary>The secret of an engine's start, and the files that only their owner reads.</summary>
public sealed class ReplicaKeyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trireme-key-").FullName;

    private string KeyFile => Path.Combine(_folder, "below", "worker.key");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_key_is_written_for_its_owner_alone_and_read_as_it_was()
    {
        var key = ReplicaKey.Create();
        key.Write(KeyFile);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        UnixFileMode folder = File.GetUnixFileMode(Path.GetDirectoryName(KeyFile)!);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, folder);
        Assert.Equal(key, ReplicaKey.Read(KeyFile));
        Assert.NotEqual(key, ReplicaKey.Create());
        Assert.Equal("(secret)", $"{key}");
    }

    [Theory]
    [InlineData("Bearer ", "", true)]
    [InlineData("bearer  ", " ", true)]
    [InlineData("", "", false)]
    [InlineData("Basic ", "", false)]
    [InlineData("Bearer ", "x", false)]
    [InlineData("Bearer x", "", false)]
    public void Only_the_whole_key_under_its_scheme_matches(string before, string behind, bool matches)
    {
        var key = ReplicaKey.Create();
        string text = key.ToAuthorization()["Bearer ".Length..];
        Assert.Equal(matches, key.Matches(before + text + behind));
        Assert.False(key.Matches("Bearer " + text[..^1]));
        Assert.False(key.Matches("Bearer "));
        Assert.False(key.Matches(null));
    }

    [Theory]
    [InlineData("0123456789abcdef", true)]
    [InlineData("  0123456789abcdef\r\n", true)]
    [InlineData("0123456789abcde", false)]
    [InlineData("01234567 89abcdef", false)]
    [InlineData("0123456789abcdé", false)]
    [InlineData("", false)]
    public void What_could_be_guessed_or_no_header_holds_is_no_key(string text, bool isKey) =>
        Assert.Equal(isKey, ReplicaKey.TryParse(text, out _));

    [Fact]
    public void A_file_without_a_key_is_named()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(KeyFile)!);
        File.WriteAllText(KeyFile, new string('a', 5000));
        Assert.Contains(KeyFile, Assert.Throws<IOException>(() => ReplicaKey.Read(KeyFile)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lock_is_its_owners_alone_also_where_an_older_one_was_open_to_all()
    {
        string path = Path.Combine(_folder, "a.lock");
        File.WriteAllText(path, "");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        using (PrivateFile.Lock(path))
        {
            Assert.Throws<IOException>(() => PrivateFile.Lock(path));
            Assert.Equal(PrivateFile.ForFile, File.GetUnixFileMode(path));
        }
    }
}
