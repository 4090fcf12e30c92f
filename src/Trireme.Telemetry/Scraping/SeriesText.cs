using System.Text;
using System.Text.Unicode;
using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Scraping;

/// <summary>Reads the name and labels of a sample in the text format. Runs once per new series, not per sample.</summary>
internal static class SeriesText
{
    /// <summary>Fills the builder with the labels, the metric name among them; false for malformed text.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, LabelSetBuilder labels)
    {
        labels.Clear();
        if (!Utf8.IsValid(utf8)) return false;
        string text = Encoding.UTF8.GetString(utf8);
        int brace = text.IndexOf('{', StringComparison.Ordinal);
        string name = (brace < 0 ? text : text[..brace]).TrimEnd(' ', '\t');
        if (!IsMetricName(name)) return false;
        labels.Set(LabelNames.MetricName, name);
        return brace < 0 || TryParseLabels(text, brace + 1, labels);
    }

    private static bool TryParseLabels(string text, int at, LabelSetBuilder labels)
    {
        while (true)
        {
            SkipBlanks(text, ref at);
            if (text[at] == '}') return at == text.Length - 1;
            int start = at;
            while (char.IsAsciiLetterOrDigit(text[at]) || text[at] == '_') at++;
            string name = text[start..at];
            if (!LabelNames.IsValid(name) || name == LabelNames.MetricName || labels.Get(name).Length > 0) return false;
            SkipBlanks(text, ref at);
            if (text[at++] != '=') return false;
            SkipBlanks(text, ref at);
            if (text[at++] != '"' || !TryParseValue(text, ref at, out string value)) return false;
            labels.Set(name, value);
            SkipBlanks(text, ref at);
            if (text[at] == ',') at++;
            else if (text[at] != '}') return false;
        }
    }

    /// <summary>Reads up to the closing quote and past it. Escapes are those of backslash, quote and line feed.</summary>
    private static bool TryParseValue(string text, ref int at, out string value)
    {
        int end = text.AsSpan(at).IndexOfAny('"', '\\') + at;
        if (end >= at && text[end] == '"')
        {
            value = text[at..end];
            at = end + 1;
            return true;
        }

        var unescaped = new StringBuilder();
        value = "";
        for (; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                at++;
                value = unescaped.ToString();
                return true;
            }

            if (text[at] != '\\')
            {
                unescaped.Append(text[at]);
                continue;
            }

            if (++at >= text.Length) return false;
            switch (text[at])
            {
                case 'n': unescaped.Append('\n'); break;
                case '"' or '\\': unescaped.Append(text[at]); break;
                default: unescaped.Append('\\').Append(text[at]); break;
            }
        }

        return false;
    }

    private static bool IsMetricName(string name)
    {
        if (name.Length == 0 || char.IsAsciiDigit(name[0])) return false;
        foreach (char c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or ':')) return false;
        }

        return true;
    }

    /// <summary>The reader only hands over text that ends with a brace, which stops this and every other walk.</summary>
    private static void SkipBlanks(string text, ref int at)
    {
        while (text[at] is ' ' or '\t') at++;
    }
}
