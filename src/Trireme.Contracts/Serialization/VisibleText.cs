using System.Buffers;
using System.Text;

namespace Trireme.Contracts.Serialization;

/// <summary>
/// Shows the control characters of a text instead of passing them on. Names, messages and logs come from others, and a terminal obeys
/// what it is sent: it moves, erases, and changes its title.
/// </summary>
public static class VisibleText
{
    private static readonly SearchValues<char> Controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0xa0).Select(static code => (char)code).Where(char.IsControl).Except(['\n', '\t'])]);

    /// <summary>The text with its control characters as in <c>^[</c> or <c>\u009b</c>, but for ends of lines and tabs.</summary>
    public static string Of(string text)
    {
        int first = text.AsSpan().IndexOfAny(Controls);
        if (first < 0) return text;
        var shown = new StringBuilder(text.Length + 8).Append(text, 0, first);
        foreach (char c in text.AsSpan(first)) Add(shown, c);
        return shown.ToString();
    }

    /// <summary>The same on one line.</summary>
    public static string OnOneLine(string text) => Of(text.ReplaceLineEndings(" "));

    private static void Add(StringBuilder shown, char c)
    {
        if (!Controls.Contains(c)) shown.Append(c);
        else if (c < ' ') shown.Append('^').Append((char)(c + '@'));
        else if (c == '\u007f') shown.Append("^?");
        else shown.Append($"\\u{(int)c:x4}");
    }
}
