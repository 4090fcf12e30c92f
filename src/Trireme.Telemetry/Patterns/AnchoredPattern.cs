using System.Text;

namespace Trireme.Telemetry.Patterns;

/// <summary>
/// A regular expression over a whole label value, in RE2's syntax with the dot for any character, as Prometheus has it. Matching takes
/// time linear in the value. Plain alternatives are compared without an automaton. Safe for concurrent use.
/// </summary>
internal sealed class AnchoredPattern
{
    private const string Meta = "\\.+*?()[]{}^$";

    private readonly LazyAutomaton? _automaton;
    private readonly bool _anything;

    private AnchoredPattern(string pattern)
    {
        _anything = pattern == ".*";
        Alternatives = _anything ? null : LiteralAlternatives(pattern);
        if (!_anything && Alternatives is null) _automaton = new LazyAutomaton(PatternCompiler.Compile(pattern));
    }

    /// <summary>The values the pattern stands for where it is a plain list such as <c>a|b|c</c>, else null.</summary>
    public IReadOnlyList<string>? Alternatives { get; }

    /// <exception cref="PatternException">RE2 refuses the pattern.</exception>
    public static AnchoredPattern Parse(string pattern) => new(pattern);

    /// <exception cref="PatternBudgetException">It would take too long.</exception>
    public bool IsMatch(string value)
    {
        if (_anything) return true;
        if (_automaton is not null) return _automaton.IsMatch(value);
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
