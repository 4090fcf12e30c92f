using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Trireme.Engine.Benchmarks;

/// <summary>Prints results as a Markdown table.</summary>
internal static class Report
{
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Table(IEnumerable<MeasureResult> results)
    {
        var table = new StringBuilder();
        table.AppendLine("| model | measure | Trireme | llama.cpp | ratio | wanted | holds | of the floor |");
        table.AppendLine("|---|---|---|---|---|---|---|---|");
        foreach (MeasureResult result in results) table.AppendLine(Row(result));
        return table.ToString();
    }

    public static string Row(MeasureResult result)
    {
        string peer = result.PeerMedian is { } median ? Number(median, result.Unit) : "";
        string wanted = (result.LowerIsBetter ? "at most " : "at least ") + Times(result.Wanted);
        string floor = result.FloorShare is { } share ? share.ToString("P0", CultureInfo.InvariantCulture) : "";
        return $"| {result.Model} | {result.Measure} | {Number(result.OurMedian, result.Unit)} | {peer} | {Times(result.Ratio)} "
            + $"| {wanted} | {(result.Holds ? "yes" : "NO")} | {floor} |";
    }

    private static string Number(double value, string unit) =>
        string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {unit}").TrimEnd();

    private static string Times(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:0.00}x");
}
