using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>
/// Runs what the reference pages under docs show, line by line; the README's commands are the ones the other tests of this project run,
/// and guides are run as a whole.
/// </summary>
public sealed class DocumentationTests(PlatformFixture fixture)
{
    public static TheoryData<string> Commands =>
        new(DocumentedCommand.All
            .Where(command => command.Page != "README.md" && !GuideTests.Guides.Contains(command.Page))
            .Select(command => command.ToString()));

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_command_on_a_page_works(string shown)
    {
        DocumentedCommand command = DocumentedCommand.All.Single(candidate => candidate.ToString() == shown);
        if (command.IsKubectl && !CommandResult.Exists("kubectl")) Assert.Skip("kubectl is not installed");
        CommandResult result = command.IsKubectl
            ? await fixture.Platform.KubectlAsync([.. command.Arguments])
            : await fixture.Platform.RunAsync([.. command.Arguments]);
        Assert.True(result.ExitCode == 0, $"{shown}: {result.Error}");
        Assert.NotEqual("", result.Output);
    }
}
