using Trireme.Inference.Tokenizers.Normalization;

namespace Trireme.Inference.Tests.Tokenizers;

public sealed class CanonicalCompositionTests
{
    [Theory]
    [InlineData("plain ASCII and Latin-1: é", "plain ASCII and Latin-1: é")]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("d\u0307\u0323", "\u1E0D\u0307")]
    [InlineData("a\u0315\u0300\u05AE\u0062", "\u00E0\u05AE\u0315b")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A7", "\uAC00\u11A7")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\u0344", "\u0308\u0301")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\u0B47\u0300\u0B3E", "\u0B47\u0300\u0B3E")]
    [InlineData("\u0301e", "\u0301e")]
    [InlineData("\U0002F800", "\u4E3D")]
    public void Text_is_composed_as_Annex_15_says(string text, string expected) =>
        Assert.Equal(expected, CanonicalComposition.Compose(text));

    [Fact]
    public void Composing_twice_changes_nothing_and_long_runs_of_marks_stay_fast()
    {
        var random = new Random(9);
        for (int i = 0; i < 2000; i++)
        {
            string once = CanonicalComposition.Compose(RandomText.Next(random, 20));
            Assert.Equal(once, CanonicalComposition.Compose(once));
        }

        string marks = "a" + string.Concat(Enumerable.Repeat("\u0301\u0323", 100_000));
        Assert.Equal("\u1EA1", CanonicalComposition.Compose(marks)[..1]);
    }
}
