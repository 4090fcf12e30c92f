using Trireme.Telemetry.Patterns;

namespace Trireme.Telemetry.Tests.Patterns;

/// <summary>RE2's dialect by examples; what a real Prometheus says to the same is asked by the differential tests.</summary>
public sealed class AnchoredPatternTests
{
    public static TheoryData<string, string, bool> Cases => new()
    {
        // Whole values, and the dot for any character.
        { "a.c", "abc", true },
        { "b", "abc", false },
        { ".", "\n", true },
        { ".", "😀", true },
        { "..", "😀", false },
        { "(?-s).", "\n", false },
        { "a|bc", "bc", true },
        { "", "", true },
        { "a$|b", "a", true },
        { "a\\z", "a", true },
        { "\\Aa", "a", true },
        { "a$\nb", "a\nb", false },
        { "(?m)a$\n^b", "a\nb", true },
        { "x*", "", true },

        // Code points.
        { "\\x{1F600}", "😀", true },
        { "[\\x{1F600}-\\x{1F64F}]+", "😀😃", true },
        { "[😀-😎]", "😃", true },
        { "[^a]", "😀", true },
        { "\\x41\\101", "AA", true },
        { "\\x{10FFFF}", "\U0010FFFF", true },
        { "\\0", "\0", true },

        // Classes by name.
        { "\\pL+", "aβ日𝒳", true },
        { "\\pL", "1", false },
        { "\\p{Greek}", "β", true },
        { "\\p{Greek}", "b", false },
        { "\\p{^Greek}\\P{Greek}", "ab", true },
        { "\\P{^Greek}", "β", true },
        { "\\p{Lu}\\p{Ll}", "Éé", true },
        { "[\\p{Han}\\d]+", "漢3", true },
        { "\\p{Any}", "😀", true },
        { "\\d\\D\\w\\W\\s\\S", "1a_- x", true },
        { "\\d", "٣", false },
        { "\\w", "é", false },
        { "\\s", "\v", false },
        { "[[:space:]]", "\v", true },
        { "[[:^alpha:][:alpha:]]", "é", true },
        { "[[:word:]-]+", "a-b_c", true },
        { "[]a]+", "]a", true },
        { "[^]a]", "b", true },
        { "[a-]+", "a-", true },
        { "[\\]\\-\\\\]+", "]-\\", true },
        { "[[]", "[", true },
        { "[^\\x{0}-\\x{10FFFF}]", "a", false },
        { "a[^\\x{0}-\\x{10FFFF}]*", "a", true },

        // Flags.
        { "(?i)straSSe", "STRAſſE", true },
        { "(?i)k", "\u212A", true },
        { "(?i)\u212A", "k", true },
        { "(?i)[a-z]", "\u212A", true },
        { "(?i)[^k]", "\u212A", false },
        { "(?i)σ", "ς", true },
        { "(?i)Ǆ", "ǅ", true },
        { "(?i)ß", "ẞ", true },
        { "(?i)i", "İ", false },
        { "(?i)ı", "I", false },
        { "(?i)\\p{Lu}", "a", true },
        { "(?i)[[:upper:]]", "a", true },
        { "(?i)\\w", "ſ", true },
        { "(?i)𐐀", "𐐨", true },
        { "a(?i)b|C", "c", true },
        { "(?:(?i)a)b", "AB", false },
        { "(?i:a)b", "Ab", true },
        { "(?i-i:a)", "A", false },
        { "(?U)a+b", "aab", true },
        { "(?imsU)", "", true },

        // Repetitions and text that looks like them.
        { "a{2}", "aa", true },
        { "a{2,}", "aaaa", true },
        { "a{2,3}", "aaaa", false },
        { "a{0}", "", true },
        { "a{,2}", "a{,2}", true },
        { "a{2", "a{2", true },
        { "{", "{", true },
        { "a{01}", "a{01}", true },
        { "(?:a{100}){10}", "", false },
        { "(a*)*", "aaa", true },
        { "(?:a*)+?", "aaa", true },
        { "^*a", "a", true },

        // Escapes and quotes.
        { "\\.\\-\\_\\/\\:", ".-_/:", true },
        { "\\a\\f\\n\\r\\t\\v", "\a\f\n\r\t\v", true },
        { "\\Qa.b*\\E+", "a.b**", true },
        { "\\Qa.b", "a.b", true },
        { "(?i)\\Qa.B\\E", "A.b", true },

        // Word boundaries know ASCII only.
        { "a\\b.+", "a-b", true },
        { "a\\b.+", "ab", false },
        { "é\\B.+", "éé", true },
        { "\\bab\\b", "ab", true },
    };

    public static TheoryData<string, string> Refused => new()
    {
        { "(", "missing closing ): `(`" },
        { "(a", "missing closing ): `(a`" },
        { "a)", "unexpected ): `a)`" },
        { "a)(b", "unexpected ): `a)(b`" },
        { "[a", "missing closing ]: `[a`" },
        { "x[]", "missing closing ]: `[]`" },
        { "[b-a]", "invalid character class range: `b-a`" },
        { "[[:foo:]]", "invalid character class range: `[:foo:]`" },
        { "\\p{Foo}", "invalid character class range: `\\p{Foo}`" },
        { "\\pX", "invalid character class range: `\\pX`" },
        { "\\p{L", "invalid character class range: `\\p{L`" },
        { "*a", "missing argument to repetition operator: `*`" },
        { "(+)", "missing argument to repetition operator: `+`" },
        { "a|*?", "missing argument to repetition operator: `*?`" },
        { "{2}", "missing argument to repetition operator: `{2}`" },
        { "a**", "invalid nested repetition operator: `**`" },
        { "a*+b", "invalid nested repetition operator: `*+`" },
        { "a{2}{3}", "invalid nested repetition operator: `{2}{3}`" },
        { "a{1001}", "invalid repeat count: `{1001}`" },
        { "a{3,2}", "invalid repeat count: `{3,2}`" },
        { "(a{40}){30}", "invalid repeat count: `{30}`" },
        { "a\\", "trailing backslash at end of expression: ``" },
        { "\\1", "invalid escape sequence: `\\1`" },
        { "(a)\\2", "invalid escape sequence: `\\2`" },
        { "\\8", "invalid escape sequence: `\\8`" },
        { "\\C", "invalid escape sequence: `\\C`" },
        { "\\Z", "invalid escape sequence: `\\Z`" },
        { "\\G", "invalid escape sequence: `\\G`" },
        { "\\h", "invalid escape sequence: `\\h`" },
        { "\\R", "invalid escape sequence: `\\R`" },
        { "\\k<n>", "invalid escape sequence: `\\k`" },
        { "\\u0041", "invalid escape sequence: `\\u`" },
        { "\\cA", "invalid escape sequence: `\\c`" },
        { "\\E", "invalid escape sequence: `\\E`" },
        { "\\é", "invalid escape sequence: `\\é`" },
        { "[\\b]", "invalid escape sequence: `\\b`" },
        { "[a-\\d]", "invalid escape sequence: `\\d`" },
        { "\\x", "invalid escape sequence: `\\x`" },
        { "\\xZ1", "invalid escape sequence: `\\xZ1`" },
        { "\\x{}", "invalid escape sequence: `\\x{}`" },
        { "\\x{110000}", "invalid escape sequence: `\\x{110000`" },
        { "(?=a)", "invalid or unsupported Perl syntax: `(?=`" },
        { "(?!a)", "invalid or unsupported Perl syntax: `(?!`" },
        { "(?>a)", "invalid or unsupported Perl syntax: `(?>`" },
        { "(?#a)", "invalid or unsupported Perl syntax: `(?#`" },
        { "(?x)a", "invalid or unsupported Perl syntax: `(?x`" },
        { "(?i-)a", "invalid or unsupported Perl syntax: `(?i-)`" },
        { "(?P=n)", "invalid or unsupported Perl syntax: `(?P`" },
        { "(?P>n)", "invalid or unsupported Perl syntax: `(?P`" },
        { "(?<=a)", "invalid named capture: `(?<=a)`" },
        { "(?P<n", "invalid named capture: `(?P<n`" },
        { "(?P<>a)", "invalid named capture: `(?P<>`" },
        { "(?P<n-m>a)", "invalid named capture: `(?P<n-m>`" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Values_match_as_in_RE2(string pattern, string value, bool matches)
    {
        Assert.Equal(matches, AnchoredPattern.Parse(pattern).IsMatch(value));
        Assert.Equal(matches, GroupReplacement.Parse(pattern, "").Apply(value) is not null);
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_RE2_refuses_is_refused_in_its_words(string pattern, string message)
    {
        PatternException exception = Assert.Throws<PatternException>(() => AnchoredPattern.Parse(pattern));
        Assert.Equal("error parsing regexp: " + message, exception.Message);
        Assert.Throws<PatternException>(() => GroupReplacement.Parse(pattern, ""));
    }

    [Fact]
    public void Depth_and_size_are_bounded()
    {
        Refuses(Nested(1001), "nests too deeply");
        Assert.True(AnchoredPattern.Parse(Nested(900)).IsMatch("a"));
        Refuses(string.Concat(Enumerable.Repeat("(?:a{1000})", 1000)), "expression too large");
        Refuses(string.Concat(Enumerable.Repeat("[^\\pL\\pN\\pP]", 4000)), "expression too large");
        Refuses(new string('(', 60_000), "missing closing )");
        Refuses(string.Concat(Enumerable.Repeat("(a){1000}", 30)), "expression too large", groups: true);
    }

    private static string Nested(int depth) => new string('(', depth) + "a" + new string(')', depth);

    private static void Refuses(string pattern, string what, bool groups = false)
    {
        PatternException exception = Assert.Throws<PatternException>(
            () => groups ? (object)GroupReplacement.Parse(pattern, "") : AnchoredPattern.Parse(pattern));
        Assert.Contains(what, exception.Message, StringComparison.Ordinal);
    }
}
