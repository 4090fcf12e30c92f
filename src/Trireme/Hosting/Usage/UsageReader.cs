using System.Data.Common;
using System.Globalization;
using Trireme.Contracts.Usage;
using Trireme.Gateway.Accounting;

namespace Trireme.Hosting.Usage;

/// <summary>Answers questions from the ledger's store, beside whoever writes it.</summary>
internal static class UsageReader
{
    /// <summary>Items of one answer.</summary>
    public const int ItemsMax = 10_000;

    private const decimal Billion = 1_000_000_000m;

    private const string Sums =
        "CAST(coalesce(sum(requests), 0) AS BIGINT), CAST(coalesce(sum(attempts), 0) AS BIGINT), "
        + "CAST(coalesce(sum(prompt), 0) AS BIGINT), CAST(coalesce(sum(cached), 0) AS BIGINT), "
        + "CAST(coalesce(sum(output), 0) AS BIGINT), CAST(coalesce(sum(cost), 0) AS BIGINT), "
        + "CAST(coalesce(sum(replica_ms), 0) AS BIGINT), CAST(coalesce(sum(replica_cost), 0) AS BIGINT), max(last)";

    private const string Asked = "FROM hours WHERE hour >= @from AND hour < @until";

    /// <summary>How each of the questions' words is written in SQL.</summary>
    private static readonly Dictionary<string, string> Columns = new(StringComparer.Ordinal)
    {
        ["tenant"] = "namespace",
        ["key"] = "key",
        ["model"] = "service",
        ["release"] = "release",
        ["outcome"] = "outcome",
        ["day"] = "hour / 86400000",
        ["hour"] = "hour",
    };

    /// <exception cref="DbException">The store cannot be read.</exception>
    public static UsageReport Read(UsageStore store, UsageQuestion question)
    {
        using DbConnection connection = store.OpenToRead();
        UsageSum total = Ask(connection, question, [], limit: 1)[0];
        List<UsageSum> items = question.By.Count == 0 ? [] : Ask(connection, question, question.By, ItemsMax + 1);
        return new UsageReport
        {
            From = question.From,
            Until = question.Until,
            By = question.By,
            Items = items.Count > ItemsMax ? items[..ItemsMax] : items,
            Total = total,
            IsTruncated = items.Count > ItemsMax,
        };
    }

    private static List<UsageSum> Ask(DbConnection connection, UsageQuestion question, IReadOnlyList<string> by, int limit)
    {
        string[] columns = [.. by.Select(static name => Columns[name])];
        string[] times = [.. by.Where(static name => name is "day" or "hour").Select(static name => Columns[name])];
        string order = string.Join(", ", [.. times, "sum(cost) DESC", "sum(prompt + output) DESC", "sum(requests) DESC", .. columns]);
        string ofTenant = question.Namespace is null ? "" : " AND namespace = @namespace";
        string ofKey = question.Key is null ? "" : " AND key = @key";
        string grouped = columns.Length == 0 ? "" : $"GROUP BY {string.Join(", ", columns)} ORDER BY {order}";
        using DbCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is made of constants of this file; values travel as parameters.
        command.CommandText = $"SELECT {string.Join(", ", [.. columns, Sums])} {Asked}{ofTenant}{ofKey} {grouped} LIMIT {limit}";
#pragma warning restore CA2100
        Add("@from", question.From.ToUnixTimeMilliseconds());
        Add("@until", question.Until.ToUnixTimeMilliseconds());
        if (question.Namespace is { } ns) Add("@namespace", ns);
        if (question.Key is { } key) Add("@key", key);
        using DbDataReader reader = command.ExecuteReader();
        var sums = new List<UsageSum>();
        while (reader.Read()) sums.Add(SumOf(reader, by));
        return sums;

        void Add(string name, object value)
        {
            DbParameter parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            command.Parameters.Add(parameter);
        }
    }

    private static UsageSum SumOf(DbDataReader reader, IReadOnlyList<string> by)
    {
        int at = by.Count;
        return new UsageSum
        {
            Tenant = TextOf("tenant"),
            Key = TextOf("key"),
            Model = TextOf("model"),
            Release = TextOf("release"),
            Outcome = NumberOf("outcome") is { } outcome ? WordOf((UsageOutcome)outcome) : null,
            Day = NumberOf("day") is { } day
                ? DateOnly.FromDayNumber((int)day + DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber)
                    .ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
                : null,
            Hour = NumberOf("hour") is { } hour ? DateTimeOffset.FromUnixTimeMilliseconds(hour) : null,
            Requests = reader.GetInt64(at),
            Attempts = reader.GetInt64(at + 1),
            PromptTokens = reader.GetInt64(at + 2),
            CachedPromptTokens = reader.GetInt64(at + 3),
            OutputTokens = reader.GetInt64(at + 4),
            Cost = reader.GetInt64(at + 5) / Billion,
            ReplicaSeconds = reader.GetInt64(at + 6) / 1000m,
            ReplicaCost = reader.GetInt64(at + 7) / Billion,
            LastUsed = reader.IsDBNull(at + 8) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(at + 8)),
        };

        string? TextOf(string name) => PlaceOf(name) is var place and >= 0 ? reader.GetString(place) : null;

        long? NumberOf(string name) => PlaceOf(name) is var place and >= 0 ? reader.GetInt64(place) : null;

        int PlaceOf(string name)
        {
            for (int i = 0; i < by.Count; i++)
            {
                if (by[i] == name) return i;
            }

            return -1;
        }
    }

    private static string WordOf(UsageOutcome outcome) => outcome switch
    {
        UsageOutcome.Completed => "completed",
        UsageOutcome.ClientLeft => "client_left",
        UsageOutcome.Limited => "limited",
        UsageOutcome.Rejected => "rejected",
        UsageOutcome.Failed => "failed",
        _ => "cut",
    };
}
