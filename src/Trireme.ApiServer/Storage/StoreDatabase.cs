using Microsoft.Data.Sqlite;

namespace Trireme.ApiServer.Storage;

/// <summary>
/// The database file: its tables and how connections to it are opened. The write-ahead log with full synchronisation makes
/// every commit wait for the disk, so an acknowledged write survives the death of the process and the loss of power.
/// </summary>
internal static class StoreDatabase
{
    private const int SchemaVersion = 1;

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
        CREATE TABLE revisions (current INTEGER NOT NULL, compacted INTEGER NOT NULL);
        INSERT INTO revisions VALUES (0, 0);
        """;

    /// <summary>Creates the file if needed, readable by its owner only because Secrets lie in it, and brings the tables up.</summary>
    public static void Prepare(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (!File.Exists(path))
        {
            // SQLite gives its log and index files the mode of the database file.
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };
            new FileStream(path, options).Dispose();
        }

        using SqliteConnection connection = Open(path);
        Execute(connection, "PRAGMA journal_mode = WAL");
        using SqliteTransaction transaction = connection.BeginTransaction();
        long version = Number(connection, "PRAGMA user_version");
        if (version == 0)
        {
            Execute(connection, Tables + $"PRAGMA user_version = {SchemaVersion};");
        }
        else if (version != SchemaVersion)
        {
            throw new InvalidDataException(
                $"The database {path} has layout {version}, but this program reads {SchemaVersion}. Start the version that wrote it.");
        }

        transaction.Commit();
    }

    public static SqliteConnection Open(string path)
    {
        // Connections live as long as the store, so the driver's pool would only delay closing the file.
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false };
        var connection = new SqliteConnection(settings.ConnectionString);
        connection.Open();
        Execute(connection, "PRAGMA synchronous = FULL");
        Execute(connection, "PRAGMA busy_timeout = 5000");
        return connection;
    }

    public static long Number(SqliteConnection connection, string sql)
    {
        using var statement = new SqlStatement(connection, sql, 0);
        return statement.Number() ?? 0;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var statement = new SqlStatement(connection, sql, 0);
        statement.Execute();
    }
}
