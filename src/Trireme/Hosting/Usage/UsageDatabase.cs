using System.Globalization;
using Microsoft.Data.Sqlite;
using Trireme.Fleet.Limits;
using Trireme.Gateway.Limits;

namespace Trireme.Hosting.Usage;

/// <summary>
/// The file with what was used, which the gateways of one data folder share: single requests for a while, and the sums of each hour for
/// much longer. An entry counts once however often it is written, because its number is kept with its request. Not safe for several threads
/// at a time.
/// </summary>
internal sealed class UsageDatabase : IDisposable
{
    public const int Layout = 1;

    /// <summary>Another gateway's write takes a moment.</summary>
    private const int LockTimeoutSeconds = 5;

    private const long HourMilliseconds = 3_600_000;

    /// <summary>Requests that make room at a time.</summary>
    private const int RequestsPerSweep = 5000;

    private const string Tables = """
        CREATE TABLE requests (
            sequence INTEGER PRIMARY KEY,
            ended INTEGER NOT NULL,
            id TEXT NOT NULL,
            namespace TEXT NOT NULL,
            key TEXT NOT NULL,
            service TEXT NOT NULL,
            release TEXT NOT NULL,
            route TEXT NOT NULL,
            outcome INTEGER NOT NULL,
            status INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            prompt INTEGER NOT NULL,
            cached INTEGER NOT NULL,
            output INTEGER NOT NULL,
            cost INTEGER NOT NULL,
            replica_ms INTEGER NOT NULL,
            replica_cost INTEGER NOT NULL
        );
        CREATE INDEX requests_by_time ON requests (ended);
        CREATE TABLE hours (
            hour INTEGER NOT NULL,
            namespace TEXT NOT NULL,
            key TEXT NOT NULL,
            service TEXT NOT NULL,
            release TEXT NOT NULL,
            outcome INTEGER NOT NULL,
            requests INTEGER NOT NULL,
            attempts INTEGER NOT NULL,
            prompt INTEGER NOT NULL,
            cached INTEGER NOT NULL,
            output INTEGER NOT NULL,
            cost INTEGER NOT NULL,
            replica_ms INTEGER NOT NULL,
            replica_cost INTEGER NOT NULL,
            last INTEGER NOT NULL,
            PRIMARY KEY (hour, namespace, key, service, release, outcome)
        ) WITHOUT ROWID;
        """;

    private const string Insert =
        "INSERT OR IGNORE INTO requests VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13, @14, @15, @16)";

    private const string AddUp = """
        INSERT INTO hours VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13, @14)
        ON CONFLICT DO UPDATE SET requests = requests + excluded.requests, attempts = attempts + excluded.attempts,
            prompt = prompt + excluded.prompt, cached = cached + excluded.cached, output = output + excluded.output,
            cost = cost + excluded.cost, replica_ms = replica_ms + excluded.replica_ms,
            replica_cost = replica_cost + excluded.replica_cost, last = max(last, excluded.last)
        """;

    private readonly SqliteConnection _connection;

    private UsageDatabase(SqliteConnection connection) => _connection = connection;

    /// <exception cref="SqliteException">The file cannot be opened, or is damaged.</exception>
    /// <exception cref="InvalidDataException">It is a newer version's.</exception>
    public static UsageDatabase Open(string path)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = LockTimeoutSeconds };
        var connection = new SqliteConnection(settings.ConnectionString);
        try
        {
            connection.Open();
            var database = new UsageDatabase(connection);
            database.Prepare(path);
            return database;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Writes entries, all of them or none; those that are there already are left as they are.</summary>
    /// <returns>How many are new.</returns>
    public int Write(IEnumerable<UsageRecord> entries)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
        using SqliteCommand insert = Command(Insert, 17);
        var hours = new Dictionary<HourKey, HourSum>();
        int added = 0;
        foreach (UsageRecord entry in entries)
        {
            Bind(insert, entry);
            if (insert.ExecuteNonQuery() == 0) continue;
            added++;
            var key = new HourKey(
                entry.EndedAt / HourMilliseconds * HourMilliseconds, entry.Namespace, entry.Key, entry.Service, entry.Release,
                (int)entry.Outcome);
            hours[key] = hours.GetValueOrDefault(key).Plus(entry);
        }

        using SqliteCommand add = Command(AddUp, 15);
        foreach ((HourKey key, HourSum sum) in hours) AddTo(add, key, sum);
        transaction.Commit();
        return added;
    }

    /// <summary>What keys, tenants and services have spent in the day and the month that a time is in.</summary>
    public List<SpentBefore> SpentIn(DateTimeOffset utc)
    {
        long day = new DateTimeOffset(utc.UtcDateTime.Date, TimeSpan.Zero).ToUnixTimeMilliseconds();
        long month = new DateTimeOffset(utc.Year, utc.Month, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
        var found = new List<SpentBefore>();
        var tenants = new Dictionary<string, Spent>(StringComparer.Ordinal);
        foreach ((string ns, string key, Spent spent) in Spenders("key", day, month))
        {
            found.Add(SpentBefore.ByKey($"{ns}/{key}", spent));
            Spent before = tenants.GetValueOrDefault(ns);
            tenants[ns] = new Spent(before.Day + spent.Day, before.Month + spent.Month);
        }

        found.AddRange(tenants.Select(static tenant => SpentBefore.ByTenant(tenant.Key, tenant.Value)));
        found.AddRange(Spenders("service", day, month)
            .Select(static one => SpentBefore.ByService($"{one.Namespace}/{one.Name}", one.Spent)));
        return found;
    }

    /// <summary>Removes what is too old, and the oldest requests while the file is larger than it may be.</summary>
    public void Sweep(UsageLedgerOptions options, DateTimeOffset now)
    {
        Execute("DELETE FROM hours WHERE hour < @0", (now - options.MaxAge).ToUnixTimeMilliseconds() - HourMilliseconds);
        int gone = Execute("DELETE FROM requests WHERE ended < @0", (now - options.MaxRequestAge).ToUnixTimeMilliseconds());
        long pageBytes = Number("PRAGMA page_size");
        while ((Number("PRAGMA page_count") - Number("PRAGMA freelist_count")) * pageBytes > options.MaxBytes)
        {
            int removed = Execute(
                $"DELETE FROM requests WHERE sequence IN (SELECT sequence FROM requests ORDER BY ended LIMIT {RequestsPerSweep})");
            if (removed == 0) break;
            gone += removed;
        }

        if (gone > 0) Execute("PRAGMA incremental_vacuum(1024)");
    }

    public void Dispose() => _connection.Dispose();

    private static void Bind(SqliteCommand insert, UsageRecord entry) => Bind(
        insert,
        [
            entry.Sequence, entry.EndedAt, entry.RequestId, entry.Namespace, entry.Key, entry.Service, entry.Release, entry.Route,
            (int)entry.Outcome, entry.Status, entry.Attempts, entry.Counts.Prompt, entry.Counts.CachedPrompt, entry.Counts.Output,
            entry.Counts.Cost, entry.ReplicaMilliseconds, entry.ReplicaCost,
        ]);

    private static void AddTo(SqliteCommand add, HourKey key, HourSum sum)
    {
        Bind(
            add,
            [
                key.Hour, key.Namespace, key.Key, key.Service, key.Release, key.Outcome, sum.Requests, sum.Attempts, sum.Prompt, sum.Cached,
                sum.Output, sum.Cost, sum.ReplicaMilliseconds, sum.ReplicaCost, sum.Last,
            ]);
        add.ExecuteNonQuery();
    }

    private List<(string Namespace, string Name, Spent Spent)> Spenders(string column, long day, long month)
    {
        using SqliteCommand command = Command(
            $"SELECT namespace, {column}, coalesce(sum(cost) FILTER (WHERE hour >= @0), 0), sum(cost) FROM hours WHERE hour >= @1 "
            + $"GROUP BY namespace, {column} HAVING sum(cost) > 0",
            2);
        Bind(command, [day, month]);
        using SqliteDataReader reader = command.ExecuteReader();
        var found = new List<(string, string, Spent)>();
        while (reader.Read())
        {
            found.Add((reader.GetString(0), reader.GetString(1), new Spent(reader.GetInt64(2), reader.GetInt64(3))));
        }

        return found;
    }

    private void Prepare(string path)
    {
        // This can only be said of a database without tables.
        Execute("PRAGMA auto_vacuum = INCREMENTAL");
        Execute("PRAGMA journal_mode = WAL");
        Execute("PRAGMA synchronous = NORMAL");
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
        using SqliteCommand command = Command(sql, values.Length);
        Bind(command, values);
        return command.ExecuteNonQuery();
    }

    private long Number(string sql)
    {
        using SqliteCommand command = Command(sql, 0);
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private SqliteCommand Command(string sql, int values)
    {
        SqliteCommand command = _connection.CreateCommand();
#pragma warning disable CA2100 // Every statement is made of constants of this file; values travel as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (int i = 0; i < values; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = string.Create(CultureInfo.InvariantCulture, $"@{i}") });
        }

        return command;
    }

    private static void Bind(SqliteCommand command, ReadOnlySpan<object> values)
    {
        for (int i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
    }

    private readonly record struct HourKey(long Hour, string Namespace, string Key, string Service, string Release, int Outcome);

    private readonly record struct HourSum(
        long Requests,
        long Attempts,
        long Prompt,
        long Cached,
        long Output,
        long Cost,
        long ReplicaMilliseconds,
        long ReplicaCost,
        long Last)
    {
        public HourSum Plus(UsageRecord entry) => new(
            Requests + 1,
            Attempts + entry.Attempts,
            Prompt + entry.Counts.Prompt,
            Cached + entry.Counts.CachedPrompt,
            Output + entry.Counts.Output,
            Cost + entry.Counts.Cost,
            ReplicaMilliseconds + entry.ReplicaMilliseconds,
            ReplicaCost + entry.ReplicaCost,
            Math.Max(Last, entry.EndedAt));
    }
}
