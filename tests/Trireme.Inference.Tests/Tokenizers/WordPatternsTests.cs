using System.Text.RegularExpressions;
using Trireme.Inference.Formats;
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

    /// <summary>Nothing that is linear has a clock, which a busy machine would make it fail by.</summary>
    [Theory]
    [InlineData("[a-f]+", true)]
    [InlineData(@"\p{N}{1,3}|[^\r\n\p{L}]+", true)]
    [InlineData(@"\s+(?!\S)|\s+", false)]
    [InlineData(@"(a)\1", false)]
    public void Other_expressions_are_linear_where_they_can_be(string expression, bool isLinear)
    {
        Regex matcher = WordPatterns.Matcher(expression);
        Assert.Equal(isLinear, matcher.Options.HasFlag(RegexOptions.NonBacktracking));
        Assert.Equal(isLinear ? Regex.InfiniteMatchTimeout : FilePattern.TimeMax, matcher.MatchTimeout);
        foreach (string known in (string[])[WordPatterns.Gpt2, WordPatterns.Llama3, WordPatterns.Qwen2, WordPatterns.Tekken])
        {
            Assert.Equal(Regex.InfiniteMatchTimeout, WordPatterns.Matcher(known).MatchTimeout);
        }
    }

    /// <summary>Texts on which a pattern could go back and forth take steps in proportion to their length.</summary>
    [Theory]
    [MemberData(nameof(Known))]
    public void A_known_expression_takes_time_in_proportion_to_the_text(string expression)
    {
        Regex matcher = WordPatterns.Matcher(expression);
        foreach (string unit in (string[])[" ", "A", "a", "\r", "1", "!", "'", " a", "A1", "\u2581", "\u3042", "\u0301"])
        {
            string text = string.Concat(Enumerable.Repeat(unit, 200_000 / unit.Length)) + "x";
            TimeSpan began = ThreadCpuTime.Now;
            foreach (ValueMatch match in matcher.EnumerateMatches(text)) Assert.True(match.Length > 0);
            // A step for each pair of characters would take minutes.
            Assert.True(ThreadCpuTime.Now - began < TimeSpan.FromSeconds(5), $"'{unit}'");
        }
    }

    [Fact]
    public void A_matcher_that_gave_up_has_its_time_on_a_processor()
    {
        var patience = new FilePattern.Patience();
        Assert.False(patience.IsOver());
        TimeSpan began = ThreadCpuTime.Now;
        while (!patience.IsOver()) Thread.SpinWait(1000);
        Assert.True(ThreadCpuTime.Now - began >= FilePattern.TimeMax / 2.1);
    }
}
