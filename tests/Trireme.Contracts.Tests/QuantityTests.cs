using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Tests;

/// <summary>Quantities as Kubernetes reads and spells them.</summary>
public sealed class QuantityTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("1", "1")]
    [InlineData("1000m", "1")]
    [InlineData("1500m", "1500m")]
    [InlineData("0.5", "500m")]
    [InlineData("100n", "100n")]
    [InlineData("0.0000000001", "1n")]
    [InlineData("2000", "2k")]
    [InlineData("12e3", "12e3")]
    [InlineData("1E3", "1e3")]
    [InlineData("1E", "1E")]
    [InlineData("1024", "1024")]
    [InlineData("1024Ki", "1Mi")]
    [InlineData("2048Mi", "2Gi")]
    [InlineData("0.5Gi", "512Mi")]
    [InlineData("0.5Ki", "512")]
    [InlineData("1.5Ki", "1536")]
    [InlineData("-2", "-2")]
    [InlineData("+2", "2")]
    [InlineData("99999999999999999999", "9223372036854775807")]
    [InlineData("99999Ei", "9223372036854775807")]
    public void An_amount_has_one_spelling(string text, string one)
    {
        Assert.True(Quantity.TryParse(text, out Quantity quantity));
        Assert.Equal(one, quantity.ToString());
        Assert.True(Quantity.TryParse(one, out Quantity again));
        Assert.Equal(quantity, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("m")]
    [InlineData("1 Gi")]
    [InlineData("1gi")]
    [InlineData("1KiB")]
    [InlineData("1e")]
    [InlineData("1.2.3")]
    [InlineData("many")]
    [InlineData("-")]
    [InlineData("1mi")]
    public void What_is_no_amount_is_not_read(string text) => Assert.False(Quantity.TryParse(text, out _));

    [Theory]
    [InlineData("600m", "600m", "1200m")]
    [InlineData("1Gi", "1Gi", "2Gi")]
    [InlineData("0", "100Mi", "100Mi")]
    [InlineData("1", "1Ki", "1025")]
    public void Sums_keep_the_notation_of_the_first(string one, string other, string sum)
    {
        Assert.True(Quantity.TryParse(one, out Quantity left));
        Assert.True(Quantity.TryParse(other, out Quantity right));
        Assert.Equal(sum, (left + right).ToString());
    }

    [Theory]
    [InlineData("600m", "200m", "400m")]
    [InlineData("2Gi", "1Gi", "1Gi")]
    [InlineData("1", "1", "0")]
    public void What_was_added_can_be_taken_away(string sum, string one, string rest)
    {
        Assert.True(Quantity.TryParse(sum, out Quantity left));
        Assert.True(Quantity.TryParse(one, out Quantity right));
        Assert.Equal(rest, (left - right).ToString());
    }

    [Fact]
    public void A_sum_past_the_largest_amount_is_spelled_as_that_and_loses_nothing()
    {
        Assert.True(Quantity.TryParse("9E", out Quantity most));
        Quantity sum = most + most;
        Assert.Equal("9223372036854775807", sum.ToString());
        Assert.Equal("9E", (sum - most).ToString());
    }
}
