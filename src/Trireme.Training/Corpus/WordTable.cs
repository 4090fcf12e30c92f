namespace Trireme.Training.Corpus;

/// <summary>
/// Rows of words with named columns. In the file, the first line names the columns, cells are separated by '|' and a cell
/// "-" says that the row has no such word.
/// </summary>
internal sealed class WordTable(string name, IReadOnlyList<string> columns, IReadOnlyList<WordRow> rows)
{
    public string Name { get; } = name;

    public IReadOnlyList<string> Columns { get; } = columns;

    public IReadOnlyList<WordRow> Rows { get; } = rows;

    /// <exception cref="FormatException">A row has too few or too many cells.</exception>
    public static WordTable Parse(string name, string text)
    {
        string[] lines = [.. text.Split('\n').Where(line => line.Trim().Length > 0 && !line.StartsWith('#'))];
        string[] columns = Cells(lines[0]);
        var rows = new List<WordRow>();
        foreach (string line in lines.Skip(1))
        {
            string[] cells = Cells(line);
            if (cells.Length != columns.Length)
            {
                throw new FormatException($"Table {name}: \"{line.Trim()}\" has {cells.Length} cells, not {columns.Length}.");
            }

            rows.Add(new WordRow(name, columns, cells));
        }

        return new WordTable(name, columns, rows);
    }

    private static string[] Cells(string line) => line.Split('|', StringSplitOptions.TrimEntries);
}

/// <summary>One row; its first cell is the word itself.</summary>
internal sealed class WordRow(string table, IReadOnlyList<string> columns, IReadOnlyList<string> cells)
{
    private const string Absent = "-";

    public string Table { get; } = table;

    public string Word => cells[0];

    /// <summary>The cell of a column, or null where the row has none.</summary>
    /// <exception cref="FormatException">The table has no such column.</exception>
    public string? this[string column]
    {
        get
        {
            for (int i = 0; i < columns.Count; i++)
            {
                if (columns[i] == column) return cells[i] == Absent ? null : cells[i];
            }

            throw new FormatException($"Table {Table} has no column \"{column}\"; it has {string.Join(", ", columns)}.");
        }
    }
}
