namespace Trireme.Output;

/// <summary>Breaks text between words.</summary>
internal static class TextWrap
{
    /// <summary>Lines of at most so many characters; a word that is longer than a line is cut.</summary>
    public static IEnumerable<string> Lines(string text, int width)
    {
        var line = "";
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string rest = word;
            if (line.Length > 0 && line.Length + 1 + rest.Length > width)
            {
                yield return line;
                line = "";
            }

            while (rest.Length > width)
            {
                yield return rest[..width];
                rest = rest[width..];
            }

            line = line.Length == 0 ? rest : $"{line} {rest}";
        }

        if (line.Length > 0) yield return line;
    }
}
