using System.Globalization;
using System.Text;

namespace Trireme.Telemetry.Model;

/// <summary>Double-quoted text as Prometheus prints it in label sets and messages.</summary>
internal static class TextQuoting
{
    public static string Quote(string text)
    {
        var quoted = new StringBuilder(text.Length + 2);
        Append(quoted, text);
        return quoted.ToString();
    }

    public static void Append(StringBuilder target, string text)
    {
        target.Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => target.Append("\\\""),
                '\\' => target.Append("\\\\"),
                '\n' => target.Append("\\n"),
                '\r' => target.Append("\\r"),
                '\t' => target.Append("\\t"),
                < ' ' or '\u007f' => target.Append("\\x").Append(((int)c).ToString("x2", CultureInfo.InvariantCulture)),
                _ => target.Append(c),
            };
        }

        target.Append('"');
    }
}
