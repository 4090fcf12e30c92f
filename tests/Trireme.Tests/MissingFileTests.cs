using System.CommandLine;
using Trireme.Commands;

namespace Trireme.Tests;

[Collection("commands")]
public sealed class MissingFileTests
{
    /// <summary>Exit code 3 and one sentence that names the file, whichever command it was named to.</summary>
    [Theory]
    [InlineData("model fit /nowhere/model")]
    [InlineData("model fit . --speculative draft --draft-model /nowhere/model")]
    [InlineData("model fit . --enable-lora --lora-modules a=/nowhere/model")]
    [InlineData("model quantize /nowhere/model --output-file /nowhere/out.gguf")]
    [InlineData("config check -f /nowhere/model")]
    [InlineData("config view --config /nowhere/model")]
    [InlineData("apply -f /nowhere/model")]
    [InlineData("delete -f /nowhere/model")]
    [InlineData("get modelservices --kubeconfig /nowhere/model")]
    public async Task A_file_that_is_named_and_not_there_is_told(string line)
    {
        ParseResult parsed = TriremeCommand.Create().Parse(line.Split(' '), TriremeCommand.Parsing);
        Assert.Empty(parsed.Errors);
        var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false };
        CommandException told = await Assert.ThrowsAsync<CommandException>(
            () => parsed.InvokeAsync(configuration, TestContext.Current.CancellationToken));
        Assert.Equal((ExitCode.NotFound, "/nowhere/model: no such file or folder"), (told.ExitCode, told.Message));
    }
}
