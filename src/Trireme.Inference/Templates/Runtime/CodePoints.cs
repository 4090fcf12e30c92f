using System.Text;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>Text as Python counts it: by code points, not UTF-16 units.</summary>
internal static class CodePoints
{
    public static int Count(string text)
    {
        int lows = 0;
        for (int i = 1; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text[i - 1], text[i])) lows++;
        }

        return text.Length - lows;
    }

    /// <summary>Each code point as a text; half a surrogate pair stands for itself.</summary>
    public static List<string> Of(string text, RenderState state)
    {
        state.Spend(text.Length);
        var points = new List<string>(text.Length);
        for (int i = 0; i < text.Length;)
        {
            int length = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]) ? 2 : 1;
            points.Add(text.Substring(i, length));
            i += length;
        }

        return points;
    }

    /// <summary>Whether indexes into the text count code points.</summary>
    public static bool AreUnits(string text) => !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');

    public static string Join(IEnumerable<string> points) => new StringBuilder().AppendJoin("", points).ToString();
}
