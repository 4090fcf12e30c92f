using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace Trireme.Hosting.Usage;

/// <summary>A schema of a PostgreSQL database, which the gateways of several machines may share.</summary>
internal sealed class PostgresUsageStore : UsageStore
{
    private const string Schema = "trireme_usage";

    /// <summary>Longest time for a connection and for a statement, in seconds.</summary>
    private const int TimeoutSeconds = 5;

    /// <summary>Held while tables are made, so that of several gateways one makes them.</summary>
    private const long MakingLock = 0x747269726D65;

    private readonly string _settings;

    /// <param name="settings">How to connect, in Npgsql's words.</param>
    public PostgresUsageStore(string settings)
    {
        var builder = new NpgsqlConnectionStringBuilder(settings)
        {
            SearchPath = Schema, Timeout = TimeoutSeconds, CommandTimeout = TimeoutSeconds, Pooling = false, ApplicationName = "trireme",
        };
        _settings = builder.ConnectionString;
        Name = $"the PostgreSQL database {builder.Database ?? builder.Username} at {builder.Host}";
    }

    public override string Name { get; }

    /// <summary>What is wrong with a way to connect, as the end of a sentence about it; null if nothing is.</summary>
    public static string? Problem(string settings)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(settings);
            if (string.IsNullOrEmpty(builder.Host)) return "it names no Host";
            return builder.Password is null ? null : "it holds a password, which belongs into a file: Passfile=PATH";
        }
        catch (ArgumentException exception)
        {
            return exception.Message;
        }
    }

    public override DbConnection OpenToWrite()
    {
        DbConnection connection = OpenToRead();
        try
        {
            using DbTransaction transaction = connection.BeginTransaction();
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({MakingLock})"));
            Execute(connection, $"CREATE SCHEMA IF NOT EXISTS {Schema}");
            Execute(connection, "CREATE TABLE IF NOT EXISTS layout (number BIGINT NOT NULL)");
            using DbCommand asked = connection.CreateCommand();
            asked.CommandText = "SELECT coalesce(max(number), 0) FROM layout";
            long layout = (long)asked.ExecuteScalar()!;
            if (layout > Layout) throw Newer(layout);
            if (layout == 0)
            {
                Execute(connection, Tables);
                Execute(connection, string.Create(CultureInfo.InvariantCulture, $"INSERT INTO layout VALUES ({Layout})"));
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

    public override DbConnection OpenToRead()
    {
        var connection = new NpgsqlConnection(_settings);
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
}
