using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Tests.Serialization;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain, \u00e4\u4e2d\ud83d\ude00", "plain, \u00e4\u4e2d\ud83d\ude00")]
    [InlineData("a\tb\nc", "a\tb\nc")]
    [InlineData("evil\u001b]0;pwn\u0007\u001b[2J", "evil^[]0;pwn^G^[[2J")]
    [InlineData("over\rwritten\b\0\u007f", "over^Mwritten^H^@^?")]
    [InlineData("\u009b2J", "\\u009b2J")]
    public void Control_characters_are_shown(string text, string shown) => Assert.Equal(shown, VisibleText.Of(text));

    [Fact]
    public void A_text_without_any_stays_itself()
    {
        string text = new('x', 100);
        Assert.Same(text, VisibleText.Of(text));
    }

    [Fact]
    public void Ends_of_lines_are_blanks_on_one_line() => Assert.Equal("a b c^[", VisibleText.OnOneLine("a\r\nb\nc\u001b"));
}
