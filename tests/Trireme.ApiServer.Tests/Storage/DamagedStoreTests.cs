using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Storage;
using Trireme.Testing;

namespace Trireme.ApiServer.Tests.Storage;

/// <summary>A file that is no database of this program is an error that names it and the way back, and stays as it is.</summary>
public sealed class DamagedStoreTests
{
    public static TheoryData<string, Action<string>, string> Damages { get; } = new()
    {
        { "cut to nothing", path => File.WriteAllBytes(path, []), "is empty (0 bytes)" },
        { "a broken header", path => Overwrite(path, 0, 16), "is damaged" },
        { "text", path => File.WriteAllText(path, "objects"), "is damaged" },
        { "random bytes", path => File.WriteAllBytes(path, Random(8192)), "is damaged" },
        { "a broken table of contents", path => Overwrite(path, 100, 3900), "is damaged" },
        { "half of it", Halve, "is damaged" },
        { "without its revisions", path => Run(path, "DROP TABLE revisions"), "does not hold what this program writes" },
        { "another program's", MakeForeign, "belongs to another program: it has a table \"songs\"" },
        { "a newer version's", path => Run(path, "PRAGMA user_version = 99"), "has layout 99" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_damaged_database_is_named_with_the_way_back(string what, Action<string> damage, string expected)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("objects.db");
        await Open(path).DisposeAsync();
        SqliteConnection.ClearAllPools();
        damage(path);
        byte[] before = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);

        var exception = Assert.Throws<InvalidDataException>(() => Open(path));
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        byte[] after = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        Assert.True(before.AsSpan().SequenceEqual(after), what);

        // The lock is let go: what is put in its place opens.
        File.Delete(path);
        await Open(path).DisposeAsync();
    }

    [Fact]
    public async Task A_death_while_the_database_is_made_leaves_nothing_in_the_way()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("objects.db");
        await File.WriteAllBytesAsync(path + ".new", Random(100), TestContext.Current.CancellationToken);
        await Open(path).DisposeAsync();
        Assert.False(File.Exists(path + ".new"));
    }

    [Fact]
    public void A_folder_in_its_place_is_named()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("objects.db");
        Directory.CreateDirectory(path);
        var exception = Assert.Throws<IrregularFileException>(() => Open(path));
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    private static ObjectStore Open(string path) => ObjectStore.Open(path, new ServedResources(ResourceCatalog.All), new ApiServerLimits());

    private static byte[] Random(int count)
    {
        byte[] bytes = new byte[count];
        new Random(7).NextBytes(bytes);
        return bytes;
    }

    private static void Overwrite(string path, long at, int count)
    {
        using FileStream file = File.OpenWrite(path);
        file.Seek(at, SeekOrigin.Begin);
        file.Write(Random(count));
    }

    private static void Halve(string path)
    {
        using FileStream file = File.OpenWrite(path);
        file.SetLength(file.Length / 2);
    }

    private static void MakeForeign(string path)
    {
        File.Delete(path);
        Run(path, "CREATE TABLE songs (title TEXT)");
    }

    private static void Run(string path, string sql)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
