using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Output;

/// <summary>Lists the moves of a service that have ended, oldest first, each with what it rests on.</summary>
internal static class RolloutHistoryPrinter
{
    private const string Indent = "    ";

    private static readonly string[] Header = ["REVISION", "RELEASE", "OUTCOME", "ENDED"];

    public static void Print(ModelService service, TextWriter output)
    {
        IReadOnlyList<RolloutRecord> history = service.Status?.History ?? [];
        if (history.Count == 0)
        {
            string serves = service.Status?.StableRelease is { } stable ? $"{stable.Name} {Serves(service)}" : "nothing serves yet";
            output.WriteLine($"No move of {service.Metadata.Name} has been recorded; {serves}.");
            return;
        }

        var rows = new List<string[]> { Header };
        rows.AddRange(history.Select(record => Row(service, record)));
        int[] widths = [.. Enumerable.Range(0, Header.Length).Select(column => rows.Max(row => row[column].Length))];
        for (int i = 0; i < rows.Count; i++)
        {
            output.WriteLine(string.Concat(rows[i].Select((cell, column) => cell.PadRight(widths[column] + 2))).TrimEnd());
            if (i == 0) continue;
            foreach (string line in TextWrap.Lines(history[i - 1].Evidence, TextWrap.Columns - Indent.Length))
            {
                output.WriteLine(Indent + line);
            }
        }
    }

    private static string[] Row(ModelService service, RolloutRecord record)
    {
        bool isStable = record.Outcome == RolloutPhase.Promoted && record == LastPromoted(service)
            && record.To.ContentHash == service.Status?.StableRelease?.ContentHash;
        return
        [
            record.Revision.ToString(CultureInfo.InvariantCulture),
            record.To.Name,
            OutcomeWords.Of(record) + (isStable ? ", " + Serves(service) : ""),
            record.EndedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        ];
    }

    /// <summary>What is so of the stable release.</summary>
    private static string Serves(ModelService service)
    {
        ModelServiceStatus status = service.Status!;
        bool answers = status.Traffic?.Any(part =>
            part.ContentHash == status.StableRelease!.ContentHash && part.ReadyReplicas > 0) == true;
        return answers ? "serves" : "no replica is ready";
    }

    private static RolloutRecord? LastPromoted(ModelService service) =>
        service.Status?.History?.LastOrDefault(static record => record.Outcome == RolloutPhase.Promoted);
}
