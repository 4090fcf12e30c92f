using Trireme.ApiServer.CustomKinds.Schemas;

namespace Trireme.ApiServer.Tests.CustomKinds;

/// <summary>Patterns mean what they mean in Go, or are refused.</summary>
public sealed class GoPatternTests
{
    [Theory]
    [InlineData("""^\d+$""", "12", true)]
    [InlineData("""^\d+$""", "١٢", false)]
    [InlineData("""^a$""", "a\n", false)]
    [InlineData("""^\w$""", "ä", false)]
    [InlineData("""^[\w-]+$""", "a-b_1", true)]
    [InlineData("""^\s$""", "\u00a0", false)]
    [InlineData("""^[[:alpha:]]+$""", "abc", true)]
    [InlineData("""^[[:alpha:]]+$""", ":]", false)]
    [InlineData("""^[^[:digit:]]$""", "7", false)]
    [InlineData("""^[a-z-[m]]$""", "-]", true)]
    [InlineData("""^[]a]$""", "]", true)]
    [InlineData("""^\pL+$""", "äß", true)]
    [InlineData("""^\x41\x{42}$""", "AB", true)]
    [InlineData("""^(?P<n>a)(?:b)$""", "ab", true)]
    [InlineData("""(?i)^ab$""", "AB", true)]
    [InlineData("""^a{2}$""", "aa", true)]
    [InlineData("""^a{x}$""", "a{x}", true)]
    [InlineData("""^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$""", "a-b.c", true)]
    [InlineData("""^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?([0-9]+)))?$""", "1.5Gi", true)]
    public void A_pattern_matches_what_it_matches_in_go(string pattern, string text, bool matches)
    {
        Assert.True(SchemaPattern.TryParse(pattern, out SchemaPattern? parsed, out string fault), fault);
        Assert.Equal(matches, parsed.IsMatch(text));
    }

    [Theory]
    [InlineData("(?=a)", "looking ahead")]
    [InlineData("(?<!a)b", "looking ahead or behind")]
    [InlineData("""(a)\1""", "not supported")]
    [InlineData("a{1001}", "more than 1000 times")]
    [InlineData("(a{100}){100}", "1000 are the most")]
    [InlineData("(a", "not closed")]
    [InlineData("a)", "not opened")]
    [InlineData("[a", "not closed")]
    [InlineData("[[:nope:]]", "no class of characters")]
    [InlineData("a**", "")]
    public void What_cannot_be_matched_as_in_go_is_refused(string pattern, string expected)
    {
        Assert.False(SchemaPattern.TryParse(pattern, out _, out string fault));
        Assert.Contains(expected, fault, StringComparison.Ordinal);
    }
}
