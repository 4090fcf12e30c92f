using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Library;

/// <summary>Replacing, splitting and padding texts, whose parts stay whose they are.</summary>
internal static class TextSearch
{
    /// <summary>
    /// Replaces the first <paramref name="count"/> occurrences; all when negative. An empty text occurs around every character.
    /// </summary>
    public static TemplateText Replace(TemplateText text, string old, TemplateText replacement, long count, RenderState state)
    {
        var output = new BoundedText(state);
        int position = 0;
        if (old.Length == 0)
        {
            foreach (TemplateText point in CodePoints.Of(text, state))
            {
                if (count-- != 0) output.Add(replacement);
                else count = 0;
                output.Add(point);
            }

            if (count != 0) output.Add(replacement);
            return output.ToText();
        }

        for (; count != 0; count--)
        {
            int found = text.Value.IndexOf(old, position, StringComparison.Ordinal);
            if (found < 0) break;
            output.Add(text, position, found - position);
            output.Add(replacement);
            position = found + old.Length;
        }

        output.Add(text, position, text.Length - position);
        return output.ToText();
    }

    /// <summary>At most so many parts; the last is the rest.</summary>
    public static List<object?> Split(TemplateText text, string separator, int count, RenderState state)
    {
        var parts = new List<object?>();
        int position = 0;
        while (parts.Count < count - 1)
        {
            state.Spend(1);
            int found = text.Value.IndexOf(separator, position, StringComparison.Ordinal);
            if (found < 0) break;
            parts.Add(text.Slice(position, found - position));
            position = found + separator.Length;
        }

        parts.Add(text.Slice(position, text.Length - position));
        return parts;
    }

    public static List<object?> SplitOnSpace(TemplateText text, int count, RenderState state)
    {
        var parts = new List<object?>();
        string value = text.Value;
        for (int start = SkipSpaces(value, 0); start < value.Length;)
        {
            state.Spend(1);
            int end = start;
            while (end < value.Length && !PythonText.IsSpace(value[end])) end++;
            // Python keeps the space at the end of a rest.
            if (parts.Count == count - 1) end = value.Length;
            parts.Add(text.Slice(start, end - start));
            start = SkipSpaces(value, end);
        }

        return parts;
    }

    public static List<object?> SplitFromEnd(TemplateText text, string separator, long most, RenderState state)
    {
        var parts = new List<object?>();
        int end = text.Length;
        while (parts.Count < most)
        {
            state.Spend(1);
            int found = text.Value.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal);
            if (found < 0) break;
            parts.Add(text.Slice(found + separator.Length, end - found - separator.Length));
            end = found;
        }

        parts.Add(text.Slice(0, end));
        parts.Reverse();
        return parts;
    }

    public static List<object?> SplitOnSpaceFromEnd(TemplateText text, long most, RenderState state)
    {
        var parts = new List<object?>();
        string value = text.Value;
        int end = SkipSpacesBack(value, value.Length);
        while (end > 0)
        {
            state.Spend(1);
            int start = end;
            while (start > 0 && !PythonText.IsSpace(value[start - 1])) start--;
            if (parts.Count == most) start = 0;
            parts.Add(text.Slice(start, end - start));
            end = SkipSpacesBack(value, start);
        }

        parts.Reverse();
        return parts;
    }

    /// <summary>Padded on both sides; where the space does not divide, Python gives the greater half to the left for odd widths.</summary>
    public static TemplateText Center(TemplateText text, long width, TemplateText fill, RenderState state)
    {
        long missing = Math.Max(0, width - CodePoints.Count(text.Value));
        long before = missing / 2 + (missing & width & 1);
        return Pad(text, before, missing - before, fill, state);
    }

    public static TemplateText Pad(TemplateText text, long before, long after, TemplateText fill, RenderState state)
    {
        if (CodePoints.Count(fill.Value) != 1) throw state.Fail("what fills up a text must be one character.");
        if (before + after > RenderState.TextLengthMax) throw state.TooLong();
        var output = new BoundedText(state);
        for (long i = 0; i < before; i++) output.Add(fill);
        output.Add(text);
        for (long i = 0; i < after; i++) output.Add(fill);
        return output.ToText();
    }

    private static int SkipSpaces(string text, int position)
    {
        while (position < text.Length && PythonText.IsSpace(text[position])) position++;
        return position;
    }

    private static int SkipSpacesBack(string text, int position)
    {
        while (position > 0 && PythonText.IsSpace(text[position - 1])) position--;
        return position;
    }
}
