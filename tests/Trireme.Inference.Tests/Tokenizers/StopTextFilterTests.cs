using System.Text;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Tests.Tokenizers;

public sealed class StopTextFilterTests
{
    [Fact]
    public void Text_that_may_begin_a_stop_text_is_held_back()
    {
        var filter = new StopTextFilter(["END"]);
        Assert.Equal(new StopTextResult("a", false), filter.Append("aE"));
        Assert.Equal(new StopTextResult("", false), filter.Append("N"));
        Assert.Equal(new StopTextResult("ENx", false), filter.Append("xE"));
        Assert.Equal(new StopTextResult("", true), filter.Append("ND and more"));
        Assert.Equal("END", filter.Matched);
        Assert.Equal(new StopTextResult("", true), filter.Append("later"));
        Assert.Equal("", filter.Flush());
    }

    [Fact]
    public void A_stop_text_may_be_shown_as_the_end_of_the_answer()
    {
        var filter = new StopTextFilter(["END"], includesStop: true);
        Assert.Equal(new StopTextResult("a", false), filter.Append("aE"));
        Assert.Equal(new StopTextResult("END", true), filter.Append("ND and more"));
        Assert.Equal(new StopTextResult("", true), filter.Append("later"));
        Assert.Equal("", filter.Flush());
    }

    [Fact]
    public void An_answer_without_a_stop_text_is_shown_whole()
    {
        var filter = new StopTextFilter(["END"]);
        Assert.Equal("the ", filter.Append("the EN").Visible);
        Assert.Equal("EN", filter.Flush());
        Assert.Null(filter.Matched);
        string text = new('x', 3);
        Assert.Same(text, new StopTextFilter([]).Append(text).Visible);
        Assert.Same(text, new StopTextFilter(["y"]).Append(text).Visible);
    }

    [Fact]
    public void Any_cut_of_any_text_shows_what_precedes_the_first_stop_text()
    {
        var random = new Random(17);
        for (int round = 0; round < 5000; round++)
        {
            string[] stops = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Letters(random, random.Next(1, 6)))];
            string text = Letters(random, random.Next(30));
            (string expected, string? matched) = Expected(text, stops);
            var filter = new StopTextFilter(stops);
            var shown = new StringBuilder();
            bool stopped = false;
            for (int at = 0; at < text.Length && !stopped;)
            {
                int length = Math.Min(random.Next(1, 5), text.Length - at);
                StopTextResult result = filter.Append(text.Substring(at, length));
                shown.Append(result.Visible);
                stopped = result.Stopped;
                at += length;
                Assert.StartsWith(shown.ToString(), expected, StringComparison.Ordinal);
            }

            shown.Append(filter.Flush());
            Assert.Equal(expected, shown.ToString());
            Assert.Equal(matched, filter.Matched);
            Assert.Equal(matched is not null, stopped);
        }
    }

    [Fact]
    public void No_more_is_held_back_than_may_begin_a_stop_text()
    {
        var random = new Random(19);
        for (int round = 0; round < 2000; round++)
        {
            string stop = Letters(random, random.Next(1, 6));
            string text = Letters(random, random.Next(20));
            if (text.Contains(stop, StringComparison.Ordinal)) continue;
            int needed = Enumerable.Range(0, stop.Length).Last(length => text.EndsWith(stop[..length], StringComparison.Ordinal));
            Assert.Equal(text[..^needed], new StopTextFilter([stop]).Append(text).Visible);
        }
    }

    [Fact]
    public void An_empty_stop_text_is_refused() => Assert.Throws<ArgumentException>(() => new StopTextFilter([""]));

    private static string Letters(Random random, int length) => string.Create(length, random, static (letters, random) =>
    {
        for (int i = 0; i < letters.Length; i++) letters[i] = (char)('a' + random.Next(2));
    });

    /// <summary>The stop text that ends first wins; of those that end together the longest.</summary>
    private static (string Visible, string? Matched) Expected(string text, string[] stops)
    {
        for (int end = 1; end <= text.Length; end++)
        {
            string? matched = stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).MaxBy(stop => stop.Length);
            if (matched is not null) return (text[..(end - matched.Length)], matched);
        }

        return (text, null);
    }
}
