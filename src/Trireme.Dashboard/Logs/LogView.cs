namespace Trireme.Dashboard.Logs;

/// <summary>The end of a log as a page shows it: pieces of lines, of which the oldest are dropped.</summary>
internal sealed class LogView
{
    /// <summary>Lines shown when a log is opened.</summary>
    public const int LinesAtFirst = 500;

    /// <summary>Lines kept at most, whole pieces at a time, so that only new ones are sent to the browser.</summary>
    public const int LinesMax = 2000;

    private readonly Queue<LogPiece> _pieces = new();
    private int _lines;
    private int _next;

    public IReadOnlyCollection<LogPiece> Pieces => _pieces;

    /// <summary>True once lines were dropped.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Adds lines; false where there are none.</summary>
    public bool Add(IReadOnlyList<string> lines)
    {
        if (lines.Count == 0) return false;
        if (lines.Count > LinesMax)
        {
            lines = [.. lines.Skip(lines.Count - LinesMax)];
            IsCut = true;
        }

        _pieces.Enqueue(new LogPiece(_next++, lines.Count, string.Join('\n', lines) + "\n"));
        _lines += lines.Count;
        while (_lines > LinesMax)
        {
            _lines -= _pieces.Dequeue().Lines;
            IsCut = true;
        }

        return true;
    }
}

/// <summary>Lines that were read together.</summary>
internal sealed record LogPiece(int Number, int Lines, string Text);
