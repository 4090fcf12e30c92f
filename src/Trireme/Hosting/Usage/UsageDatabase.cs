using System.Data.Common;
using System.Globalization;
using Trireme.Fleet.Limits;
using Trireme.Gateway.Limits;

namespace Trireme.Hosting.Usage;

/// <summary>
/// What was used, as a store holds it: single requests for a while, and the sums of each hour for much longer. An entry counts once however
/// often it is written, because its number is kept with its request. Not safe for several threads at a time.
/// </summary>
internal sealed class UsageDatabase(UsageStore store, DbConnection connection) : IDisposable
{
    private const long HourMilliseconds = 3_600_000;

    /// <summary>Requests that make room at a time.</summary>
    private const int RequestsPerSweep = 5000;

    private const string Insert =
        "INSERT INTO requests VALUES (@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10, @p11, @p12, @p13, @p14, @p15, @p16) "
        + "ON CONFLICT DO NOTHING";

    private const string AddUp = """
        INSERT INTO hours VALUES (@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10, @p11, @p12, @p13, @p14)
        ON CONFLICT (hour, namespace, key, service, release, outcome) DO UPDATE SET
            requests = hours.requests + excluded.requests, attempts = hours.attempts + excluded.attempts,
            prompt = hours.prompt + excluded.prompt, cached = hours.cached + excluded.cached, output = hours.output + excluded.output,
            cost = hours.cost + excluded.cost, replica_ms = hours.replica_ms + excluded.replica_ms,
            replica_cost = hours.replica_cost + excluded.replica_cost,
            last = CASE WHEN hours.last > excluded.last THEN hours.last ELSE excluded.last END
        """;

    /// <exception cref="DbException">The store cannot be used, or is damaged.</exception>
    /// <exception cref="InvalidDataException">It is a newer version's.</exception>
    public static UsageDatabase Open(UsageStore store) => new(store, store.OpenToWrite());

    /// <summary>Writes entries, all of them or none; those that are there already are left as they are.</summary>
    /// <returns>How many are new.</returns>
    public int Write(IEnumerable<UsageRecord> entries)
    {
        using DbTransaction transaction = connection.BeginTransaction();
        using DbCommand insert = Command(Insert, 17, transaction);
        var hours = new Dictionary<HourKey, HourSum>();
        int added = 0;
        foreach (UsageRecord entry in entries)
        {
            Bind(insert, entry);
            if (insert.ExecuteNonQuery() == 0) continue;
            added++;
            var key = new HourKey(
                entry.EndedAt / HourMilliseconds * HourMilliseconds, entry.Namespace, entry.Key, entry.Service, entry.Release,
                (long)entry.Outcome);
            hours[key] = hours.GetValueOrDefault(key).Plus(entry);
        }

        // In one order, so that two gateways that add to the same sums wait for each other and never in a circle.
        using DbCommand add = Command(AddUp, 15, transaction);
        foreach ((HourKey key, HourSum sum) in hours.OrderBy(static hour => hour.Key)) AddTo(add, key, sum);
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

    /// <summary>Removes what is too old, and the oldest requests while the store is larger than it may be.</summary>
    public void Sweep(UsageLedgerOptions options, DateTimeOffset now)
    {
        Execute("DELETE FROM hours WHERE hour < @p0", (now - options.MaxAge).ToUnixTimeMilliseconds() - HourMilliseconds);
        int gone = Execute("DELETE FROM requests WHERE ended < @p0", (now - options.MaxRequestAge).ToUnixTimeMilliseconds());
        while (store.BytesOf(connection) > options.MaxBytes)
        {
            int removed = Execute(
                "DELETE FROM requests WHERE sequence IN (SELECT sequence FROM requests ORDER BY ended LIMIT @p0)", RequestsPerSweep);
            if (removed == 0) break;
            gone += removed;
        }

        if (gone > 0) store.Shrink(connection);
    }

    public void Dispose() => connection.Dispose();

    private static void Bind(DbCommand insert, UsageRecord entry) => Bind(
        insert,
        [
            entry.Sequence, entry.EndedAt, entry.RequestId, entry.Namespace, entry.Key, entry.Service, entry.Release, entry.Route,
            (long)entry.Outcome, (long)entry.Status, (long)entry.Attempts, entry.Counts.Prompt, entry.Counts.CachedPrompt,
            entry.Counts.Output, entry.Counts.Cost, entry.ReplicaMilliseconds, entry.ReplicaCost,
        ]);

    private static void AddTo(DbCommand add, HourKey key, HourSum sum)
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
        using DbCommand command = Command(
            $"SELECT namespace, {column}, CAST(coalesce(sum(cost) FILTER (WHERE hour >= @p0), 0) AS BIGINT), CAST(sum(cost) AS BIGINT) "
            + $"FROM hours WHERE hour >= @p1 GROUP BY namespace, {column} HAVING sum(cost) > 0",
            2);
        Bind(command, [day, month]);
        using DbDataReader reader = command.ExecuteReader();
        var found = new List<(string, string, Spent)>();
        while (reader.Read())
        {
            found.Add((reader.GetString(0), reader.GetString(1), new Spent(reader.GetInt64(2), reader.GetInt64(3))));
        }

        return found;
    }

    private int Execute(string sql, long value)
    {
        using DbCommand command = Command(sql, 1);
        Bind(command, [value]);
        return command.ExecuteNonQuery();
    }

    private DbCommand Command(string sql, int values, DbTransaction? transaction = null)
    {
        DbCommand command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // Every statement is made of constants of this file; values travel as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (int i = 0; i < values; i++)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@p{i}");
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private static void Bind(DbCommand command, ReadOnlySpan<object> values)
    {
        for (int i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
    }

    private readonly record struct HourKey(long Hour, string Namespace, string Key, string Service, string Release, long Outcome)
        : IComparable<HourKey>
    {
        public int CompareTo(HourKey other)
        {
            int order = Hour.CompareTo(other.Hour);
            if (order == 0) order = string.CompareOrdinal(Namespace, other.Namespace);
            if (order == 0) order = string.CompareOrdinal(Key, other.Key);
            if (order == 0) order = string.CompareOrdinal(Service, other.Service);
            if (order == 0) order = string.CompareOrdinal(Release, other.Release);
            return order == 0 ? Outcome.CompareTo(other.Outcome) : order;
        }
    }

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
