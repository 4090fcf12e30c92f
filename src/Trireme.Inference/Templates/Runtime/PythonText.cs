namespace Trireme.Inference.Templates.Runtime;

/// <summary>What Python calls a space and a line break.</summary>
internal static class PythonText
{
    public static bool IsSpace(char character) => char.IsWhiteSpace(character) || character is >= '\x1C' and <= '\x1F';

    public static bool IsLineBreak(char character) =>
        character is (>= '\n' and <= '\r') or (>= '\x1C' and <= '\x1E') or '\x85' or '\u2028' or '\u2029';

    /// <summary>str.splitlines: a line break at the end begins no line.</summary>
    public static List<TemplateText> Lines(TemplateText text, bool keepsEnds, RenderState state)
    {
        var lines = new List<TemplateText>();
        string value = text.Value;
        for (int start = 0; start < value.Length;)
        {
            state.Spend(1);
            int end = start;
            while (end < value.Length && !IsLineBreak(value[end])) end++;
            int next = Math.Min(value.Length, end + 1);
            if (end + 1 < value.Length && value[end] == '\r' && value[end + 1] == '\n') next++;
            lines.Add(text.Slice(start, (keepsEnds ? next : end) - start));
            start = next;
        }

        return lines;
    }
}
