using Microsoft.Data.Sqlite;
using Trireme.Contracts.Storage;
using Trireme.Hosting.Usage;

namespace Trireme.Backup;

/// <summary>
/// Copies what lies beside the objects: what clients used, and the responses that are kept for them. It is no reason to have no backup at
/// all, so what cannot be read is left out and named.
/// </summary>
internal static class SideCopies
{
    /// <param name="root">The data folder.</param>
    /// <param name="folder">Where to.</param>
    /// <param name="leftOut">Told a sentence for each file that is left out.</param>
    /// <returns>Their names.</returns>
    public static IReadOnlyList<string> Take(string root, string folder, ICollection<string> leftOut)
    {
        var taken = new List<string>();

        // An entry leaves a spool when the database has it. So it is in one of them at least, and counts once where it is in both.
        string spools = Path.Combine(root, BackupContent.SpoolFolder);
        IEnumerable<string> found = Directory.Exists(spools) ? Directory.EnumerateFiles(spools, "*" + UsagePlace.SpoolExtension) : [];
        foreach (string path in found.Order(StringComparer.Ordinal)) Try(Path.GetRelativePath(root, path), CopySpool);
        foreach (string name in BackupContent.SideDatabases.Where(name => File.Exists(Path.Combine(root, name)))) Try(name, CopyDatabase);
        return taken;

        void Try(string name, Action<string, string> copy)
        {
            string target = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            try
            {
                copy(Path.Combine(root, name), target);
                taken.Add(name);
            }
            catch (Exception exception) when (exception is SqliteException or UnauthorizedAccessException or IOException)
            {
                File.Delete(target);
                leftOut.Add($"{name} is not in the backup, because it cannot be read: {exception.Message}");
            }
        }
    }

    /// <summary>Past the lock of the gateway that writes it, which is against other gateways.</summary>
    private static void CopySpool(string from, string to)
    {
        using FileStream source = RegularFile.OpenRead(from, bufferBytes: 64 << 10);
        using FileStream copy = Create(to);
        source.CopyTo(copy);
    }

    /// <summary>As of one moment, beside whoever writes it.</summary>
    private static void CopyDatabase(string from, string to)
    {
        RegularFile.ThrowIfOther(from);
        Create(to).Dispose();
        var settings = new SqliteConnectionStringBuilder { DataSource = from, Pooling = false, Mode = SqliteOpenMode.ReadOnly };
        using var connection = new SqliteConnection(settings.ConnectionString);
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "VACUUM INTO @to";
        command.Parameters.AddWithValue("@to", to);
        command.ExecuteNonQuery();
    }

    private static FileStream Create(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });
}
