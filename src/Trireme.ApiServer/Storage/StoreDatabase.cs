using System.Globalization;
using Microsoft.Data.Sqlite;
using Trireme.Contracts.Migrations;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// The database file: its tables and how connections to it are opened. The write-ahead log with full synchronisation makes
/// every commit wait for the disk, so an acknowledged write survives the death of the process and the loss of power.
/// </summary>
internal static class StoreDatabase
{
    /// <summary>Bytes of the write-ahead log that stay on the disk between checkpoints; what it grew beyond is cut off.</summary>
    public const long LogBytesKept = 8L << 20;

    /// <summary>How long another program may hold the database before a write gives up. The driver tries again until then.</summary>
    private const int LockTimeoutSeconds = 5;

    /// <summary>How the names of a store's files end after that of the database.</summary>
    public static readonly IReadOnlyList<string> FileEndings = ["", "-wal", "-shm", ".lock", StartReserve.Ending, ".probe", ".new"];

    private const string Tables = """
        CREATE TABLE objects (
            resource TEXT NOT NULL,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            uid TEXT NOT NULL,
            revision INTEGER NOT NULL,
            deleting INTEGER NOT NULL,
            document BLOB NOT NULL,
            PRIMARY KEY (resource, namespace, name)
        );
        CREATE UNIQUE INDEX objects_by_uid ON objects (uid);
        CREATE INDEX objects_by_namespace ON objects (namespace, resource, name);
        CREATE TABLE owners (
            owner TEXT NOT NULL,
            dependent TEXT NOT NULL,
            PRIMARY KEY (owner, dependent)
        ) WITHOUT ROWID;
        CREATE INDEX owners_by_dependent ON owners (dependent);
        CREATE TABLE changes (
            revision INTEGER PRIMARY KEY,
            type INTEGER NOT NULL,
            resource TEXT NOT NULL,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            uid TEXT NOT NULL,
            document BLOB NOT NULL,
            previous BLOB
        );
        CREATE TABLE revisions (current INTEGER NOT NULL, compacted INTEGER NOT NULL, indexed INTEGER NOT NULL);
        INSERT INTO revisions VALUES (0, 0, 0);
        """;

    private const string SetIncrementalVacuum = "PRAGMA auto_vacuum = INCREMENTAL";

    /// <summary>What SQLite calls incremental when asked.</summary>
    private const int IncrementalVacuum = 2;

    /// <summary>Creates the file with its tables if needed, or brings one of an older layout up.</summary>
    /// <returns>What was done to an older database; null where there was nothing to do.</returns>
    /// <exception cref="InvalidDataException">The database is from a newer version or another program, or empty.</exception>
    /// <exception cref="IOException">There is no room for the copy that is made before an older database is changed.</exception>
    public static MigrationReport? Prepare(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (!File.Exists(path)) Create(path);
        if (new FileInfo(path).Length == 0) throw StoreFault.Empty(path);
        using SqliteConnection connection = Open(path);
        long layout = Number(connection, "PRAGMA user_version");
        if (layout == 0 && FirstTable(connection) is { } table) throw StoreFault.Foreign(path, table);
        Execute(connection, "PRAGMA journal_mode = WAL");
        switch (layout)
        {
            case 0:
                CreateTables(connection);
                return null;
            case ObjectMigrations.CurrentLayout:
                StoreIndex.AddTo(connection);
                MakeShrinkable(connection);
                return null;
            case < ObjectMigrations.CurrentLayout:
                MigrationReport report = StoreMigration.Run(connection, path, layout);
                StoreIndex.AddTo(connection);
                MakeShrinkable(connection);
                return report;
            default:
                throw new InvalidDataException(
                    $"The database {path} has layout {layout}, but this program reads layouts up to {ObjectMigrations.CurrentLayout}. "
                    + "Start the version that wrote it.");
        }
    }

    /// <summary>An empty file that only its owner may read, for Secrets lie in databases. SQLite's files beside it get its mode.</summary>
    public static void CreatePrivate(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        new FileStream(path, options).Dispose();
    }

    public static SqliteConnection Open(string path)
    {
        // Connections live as long as the store, so the driver's pool would only delay closing the file.
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = LockTimeoutSeconds };
        var connection = new SqliteConnection(settings.ConnectionString);
        try
        {
            connection.Open();
            Execute(connection, "PRAGMA synchronous = FULL");
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA journal_size_limit = {LogBytesKept}"));
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static long Number(SqliteConnection connection, string sql)
    {
        using var statement = new SqlStatement(connection, sql, 0);
        return statement.Number() ?? 0;
    }

    /// <summary>
    /// Makes the file with its tables under another name first: a death in between leaves no file that looks like a lost database.
    /// </summary>
    private static void Create(string path)
    {
        string unfinished = path + ".new";
        File.Delete(unfinished);
        File.Delete(unfinished + "-journal");
        CreatePrivate(unfinished);
        using (SqliteConnection connection = Open(unfinished)) CreateTables(connection);
        File.Move(unfinished, path);
    }

    private static string? FirstTable(SqliteConnection connection)
    {
        using var statement = new SqlStatement(connection, "SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1", 0);
        using SqliteDataReader reader = statement.Query();
        return reader.Read() ? reader.GetString(0) : null;
    }

    /// <summary>
    /// Lets a database that was made without it give free pages back to the disk, which takes one rewrite of it. Where there is no room
    /// for that, it stays as it is until a later start.
    /// </summary>
    private static void MakeShrinkable(SqliteConnection connection)
    {
        if (Number(connection, "PRAGMA auto_vacuum") == IncrementalVacuum) return;
        try
        {
            Execute(connection, SetIncrementalVacuum);
            Execute(connection, "VACUUM");
        }
        catch (SqliteException exception) when (StoreFault.IsFull(exception))
        {
        }
    }

    private static void CreateTables(SqliteConnection connection)
    {
        // This can only be said of a database without tables.
        Execute(connection, SetIncrementalVacuum);
        using SqliteTransaction transaction = connection.BeginTransaction();
        Execute(connection, Tables);
        Execute(connection, StoreIndex.Table);
        Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {ObjectMigrations.CurrentLayout}"));
        transaction.Commit();
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var statement = new SqlStatement(connection, sql, 0);
        statement.Execute();
    }
}
