using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Output;

/// <summary>Prints aligned columns.</summary>
internal static class TablePrinter
{
    private const int Gap = 3;

    /// <summary>Prints a meta.k8s.io/v1 Table; columns of priority above zero only when wide.</summary>
    public static void Print(JsonObject table, bool wide, TextWriter output)
    {
        JsonObject[] columns = [.. table["columnDefinitions"]!.AsArray().Select(column => column!.AsObject())];
        int[] shown = [.. Enumerable.Range(0, columns.Length).Where(i => wide || (int?)columns[i]["priority"] is null or 0)];
        var rows = new List<string[]> { Array.ConvertAll(shown, i => ((string)columns[i]["name"]!).ToUpperInvariant()) };
        foreach (JsonNode? row in table["rows"]?.AsArray() ?? [])
        {
            JsonArray cells = row!["cells"]!.AsArray();
            rows.Add(Array.ConvertAll(shown, i => Cell(cells[i])));
        }

        Print(rows, output);
    }

    public static void Print(IReadOnlyList<string[]> rows, TextWriter output)
    {
        var widths = new int[rows[0].Length];
        foreach (string[] row in rows)
        {
            for (int i = 0; i < row.Length; i++) widths[i] = Math.Max(widths[i], row[i].Length);
        }

        foreach (string[] row in rows)
        {
            string line = string.Concat(row.Select((cell, i) => cell.PadRight(widths[i] + Gap)));
            output.WriteLine(line.TrimEnd());
        }
    }

    private static string Cell(JsonNode? cell) => cell switch
    {
        null => "",
        _ when cell.GetValueKind() == JsonValueKind.String => cell.GetValue<string>(),
        _ => cell.ToJsonString(),
    };
}
