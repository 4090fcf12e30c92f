using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Tests;

public sealed class NearestNameTests
{
    private static readonly string[] Known = ["tiny", "replicas", "release", "rollout"];

    [Theory]
    [InlineData("tinny", "tiny")]
    [InlineData("tyni", "tiny")]
    [InlineData("itny", "tiny")]
    [InlineData("Replcas", "replicas")]
    [InlineData("relaese", "release")]
    [InlineData("tint", "tiny")]
    [InlineData("twos", null)]
    [InlineData("chat", null)]
    [InlineData("timeout", null)]
    public void A_slip_of_the_finger_is_guessed_and_another_word_is_not(string name, string? nearest) =>
        Assert.Equal(nearest, NearestName.Find(name, Known));
}
