using System.Globalization;
using Trireme.Contracts.Usage;

namespace Trireme.Output;

/// <summary>Prints what was used as a table, or as comma-separated values.</summary>
internal static class UsagePrinter
{
    private static readonly string[] Numbers = ["REQUESTS", "PROMPT", "CACHED", "OUTPUT", "COST"];

    private static readonly string[] Names =
    [
        "requests", "attempts", "promptTokens", "cachedPromptTokens", "outputTokens", "cost", "replicaSeconds", "replicaCost", "lastUsed",
    ];

    /// <summary>A row for each item and one for all, at most as wide as the terminal.</summary>
    public static void PrintTable(UsageReport report, TextWriter output)
    {
        var rows = new List<string[]>();
        string[] titles = [.. report.By.Select(static name => name.ToUpperInvariant())];
        rows.Add([.. titles.DefaultIfEmpty(""), .. Numbers]);
        if (report.By.Count > 0) rows.AddRange(report.Items.Select(item => (string[])[.. Words(item, report.By), .. Short(item)]));
        string[] total = ["total", .. titles.Skip(1).Select(static _ => "")];
        rows.Add([.. total, .. Short(report.Total)]);
        AlignNumbers(rows, total.Length);
        TablePrinter.Print(rows, output);
    }

    /// <summary>A line of names, and one for each item. What a program would calculate with a text could be is none.</summary>
    public static void PrintCsv(UsageReport report, TextWriter output)
    {
        output.WriteLine(string.Join(',', [.. report.By, .. Names]));
        foreach (UsageSum item in report.By.Count > 0 ? report.Items : [report.Total])
        {
            string[] numbers =
            [
                Text(item.Requests), Text(item.Attempts), Text(item.PromptTokens), Text(item.CachedPromptTokens), Text(item.OutputTokens),
                Text(item.Cost), Text(item.ReplicaSeconds), Text(item.ReplicaCost), item.LastUsed is { } last ? Time(last) : "",
            ];
            output.WriteLine(string.Join(',', [.. Words(item, report.By).Select(Quoted), .. numbers]));
        }
    }

    private static string[] Short(UsageSum sum) =>
        [Text(sum.Requests), Text(sum.PromptTokens), Text(sum.CachedPromptTokens), Text(sum.OutputTokens), Money(sum.Cost)];

    private static IEnumerable<string> Words(UsageSum item, IReadOnlyList<string> by) => by.Select(name => name switch
    {
        "tenant" => item.Tenant ?? "",
        "key" => item.Key ?? "",
        "model" => item.Model ?? "",
        "release" => item.Release ?? "",
        "outcome" => item.Outcome ?? "",
        "day" => item.Day ?? "",
        _ => item.Hour is { } hour ? Time(hour) : "",
    });

    /// <summary>Numbers end where their column does, so that they can be compared.</summary>
    private static void AlignNumbers(List<string[]> rows, int first)
    {
        for (int column = first; column < rows[0].Length; column++)
        {
            int width = rows.Max(row => row[column].Length);
            foreach (string[] row in rows) row[column] = row[column].PadLeft(width);
        }
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>As many digits as tell a small sum from nothing.</summary>
    private static string Money(decimal cost) =>
        cost.ToString(cost is > 0 and < 0.01m ? "0.00######" : "0.00##", CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Quoted(string text) => text.AsSpan().ContainsAny("\",\n\r")
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
        : text;
}
