using System.Diagnostics;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Tests.Serialization;

public sealed class ShellWordTests
{
    [Theory]
    [InlineData("/home/a/.trireme", "/home/a/.trireme")]
    [InlineData("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1")]
    [InlineData("", "''")]
    [InlineData("a b", "'a b'")]
    [InlineData("it's", "'it'\\''s'")]
    public void A_word_is_quoted_where_it_must_be(string text, string word) => Assert.Equal(word, ShellWord.Of(text));

    [Theory]
    [InlineData("$(echo no) `no` $HOME * ; & | > <")]
    [InlineData("it's \"quoted\" \\ twice\nand goes on")]
    [InlineData("~root")]
    public async Task A_shell_makes_the_text_of_it_again(string text)
    {
        var start = new ProcessStartInfo("sh", ["-c", $"printf %s {ShellWord.Of(text)}"]) { RedirectStandardOutput = true };
        using Process shell = Process.Start(start)!;
        Assert.Equal(text, await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
    }
}
