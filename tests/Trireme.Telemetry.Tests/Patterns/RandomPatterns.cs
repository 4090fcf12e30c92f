using System.Text;

namespace Trireme.Telemetry.Tests.Patterns;

/// <summary>Random patterns, most of which RE2 takes, and values that they have to do with.</summary>
internal sealed class RandomPatterns(Random random)
{
    private static readonly string[] Letters =
        ["a", "b", "k", "K", "s", "S", "ſ", "\u212A", "é", "É", "β", "Σ", "ς", "ß", "😀", "漢", "1", "_", "-", " ", "."];

    private static readonly string[] Atoms =
    [
        ".", "a", "b", "k", "s", "é", "β", "😀", "-", "1", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "\\pL", "\\PL", "\\p{Lu}",
        "\\p{Greek}",
        "\\P{Han}", "\\p{^Latin}", "\\pN", "\\x{1F600}", "\\x61", "\\141", "\\.", "\\-", "\\_", "\\Qa.\\E", "[ab]", "[^ab]",
        "[a-k]", "[^a-k]",
        "[[:alpha:]]", "[[:^digit:]]", "[\\d-]", "[\\pL1]", "[😀-😎]", "[^😀]", "[]a]", "[s-u]", "\\b", "\\B", "^", "$", "\\A",
        "\\z", "{", "a{,2}",
        "]", "}", "(?i)", "(?U)", "(?-i)", "(?m)", "()", "(?:)",
    ];

    private static readonly string[] Odd =
    [
        "*", "+", "?", "(", ")", "[", "|", "\\", "\\1", "\\C", "\\Z", "\\h", "(?=a)", "(?<=a)", "(?P<n>", "(?P=n)", "(?>a)",
        "(?", "(?i", "(?i-", "(?#",
        "{1001}", "{2,1}", "{2}{3}", "**", "[b-a]", "[[:foo:]]", "\\p{Foo}", "\\pX", "\\x{110000}", "\\x{}", "\\xg", "\\Q",
        "\\E", "\\8", "\\é", "\\é",
        "[a-\\d]", "[\\", "(?P<a-b>x)", "(?P<>x)", "{99999999999}", "\\p", "\\p{L", "[[:", "[^]", "[]", "$*", "\\b+",
    ];

    private static readonly string[] Repetitions =
        ["*", "+", "?", "*?", "+?", "??", "{2}", "{0}", "{1}", "{0,}", "{1,}", "{2,}", "{0,2}", "{1,3}", "{2,4}?", "{0,0}", "{01}"];

    public string Next()
    {
        string pattern = Choice(3);
        if (random.Next(5) > 0) return pattern;
        int at = random.Next(pattern.Length + 1);
        while (at < pattern.Length && char.IsLowSurrogate(pattern[at])) at++;
        return pattern.Insert(at, Pick(Odd));
    }

    /// <summary>A text of a few letters.</summary>
    public string Value()
    {
        var value = new StringBuilder();
        for (int length = random.Next(6); length > 0; length--) value.Append(Pick(Letters));
        return value.ToString();
    }

    private string Choice(int depth)
    {
        string choice = Sequence(depth);
        while (random.Next(3) == 0) choice += "|" + Sequence(depth);
        return choice;
    }

    private string Sequence(int depth)
    {
        var sequence = new StringBuilder();
        for (int length = random.Next(4); length > 0; length--)
        {
            string part = depth > 0 && random.Next(3) == 0 ? Group(depth - 1) : Pick(Atoms);
            sequence.Append(part);
            if (random.Next(3) == 0) sequence.Append(Pick(Repetitions));
        }

        return sequence.ToString();
    }

    private string Group(int depth) => random.Next(8) switch
    {
        0 => $"(?:{Choice(depth)})",
        1 => $"(?i:{Choice(depth)})",
        2 => $"(?P<n>{Choice(depth)})",
        3 => $"(?P<m{random.Next(3)}>{Choice(depth)})",
        4 => $"(?U-i:{Choice(depth)})",
        _ => $"({Choice(depth)})",
    };

    private string Pick(string[] options) => options[random.Next(options.Length)];
}
