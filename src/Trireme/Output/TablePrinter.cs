using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;

namespace Trireme.Output;

/// <summary>Prints aligned columns. Where they do not fit side by side, the widest are broken into further lines.</summary>
internal static class TablePrinter
{
    private const int Gap = 3;

    /// <summary>Narrower columns are not broken: what is left of them could not be read.</summary>
    private const int NarrowestColumn = 12;

    /// <summary>Prints a meta.k8s.io/v1 Table; columns of priority above zero only when wide.</summary>
    /// <param name="table">The server's table.</param>
    /// <param name="wide">Whether to show every column, however long the lines become.</param>
    /// <param name="output">Where to.</param>
    /// <param name="width">Columns of the output; none keeps each row on one line, for programs that read it.</param>
    public static void Print(JsonObject table, bool wide, TextWriter output, int? width)
    {
        JsonObject[] columns = [.. table["columnDefinitions"]!.AsArray().Select(column => column!.AsObject())];
        int[] shown = [.. Enumerable.Range(0, columns.Length).Where(i => wide || (int?)columns[i]["priority"] is null or 0)];
        var rows = new List<string[]> { Array.ConvertAll(shown, i => ((string)columns[i]["name"]!).ToUpperInvariant()) };
        foreach (JsonNode? row in table["rows"]?.AsArray() ?? [])
        {
            JsonArray cells = row!["cells"]!.AsArray();
            rows.Add(Array.ConvertAll(shown, i => Cell(cells[i])));
        }

        PrintWithin(rows, output, wide ? null : width);
    }

    public static void Print(IReadOnlyList<string[]> rows, TextWriter output) => PrintWithin(rows, output, OutputColumns);

    /// <inheritdoc cref="Print(JsonObject, bool, TextWriter, int?)"/>
    public static void PrintWithin(IReadOnlyList<string[]> rows, TextWriter output, int? width)
    {
        string[][] shown = [.. rows.Select(static row => Array.ConvertAll(row, VisibleText.OnOneLine))];
        int[] widths = Widths(shown, width ?? int.MaxValue);
        foreach (string[] row in shown)
        {
            IReadOnlyList<string>[] cells = [.. row.Select((cell, i) => Broken(cell, widths[i]))];
            int lines = cells.Max(cell => cell.Count);
            for (int line = 0; line < lines; line++)
            {
                string text = string.Concat(cells.Select((cell, i) => (line < cell.Count ? cell[line] : "").PadRight(widths[i] + Gap)));
                output.WriteLine(text.TrimEnd());
            }
        }
    }

    /// <summary>Columns of the terminal; those of a usual one where the output goes elsewhere.</summary>
    public static int OutputColumns => Console.IsOutputRedirected ? TextWrap.Columns : TerminalColumns ?? TextWrap.Columns;

    /// <summary>Columns of the terminal; null where the output goes to a file or a program.</summary>
    public static int? TerminalColumns => Console.IsOutputRedirected || Console.WindowWidth <= 0 ? null : Console.WindowWidth;

    /// <summary>Widths that the cells need, less what the widest columns give until the sum fits.</summary>
    private static int[] Widths(string[][] rows, int width)
    {
        var widths = new int[rows[0].Length];
        foreach (string[] row in rows)
        {
            for (int i = 0; i < row.Length; i++) widths[i] = Math.Max(widths[i], row[i].Length);
        }

        long excess = widths.Sum(column => (long)column) + (Gap * (widths.Length - 1)) - width;
        for (; excess > 0 && widths.Max() > NarrowestColumn; excess--) widths[Array.IndexOf(widths, widths.Max())]--;
        return widths;
    }

    /// <summary>A cell that fits stays as it is, blanks and all.</summary>
    private static IReadOnlyList<string> Broken(string cell, int width) => cell.Length <= width ? [cell] : TextWrap.Lines(cell, width);

    private static string Cell(JsonNode? cell) => cell switch
    {
        null => "",
        _ when cell.GetValueKind() == JsonValueKind.String => cell.GetValue<string>(),
        _ => cell.ToJsonString(),
    };
}
