using Microsoft.Data.Sqlite;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Migrations;
using Trireme.Contracts.Storage;

namespace Trireme.ApiServer.Hosting;

/// <summary>A consistent copy of a store as of one revision, made beside a running server without holding it up.</summary>
/// <param name="Layout">The layout of the copied database.</param>
/// <param name="Revision">The revision it is of.</param>
/// <param name="Objects">How many objects it holds.</param>
public sealed record StoreSnapshot(long Layout, long Revision, long Objects)
{
    /// <summary>Copies a database; the copy is readable by its owner only and holds no free pages.</summary>
    /// <param name="database">The database of a server, running or not.</param>
    /// <param name="copy">The file to make; it must not exist.</param>
    /// <exception cref="InvalidDataException">The database is damaged, or the copy of it does not hold together.</exception>
    /// <exception cref="IOException">The database cannot be read, or there is no room for the copy.</exception>
    public static StoreSnapshot Take(string database, string copy)
    {
        RegularFile.ThrowIfOther(database);
        if (!Path.Exists(database)) throw new FileNotFoundException($"There is no database {database}.", database);
        StoreDatabase.CreatePrivate(copy);
        try
        {
            using SqliteConnection connection = Read(database);
            using var vacuum = new SqlStatement(connection, "VACUUM INTO @0", 1);
            vacuum.Execute(copy);
            using var file = new FileStream(copy, FileMode.Open, FileAccess.ReadWrite);
            file.Flush(flushToDisk: true);
        }
        catch (SqliteException exception) when (StoreFault.IsFull(exception))
        {
            throw new IOException($"There is no room for the copy of the database in {Path.GetDirectoryName(copy)}.", exception);
        }
        catch (SqliteException exception)
        {
            throw StoreFault.Explain(database, exception);
        }

        return Check(copy);
    }

    /// <summary>Reads the whole of a database and says what it holds.</summary>
    /// <exception cref="InvalidDataException">It is damaged, from a newer version, or no store of this program.</exception>
    public static StoreSnapshot Check(string database)
    {
        try
        {
            using SqliteConnection connection = Read(database);
            using (var check = new SqlStatement(connection, "PRAGMA quick_check(1)", 0))
            using (SqliteDataReader reader = check.Query())
            {
                string found = reader.Read() ? reader.GetString(0) : "nothing";
                if (found != "ok") throw new InvalidDataException($"The database {database} is damaged: {found}.");
            }

            long layout = StoreDatabase.Number(connection, "PRAGMA user_version");
            if (layout is < 1 or > ObjectMigrations.CurrentLayout)
            {
                throw new InvalidDataException(
                    $"The database {database} has layout {layout}, but this program reads layouts 1 to {ObjectMigrations.CurrentLayout}.");
            }

            return new StoreSnapshot(
                layout,
                StoreDatabase.Number(connection, "SELECT current FROM revisions"),
                StoreDatabase.Number(connection, "SELECT COUNT(*) FROM objects"));
        }
        catch (SqliteException exception)
        {
            throw StoreFault.Explain(database, exception);
        }
    }

    /// <summary>A connection that changes nothing, also in a folder that cannot be written.</summary>
    private static SqliteConnection Read(string database)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = database, Pooling = false, Mode = SqliteOpenMode.ReadOnly };
        var connection = new SqliteConnection(settings.ConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
