using System.Globalization;
using Trireme.Contracts.Usage;
using Trireme.Hosting;

namespace Trireme.Connection;

/// <summary>When keys were used last, as far as the ledger of the platform goes back.</summary>
internal static class KeyUse
{
    /// <summary>Of a key that was not used, or of which that is not known.</summary>
    public const string None = "-";

    /// <summary>Longer than the ledger goes back unless it is told to.</summary>
    private const string Ever = "400d";

    /// <summary>The times by the keys' ids; none where the platform keeps no ledger, or it cannot be read.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> LastAsync(
        DataFolderLayout? data, string ns, CancellationToken cancellationToken)
    {
        if (data is null) return new Dictionary<string, string>();
        try
        {
            UsageReport report = await UsageClient.ReadAsync(
                data, [("by", "key"), ("since", Ever), ("namespace", ns)], cancellationToken);
            return report.Items
                .Where(static item => item is { Key: not null, LastUsed: not null })
                .ToDictionary(static item => item.Key!, static item => Text(item.LastUsed!.Value), StringComparer.Ordinal);
        }
        catch (CommandException)
        {
            // What the keys are is worth showing without it.
            return new Dictionary<string, string>();
        }
    }

    private static string Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
