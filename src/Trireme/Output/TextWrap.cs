namespace Trireme.Output;

/// <summary>Breaks text into lines of a width, at blanks where there are any.</summary>
internal static class TextWrap
{
    /// <summary>Columns of a terminal that does not say how wide it is, and the widest that texts for people are set to.</summary>
    public const int Columns = 80;

    /// <param name="text">What to break; its own line breaks stay. None of it makes no line.</param>
    /// <param name="width">Most characters of a line.</param>
    /// <param name="breakWords">Whether a word that is longer than a line is cut, or sticks out.</param>
    public static IReadOnlyList<string> Lines(string text, int width, bool breakWords = true)
    {
        var lines = new List<string>();
        if (text.Length == 0) return lines;
        foreach (string paragraph in text.ReplaceLineEndings("\n").Split('\n')) AddLines(paragraph, width, breakWords, lines);
        return lines;
    }

    private static void AddLines(string paragraph, int width, bool breakWords, List<string> lines)
    {
        string line = "";
        foreach (string word in paragraph.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length <= width)
            {
                line += " " + word;
                continue;
            }

            if (line.Length > 0) lines.Add(line);
            line = word;
            while (breakWords && line.Length > width)
            {
                lines.Add(line[..width]);
                line = line[width..];
            }
        }

        lines.Add(line);
    }
}
