using System.CommandLine;
using Trireme.Commands;
using Trireme.Testing;

namespace Trireme.Tests;

[Collection("commands")]
public sealed class DocumentedCommandTests
{
    public static TheoryData<string> Commands => new(
        DocumentedCommand.All.Where(command => !command.IsKubectl).Select(command => command.ToString()));

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_command_that_a_page_shows_exists(string shown)
    {
        DocumentedCommand command = DocumentedCommand.All.Single(candidate => candidate.ToString() == shown);
        ParseResult parsed = TriremeCommand.Create().Parse([.. command.Arguments]);
        Assert.Empty(parsed.Errors);
    }

    [Fact]
    public void The_pages_show_commands() => Assert.True(DocumentedCommand.All.Count > 10);
}
