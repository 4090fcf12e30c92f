using System.Text;
using System.Text.RegularExpressions;
using Trireme.Inference.Generation;
using Trireme.Inference.Grammars;
using Trireme.Inference.Grammars.Matching;
using Trireme.Inference.Tests.Formats;

namespace Trireme.Inference.Tests.Grammars;

public sealed class PatternTests
{
    private const string Letters = "aabbc01 _-é\n\"\\ü中😀.";

    public static TheoryData<string> Expressions { get; } =
    [
        "a*b+c?", "(a|b)*c", "(?:ab|a)(?:c|bc)", "[a-c]{2,4}", "[^a-c]+", "a{0}b", "a{2,}", "(a{1,2}){2}",
        @"\d+\.\d*", @"\w+\s\w+", @"\W\D\S", ".+", "(?<name>a|é)+", "(?P<x>[ü-中])", @"\u00e9[\x61-\u0063]", "[\\]\\-a]+", "[a\\-c]+",
        "[_-]", "(|a)b", "((a)|(b(c)))*", "^ab$", "^a|b$",
        "a??b*?", "[\"\\\\]+", "(?:a|b|é|中|😀){0,3}", "a{,2}", "x{"
    ];

    [Theory]
    [MemberData(nameof(Expressions))]
    public void An_expression_matches_what_dotnet_matches(string expression)
    {
        CompiledGrammar grammar = TestGrammars.Compile(OutputConstraint.Regex(expression));
        // .NET sees two halves where this engine sees one character, so characters outside the first plane are left to other tests.
        bool isPlain = !expression.Contains('\ud83d', StringComparison.Ordinal);
        string dotnet = expression.Replace("(?P<", "(?<", StringComparison.Ordinal);
        var reference = new Regex($@"\A(?:{Unanchored(dotnet)})\z", isPlain ? RegexOptions.ECMAScript : RegexOptions.None);
        var random = new Random(5);
        int matched = 0;
        for (int i = 0; i < 3_000; i++)
        {
            var text = new StringBuilder();
            Rune[] letters = [.. Letters.EnumerateRunes()];
            for (int length = random.Next(7); length > 0; length--) text.Append(letters[random.Next(letters.Length)]);
            if (isPlain && text.ToString().Any(char.IsSurrogate)) continue;
            bool expected = reference.IsMatch(text.ToString());
            if (expected) matched++;
            Assert.True(expected == grammar.Accepts(text.ToString()), $"{expression} on '{text}'");
        }

        for (int i = 0; i < 30; i++)
        {
            (string text, _) = TestGrammars.Write(grammar, random, grammar.ShortestTokens + random.Next(1, 12), endBias: 4);
            Assert.True(reference.IsMatch(text) || text.Any(char.IsSurrogate), $"{expression} wrote '{text}'");
            matched++;
        }

        Assert.True(matched > 0);
    }

    [Fact]
    public void A_range_beyond_the_first_plane_holds_the_characters_between_its_ends()
    {
        CompiledGrammar grammar = TestGrammars.Compile(OutputConstraint.Regex("[é😀-😂]"));
        foreach (string text in new[] { "é", "😀", "😁", "😂" }) Assert.True(grammar.Accepts(text), text);
        foreach (string text in new[] { "😃", "中", "e", "" }) Assert.False(grammar.Accepts(text), text);
    }

    public static TheoryData<string, string> Refusals { get; } = new()
    {
        { "(a", "'('" },
        { "a)", "')'" },
        { "[a", "'['" },
        { "*a", "nothing before" },
        { "a**", "repetition" },
        { "a{3,1}", "wrong way round" },
        { "a{20000}", "10000" },
        { "a((?=a)b)", "holds a lookahead inside a group" },
        { "(?<=a)b", "holds a lookbehind" },
        { "(?=a", "has a '(' without its ')'" },
        { "a(?=^b)", "has a '^' in a lookahead" },
        { "(?=a)*b", "repeats a lookahead" },
        { "(?i)a", "inline option" },
        { @"(a)\1", @"\1" },
        { @"\bword", @"\b" },
        { @"\p{Greek}", @"\p{Greek}" },
        { @"\p{L", @"\p{" },
        { "a^b", "anchors" },
        { "(a$|b)", "anchors" },
        { "a++", "possessive" },
        { "[z-a]", "wrong way round" },
        { @"a\", "backslash" },
        { @"\x1", "hexadecimal" },
        { "((a{100}){100}){100}", "automaton states" },
        { "", "empty text" },
        { "[^\\s\\S]", "No text" },
        { "\ud800", "surrogate" },
        { Nested(101), "nested deeper than 100 levels" },
    };

    [Fact]
    public void Groups_nest_as_deep_as_the_limit_with_and_without_a_limit_on_length()
    {
        Assert.True(TestGrammars.Compile(OutputConstraint.Regex(Nested(100))).Accepts("aa"));
        CompiledGrammar counted = TestGrammars.Schema($$"""{"type":"string","pattern":"^{{Nested(100)}}$","maxLength":2}""");
        Assert.True(counted.Accepts("\"aa\""));
        Assert.False(counted.Accepts("\"aaa\""));
    }

    private static string Nested(int depth) => new string('(', depth) + "a|b" + string.Concat(Enumerable.Repeat(")*", depth));

    [Theory]
    [MemberData(nameof(Refusals))]
    public void An_expression_is_refused_with_its_reason(string expression, string reason) =>
        Assert.Contains(reason, TestGrammars.Refusal(OutputConstraint.Regex(expression)), StringComparison.Ordinal);

    [Fact]
    public void Mutated_expressions_compile_or_are_refused_and_never_crash_or_hang()
    {
        var random = new Random(6);
        string[] expressions = [.. Expressions.Select(row => row.Data)];
        int compiled = 0;
        for (int i = 0; i < 2_000; i++)
        {
            const string Fragments = @"( ) [ ] {2} {1,3} * + ? | ^ $ \d \u00 \\ (?: a-z";
            string expression = Mutation.Of(expressions[i % expressions.Length], random, Fragments);
            try
            {
                TestGrammars.Compile(OutputConstraint.Regex(expression));
                compiled++;
            }
            catch (GrammarException)
            {
                // Refusing is the other right answer.
            }
        }

        Assert.InRange(compiled, 100, 1_900);
    }

    [Fact]
    public void A_choice_is_one_of_its_texts_even_with_thousands_that_begin_alike()
    {
        string[] texts = [.. Enumerable.Range(0, 5_000).Select(i => $"choice {i}"), "choice", "é"];
        CompiledGrammar grammar = TestGrammars.Compile(OutputConstraint.Choice(texts));
        var random = new Random(7);
        for (int i = 0; i < 50; i++) Assert.Contains(TestGrammars.Write(grammar, random, 20).Text, texts);
        Assert.False(grammar.Accepts("choice 5000"));
        Assert.True(grammar.Accepts("é"));
    }

    /// <summary>Anchors at the ends say nothing where the whole text must match; .NET's end anchor would also allow a line end.</summary>
    private static string Unanchored(string expression) =>
        expression.Replace("^ab$", "ab", StringComparison.Ordinal).Replace("^a|b$", "a|b", StringComparison.Ordinal);
}
