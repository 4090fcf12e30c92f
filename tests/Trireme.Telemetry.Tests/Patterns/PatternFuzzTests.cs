using System.Diagnostics;
using System.Text;
using Trireme.Telemetry.Patterns;

namespace Trireme.Telemetry.Tests.Patterns;

public sealed class PatternFuzzTests
{
    private const string Syntax = "()[]{}|*+?^$.\\-,:<>PpQEdwsbBxizmUsAk019aéß😀\n";

    /// <summary>Two matchers that share nothing but the program agree about every value.</summary>
    [Fact]
    public void Random_patterns_are_refused_or_matched_alike_by_both_matchers()
    {
        var random = new Random(11);
        var patterns = new RandomPatterns(random);
        int taken = 0;
        for (int i = 0; i < 4000; i++)
        {
            string pattern = patterns.Next();
            if (Parse(pattern) is not { } anchored) continue;
            taken++;
            GroupReplacement replacement = GroupReplacement.Parse(pattern, "$0");
            for (int j = 0; j < 12; j++)
            {
                string value = patterns.Value();
                string? whole = replacement.Apply(value);
                Assert.True(whole is null || whole == value, pattern);
                Assert.True(anchored.IsMatch(value) == whole is not null, $"{pattern} on {value}");
            }
        }

        Assert.InRange(taken, 2500, 3900);
    }

    [Fact]
    public void Text_of_any_kind_is_a_pattern_or_refused()
    {
        var random = new Random(13);
        int refused = 0;
        for (int i = 0; i < 30_000; i++)
        {
            var text = new StringBuilder();
            for (int length = random.Next(24); length > 0; length--)
            {
                text.Append(random.Next(30) == 0 ? (char)random.Next(0x10000) : Syntax[random.Next(Syntax.Length)]);
            }

            AnchoredPattern? pattern = Parse(text.ToString());
            if (pattern is null) refused++;
            else pattern.IsMatch(text.ToString());
        }

        Assert.InRange(refused, 5000, 29_000);
    }

    /// <summary>What makes a matcher that goes back take for ever, or one with all states made ahead take all memory.</summary>
    [Theory]
    [InlineData("(a*)*b")]
    [InlineData("(a|a)*b")]
    [InlineData("(a|aa)+b")]
    [InlineData("(a+a+)+b")]
    [InlineData("(.*)(.*)(.*)(.*)(.*)b")]
    [InlineData("(?:a?){200}a{200}b")]
    [InlineData("(a|b)*a(a|b){12}")]
    [InlineData("(?i)(\\pL|\\w|s)*1")]
    public void Time_is_linear_in_the_value(string pattern)
    {
        AnchoredPattern anchored = AnchoredPattern.Parse(pattern);
        GroupReplacement replacement = GroupReplacement.Parse(pattern, "$1");
        var random = new Random(3);
        string value = string.Concat(Enumerable.Range(0, 20_000).Select(_ => random.Next(2) == 0 ? 'a' : 'b')) + "x";
        string same = new string('a', 20_000) + "x";
        long started = Stopwatch.GetTimestamp();
        Assert.False(anchored.IsMatch(value) || anchored.IsMatch(same));
        Assert.Null(replacement.Apply(value) ?? replacement.Apply(same));
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20), "it took " + Stopwatch.GetElapsedTime(started));
    }

    [Fact]
    public void What_would_take_too_long_all_the_same_is_given_up()
    {
        string pattern = string.Concat(Enumerable.Repeat("(?:a|b)*a(?:a|b){900}", 20));
        string value = string.Concat(Enumerable.Range(0, 200_000).Select(static i => (i * 7919L % 13) < 6 ? 'a' : 'b'));
        Assert.Throws<PatternBudgetException>(() => AnchoredPattern.Parse(pattern).IsMatch(value));
        Assert.Throws<PatternBudgetException>(() => GroupReplacement.Parse(pattern, "").Apply(value));
    }

    private static AnchoredPattern? Parse(string pattern)
    {
        try
        {
            return AnchoredPattern.Parse(pattern);
        }
        catch (PatternException)
        {
            return null;
        }
    }
}
