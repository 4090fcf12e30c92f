using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Trireme.Hosting.Usage;

/// <summary>A file of the data folder, which all gateways of that folder share.</summary>
internal sealed class SqliteUsageStore(string path) : UsageStore
{
    /// <summary>Another gateway's write takes a moment.</summary>
    private const int LockTimeoutSeconds = 5;

    public override string Name => path;

    public override DbConnection OpenToWrite()
    {
        SqliteConnection connection = Open(SqliteOpenMode.ReadWriteCreate);
        try
        {
            // This can only be said of a database without tables.
            Execute(connection, "PRAGMA auto_vacuum = INCREMENTAL");
            Execute(connection, "PRAGMA journal_mode = WAL");
            Execute(connection, "PRAGMA synchronous = NORMAL");
            using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
            long layout = Number(connection, "PRAGMA user_version");
            if (layout > Layout) throw Newer(layout);
            if (layout == 0)
            {
                // A key of this type is the row's own number.
                Execute(connection, Tables.Replace("BIGINT", "INTEGER", StringComparison.Ordinal));
                Execute(connection, string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {Layout}"));
            }

            transaction.Commit();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public override DbConnection OpenToRead() => Open(SqliteOpenMode.ReadOnly);

    public override long? BytesOf(DbConnection connection) =>
        (Number(connection, "PRAGMA page_count") - Number(connection, "PRAGMA freelist_count")) * Number(connection, "PRAGMA page_size");

    public override void Shrink(DbConnection connection) => Execute(connection, "PRAGMA incremental_vacuum(1024)");

    private SqliteConnection Open(SqliteOpenMode mode)
    {
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = path, Pooling = false, DefaultTimeout = LockTimeoutSeconds, Mode = mode,
        };
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

    private static void Execute(DbConnection connection, string sql)
    {
        using DbCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Every statement is a constant of this program.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private static long Number(DbConnection connection, string sql)
    {
        using DbCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // Every statement is a constant of this program.
        command.CommandText = sql;
#pragma warning restore CA2100
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }
}
