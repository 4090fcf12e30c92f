using System.Text.RegularExpressions;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Tests.Tokenizers;

public sealed class WordPatternsTests
{
    public static TheoryData<string> Known =>
        [WordPatterns.Gpt2, WordPatterns.Llama3, WordPatterns.Qwen2, WordPatterns.Tekken, WordPatterns.Digit, WordPatterns.Marked];

    [Theory]
    [MemberData(nameof(Known))]
    public void A_matcher_made_ahead_is_its_expression(string expression)
    {
        Regex matcher = WordPatterns.Matcher(expression);
        var plain = new Regex(expression, RegexOptions.CultureInvariant);
        Assert.Equal(expression, matcher.ToString());
        Assert.Equal(WordPatterns.MatchTimeout, matcher.MatchTimeout);
        // Made when the program is built, not now.
        Assert.False(matcher.Options.HasFlag(RegexOptions.Compiled));
        Assert.NotEqual(typeof(Regex), matcher.GetType());
        var random = new Random(3);
        string[] odd = ["'S", "'ll", "'VE", "\r\n", "  ", "\u2581", "\u2581\u2581", "12345", "Ǆǅ", "K", "ſ"];
        for (int round = 0; round < 2000; round++)
        {
            string text = RandomText.Next(random, 12) + odd[random.Next(odd.Length)] + RandomText.Next(random, 12);
            Assert.Equal(plain.Matches(text).Select(match => match.Value), matcher.Matches(text).Select(match => match.Value));
        }
    }

    [Fact]
    public void Other_expressions_are_compiled_when_they_are_read()
    {
        Regex matcher = WordPatterns.Matcher("[a-f]+");
        Assert.True(matcher.Options.HasFlag(RegexOptions.Compiled));
        Assert.Equal(WordPatterns.MatchTimeout, matcher.MatchTimeout);
    }
}
