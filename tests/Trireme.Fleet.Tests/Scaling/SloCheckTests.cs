using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Scaling;

namespace Trireme.Fleet.Tests.Scaling;

public sealed class SloCheckTests
{
    [Theory]
    [InlineData("a stream that begins in time", 1.9, 9.0, 100, null, true)]
    [InlineData("a stream that begins late", 2.1, 9.0, 100, null, false)]
    [InlineData("a stream whose tokens come in time", 1.0, 10.9, 100, 0.1, true)]
    [InlineData("a stream whose tokens come late", 1.0, 11.0, 100, 0.1, false)]
    [InlineData("a stream of one token", 1.0, 60.0, 1, 0.1, true)]
    [InlineData("a stream that tells no tokens", 1.0, 60.0, null, 0.1, true)]
    [InlineData("a whole answer within both", null, 11.9, 100, 0.1, true)]
    [InlineData("a whole answer beyond both", null, 12.1, 100, 0.1, false)]
    [InlineData("a whole answer of many tokens without a time for each", null, 3.0, 100, null, null)]
    [InlineData("an answer without generated tokens, such as an embedding", null, 1.0, null, null, true)]
    [InlineData("one that took too long", null, 2.1, 0, null, false)]
    public void An_answer_is_within_the_SLO(string what, double? first, double whole, int? tokens, double? itl, bool? expected)
    {
        var slo = new SloSpec { Ttft = Duration.FromSeconds(2), Itl = itl is { } limit ? Duration.FromSeconds(limit) : null };
        TimeSpan? firstToken = first is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        Assert.True(SloCheck.IsMet(slo, firstToken, TimeSpan.FromSeconds(whole), tokens) == expected, what);
    }
}
