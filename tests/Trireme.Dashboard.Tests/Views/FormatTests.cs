using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Tests.Views;

public sealed class FormatTests
{
    [Theory]
    [InlineData(null, "–")]
    [InlineData(double.NaN, "–")]
    [InlineData(double.PositiveInfinity, "–")]
    [InlineData(0.0, "0.0")]
    [InlineData(9.96, "10.0")]
    [InlineData(99.96, "100")]
    [InlineData(999.6, "1.0k")]
    [InlineData(1234.0, "1.2k")]
    public void A_rate_keeps_the_digits_that_matter(double? perSecond, string text) => Assert.Equal(text, Format.Rate(perSecond));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(double.NaN, "–")]
    [InlineData(0.0012, "1.2 ms")]
    [InlineData(0.0996, "100 ms")]
    [InlineData(0.364, "364 ms")]
    [InlineData(0.9996, "1.00 s")]
    [InlineData(12.346, "12.35 s")]
    [InlineData(150.0, "2.5 min")]
    public void A_duration_has_the_unit_people_would_choose(double? seconds, string text) => Assert.Equal(text, Format.Seconds(seconds));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(0.0, "0 %")]
    [InlineData(0.001, "0.1 %")]
    [InlineData(0.5, "50 %")]
    [InlineData(1.0, "100 %")]
    public void A_share_is_in_percent(double? share, string text) => Assert.Equal(text, Format.Percent(share));

    [Theory]
    [InlineData(null, "–")]
    [InlineData(0.0, "p < 0.001")]
    [InlineData(0.00099, "p < 0.001")]
    [InlineData(0.001, "p = 0.001")]
    [InlineData(0.0421, "p = 0.042")]
    public void A_chance_is_never_said_to_be_nothing(double? chance, string text) => Assert.Equal(text, Format.Chance(chance));

    [Theory]
    [InlineData(0.2, "now")]
    [InlineData(90.0, "90 s")]
    [InlineData(600.0, "10 min")]
    [InlineData(7_200.0, "2 h")]
    [InlineData(200_000.0, "2 d")]
    [InlineData(-5.0, "now")]
    public void An_age_has_one_number(double seconds, string text) =>
        Assert.Equal(text, Format.Age(Samples.Now.AddSeconds(-seconds), Samples.Now));

    [Fact]
    public void What_never_happened_has_no_age() => Assert.Equal("–", Format.Age(null, Samples.Now));

    [Theory]
    [InlineData("sha256:0123456789abcdef", "0123456789ab")]
    [InlineData("abc", "abc")]
    [InlineData("", "")]
    public void A_hash_is_cut_to_what_people_compare(string hash, string text) => Assert.Equal(text, Format.ShortHash(hash));

    [Fact]
    public void A_number_that_is_none_is_a_dash()
    {
        Assert.Equal(("2", "0.042"), (Format.Whole(2), Format.Fixed(0.0421, 3)));
        Assert.Equal(("–", "–"), (Format.Whole(double.NaN), Format.Fixed(null, 3)));
    }
}
