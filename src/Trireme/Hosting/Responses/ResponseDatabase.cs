using System.Globalization;
using Microsoft.Data.Sqlite;
using Trireme.Gateway.Dialects.Responses;

namespace Trireme.Hosting.Responses;

/// <summary>
/// The file with the kept responses, which the gateways of one data folder share. A write is in the log before its response is called
/// complete, so that it outlives this process however that ends; only a loss of power may take the last ones. What each key holds is summed
/// up by triggers, so that finding whose response must go reads no responses. Not safe for several threads at a time.
/// </summary>
internal sealed class ResponseDatabase : IDisposable
{
    private const int Layout = 1;

    /// <summary>Another gateway's write takes a moment.</summary>
    private const int LockTimeoutSeconds = 5;

    /// <summary>Bytes of a row beside its documents.</summary>
    private const int RowBytes = 200;

    /// <summary>Pages that one write gives back to the disk, so that none takes long.</summary>
    private const string GiveBack = "PRAGMA incremental_vacuum(256)";

    private const string Tables = """
        CREATE TABLE responses (
            owner TEXT NOT NULL,
            id TEXT NOT NULL,
            model TEXT NOT NULL,
            created INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            input BLOB NOT NULL,
            response BLOB NOT NULL,
            PRIMARY KEY (owner, id)
        );
        CREATE INDEX responses_by_age ON responses (created);
        CREATE INDEX responses_by_owner ON responses (owner, created);
        CREATE TABLE owners (owner TEXT PRIMARY KEY, bytes INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TRIGGER response_kept AFTER INSERT ON responses BEGIN
            INSERT INTO owners VALUES (new.owner, new.bytes) ON CONFLICT (owner) DO UPDATE SET bytes = bytes + new.bytes;
        END;
        CREATE TRIGGER response_gone AFTER DELETE ON responses BEGIN
            UPDATE owners SET bytes = bytes - old.bytes WHERE owner = old.owner;
            DELETE FROM owners WHERE owner = old.owner AND bytes <= 0;
        END;
        """;

    private readonly SqliteConnection _connection;

    private ResponseDatabase(SqliteConnection connection) => _connection = connection;

    /// <exception cref="SqliteException">The file cannot be opened, or is damaged.</exception>
    /// <exception cref="InvalidDataException">It is a newer version's.</exception>
    public static ResponseDatabase Open(string path)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = LockTimeoutSeconds };
        var connection = new SqliteConnection(settings.ConnectionString);
        try
        {
            connection.Open();
            var database = new ResponseDatabase(connection);
            database.Prepare(path);
            return database;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static long BytesOf(KeptResponse response) => RowBytes + response.Input.Length + response.Response.Length;

    public KeptResponse? Find(string owner, string id, DateTimeOffset keptSince)
    {
        using SqliteCommand command = Command(
            "SELECT model, created, input, response FROM responses WHERE owner = @0 AND id = @1 AND created >= @2",
            owner, id, keptSince.ToUnixTimeMilliseconds());
        using SqliteDataReader reader = command.ExecuteReader();
        if (!reader.Read()) return null;
        return new KeptResponse
        {
            Owner = owner,
            Id = id,
            Model = reader.GetString(0),
            Created = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)),
            Input = reader.GetFieldValue<byte[]>(2),
            Response = reader.GetFieldValue<byte[]>(3),
        };
    }

    /// <summary>Keeps a response, and drops what is too old or has no room then.</summary>
    /// <returns>How many had to go for room, and how many for their age.</returns>
    public (int Evicted, int Expired) Keep(KeptResponse response, long maxBytes, DateTimeOffset keptSince)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        Execute(
            "INSERT INTO responses VALUES (@0, @1, @2, @3, @4, @5, @6)",
            response.Owner,
            response.Id,
            response.Model,
            response.Created.ToUnixTimeMilliseconds(),
            BytesOf(response),
            response.Input.ToArray(),
            response.Response.ToArray());
        int expired = Expire(keptSince);
        int evicted = 0;
        while (Number("SELECT total(bytes) FROM owners") > maxBytes)
        {
            // The oldest of who holds the most: one key with very many takes nothing from the others.
            evicted += Execute("""
                DELETE FROM responses WHERE rowid = (
                    SELECT rowid FROM responses WHERE owner = (SELECT owner FROM owners ORDER BY bytes DESC LIMIT 1)
                    ORDER BY created, rowid LIMIT 1)
                """);
        }

        transaction.Commit();
        if (expired + evicted > 0) Execute(GiveBack);
        return (evicted, expired);
    }

    /// <summary>Drops what is too old; returns how many that were.</summary>
    public int Sweep(DateTimeOffset keptSince)
    {
        int expired = Expire(keptSince);
        if (expired > 0) Execute(GiveBack);
        return expired;
    }

    public bool Delete(string owner, string id)
    {
        bool deleted = Execute("DELETE FROM responses WHERE owner = @0 AND id = @1", owner, id) > 0;
        if (deleted) Execute(GiveBack);
        return deleted;
    }

    public void Dispose() => _connection.Dispose();

    private int Expire(DateTimeOffset keptSince) =>
        Execute("DELETE FROM responses WHERE created < @0", keptSince.ToUnixTimeMilliseconds());

    private void Prepare(string path)
    {
        // This can only be said of a database without tables.
        Execute("PRAGMA auto_vacuum = INCREMENTAL");
        Execute("PRAGMA journal_mode = WAL");
        Execute("PRAGMA synchronous = NORMAL");

        // What was said is not left behind in free pages once it is deleted.
        Execute("PRAGMA secure_delete = ON");
        using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
        long layout = Number("PRAGMA user_version");
        if (layout > Layout) throw new InvalidDataException($"{path} has layout {layout}, but this program reads layouts up to {Layout}");
        if (layout == 0)
        {
            Execute(Tables);
            Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {Layout}"));
        }

        transaction.Commit();
    }

    private int Execute(string sql, params ReadOnlySpan<object> values)
    {
        using SqliteCommand command = Command(sql, values);
        return command.ExecuteNonQuery();
    }

    private long Number(string sql)
    {
        using SqliteCommand command = Command(sql);
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private SqliteCommand Command(string sql, params ReadOnlySpan<object> values)
    {
        SqliteCommand command = _connection.CreateCommand();
#pragma warning disable CA2100 // Every statement is a constant of this file; values travel as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue(string.Create(CultureInfo.InvariantCulture, $"@{i}"), values[i]);
        }

        return command;
    }
}
