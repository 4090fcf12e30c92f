using System.Text;
using System.Text.RegularExpressions;

namespace Trireme.Telemetry.Storage;

/// <summary>A regular expression over a whole label value. Plain alternatives are compared without the regex engine.</summary>
internal sealed class AnchoredPattern
{
    private const string Meta = "\\.+*?()[]{}^$";

    private readonly Regex? _regex;
    private readonly bool _anything;

    private AnchoredPattern(string pattern)
    {
        _anything = pattern == ".*";
        Alternatives = _anything ? null : LiteralAlternatives(pattern);
        if (!_anything && Alternatives is null) _regex = Re2Syntax.CompileAnchored(pattern);
    }

    /// <summary>The values the pattern stands for where it is a plain list such as <c>a|b|c</c>, else null.</summary>
    public IReadOnlyList<string>? Alternatives { get; }

    /// <exception cref="FormatException">The pattern is malformed or uses syntax that RE2 lacks.</exception>
    public static AnchoredPattern Parse(string pattern) => new(pattern);

    public bool IsMatch(string value)
    {
        if (_anything) return true;
        if (_regex is not null) return _regex.IsMatch(value);
        foreach (string alternative in Alternatives!)
        {
            if (string.Equals(alternative, value, StringComparison.Ordinal)) return true;
        }

        return false;
    }

    private static List<string>? LiteralAlternatives(string pattern)
    {
        var alternatives = new List<string>();
        var current = new StringBuilder();
        for (int i = 0; i < pattern.Length; i++)
        {
            char c = pattern[i];
            if (c == '|')
            {
                alternatives.Add(current.ToString());
                current.Clear();
            }
            else if (c == '\\' && i + 1 < pattern.Length && Meta.Contains(pattern[i + 1], StringComparison.Ordinal))
            {
                current.Append(pattern[++i]);
            }
            else if (Meta.Contains(c, StringComparison.Ordinal))
            {
                return null;
            }
            else
            {
                current.Append(c);
            }
        }

        alternatives.Add(current.ToString());
        return alternatives;
    }
}
