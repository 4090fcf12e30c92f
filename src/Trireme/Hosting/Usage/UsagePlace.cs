using Trireme.Fleet.Limits;
using Trireme.Gateway.Limits;

namespace Trireme.Hosting.Usage;

/// <summary>Where the files of a gateway's ledger lie.</summary>
/// <param name="Store">Shared by all gateways of the data folder, or of more than one.</param>
/// <param name="Spool">The gateway's own, beside those of the others.</param>
internal sealed record UsagePlace(UsageStore Store, string Spool)
{
    public const string SpoolExtension = ".spool";

    /// <param name="data">The data folder.</param>
    /// <param name="gateway">The gateway's name.</param>
    /// <param name="postgres">How to connect to a database instead of the folder's file; null for the file.</param>
    public static UsagePlace Of(DataFolderLayout data, string gateway, string? postgres = null)
    {
        UsageStore store = postgres is null ? new SqliteUsageStore(data.Usage) : new PostgresUsageStore(postgres);
        return new UsagePlace(store, Path.Combine(data.UsageSpools, gateway + SpoolExtension));
    }

    /// <summary>Spools of other gateways, some of which may have died.</summary>
    public IEnumerable<string> OtherSpools() =>
        Directory.EnumerateFiles(Path.GetDirectoryName(Spool)!, "*" + SpoolExtension).Where(path => path != Spool);
}

/// <summary>Takes what was spent in the day and the month that a time is in.</summary>
internal delegate void RestoreSpent(IReadOnlyCollection<SpentBefore> spent, DateTimeOffset utc);

/// <summary>Sums of what entries say was spent.</summary>
internal static class SpentSums
{
    /// <summary>What the entries have cost of the day and the month that a time is in.</summary>
    public static List<SpentBefore> Of(IEnumerable<UsageRecord> entries, DateTimeOffset utc)
    {
        var sums = new Dictionary<(string Kind, string Name), Spent>();
        foreach (UsageRecord entry in entries)
        {
            var ended = DateTimeOffset.FromUnixTimeMilliseconds(entry.EndedAt);
            if (ended.Year != utc.Year || ended.Month != utc.Month) continue;
            var spent = new Spent(ended.Day == utc.Day ? entry.Counts.Cost : 0, entry.Counts.Cost);
            foreach (SpentBefore one in (SpentBefore[])
                [
                    SpentBefore.ByKey($"{entry.Namespace}/{entry.Key}", spent),
                    SpentBefore.ByService($"{entry.Namespace}/{entry.Service}", spent),
                    SpentBefore.ByTenant(entry.Namespace, spent),
                ])
            {
                sums[(one.Kind, one.Name)] = Plus(sums.GetValueOrDefault((one.Kind, one.Name)), spent, 1);
            }
        }

        return [.. sums.Select(static sum => new SpentBefore(sum.Key.Kind, sum.Key.Name, sum.Value))];
    }

    /// <summary>What is left of some when others are known already.</summary>
    public static List<SpentBefore> Without(IEnumerable<SpentBefore> all, IEnumerable<SpentBefore> known)
    {
        var before = known.ToDictionary(static one => (one.Kind, one.Name), static one => one.Amount);
        return [.. all.Select(one => one with { Amount = Plus(one.Amount, before.GetValueOrDefault((one.Kind, one.Name)), -1) })];
    }

    private static Spent Plus(Spent one, Spent other, int sign) =>
        new(Math.Max(0, one.Day + (sign * other.Day)), Math.Max(0, one.Month + (sign * other.Month)));
}
