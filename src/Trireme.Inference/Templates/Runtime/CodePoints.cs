namespace Trireme.Inference.Templates.Runtime;

/// <summary>Text as Python counts it: by code points, not UTF-16 units.</summary>
internal static class CodePoints
{
    public static int Count(ReadOnlySpan<char> text)
    {
        int lows = 0;
        for (int i = 1; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text[i - 1], text[i])) lows++;
        }

        return text.Length - lows;
    }

    /// <summary>Each code point as a text; half a surrogate pair stands for itself.</summary>
    public static List<TemplateText> Of(TemplateText text, RenderState state)
    {
        state.Spend(text.Length);
        var points = new List<TemplateText>(text.Length);
        for (int i = 0; i < text.Length;)
        {
            int length = i + 1 < text.Length && char.IsSurrogatePair(text.Value[i], text.Value[i + 1]) ? 2 : 1;
            points.Add(text.Slice(i, length));
            i += length;
        }

        return points;
    }

    /// <summary>Whether indexes into the text count code points.</summary>
    public static bool AreUnits(TemplateText text) => !text.Value.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');

    /// <summary>The unit at which so many code points have passed.</summary>
    public static int UnitAt(string text, long points)
    {
        int unit = 0;
        for (; points > 0 && unit < text.Length; points--)
        {
            unit += unit + 1 < text.Length && char.IsSurrogatePair(text[unit], text[unit + 1]) ? 2 : 1;
        }

        return unit;
    }

    public static TemplateText Join(IEnumerable<TemplateText> points, RenderState state)
    {
        var text = new BoundedText(state);
        foreach (TemplateText point in points) text.Add(point);
        return text.ToText();
    }
}
