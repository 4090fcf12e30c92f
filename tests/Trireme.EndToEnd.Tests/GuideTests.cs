using System.Text;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>Follows the guides as a reader does: the shell blocks of a page from top to bottom, and each example of a client.</summary>
public sealed class GuideTests(PlatformFixture fixture)
{
    /// <summary>Pages whose commands build on each other.</summary>
    public static readonly string[] Guides =
        [
            "own-model.md", "keys.md", "access.md", "monitoring.md", "production.md", "troubleshooting.md", "clients.md",
            "placement.md", "scaling.md", "custom-kinds.md", "gateway.md",
        ];

    public static TheoryData<string> Pages => [.. Guides];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task The_commands_of_a_guide_work_in_their_order(string page)
    {
        string commands = string.Concat(Blocks(page, "sh"));
        Assert.Contains("\n", commands, StringComparison.Ordinal);
        bool needsPromtool = commands.Contains("promtool", StringComparison.Ordinal);
        Assert.SkipWhen(needsPromtool && !CommandResult.Exists("promtool"), "promtool is not installed here; eng/test installs it.");
        using var home = new TemporaryFolder();
        string script = "set -eu\ncurl() { command curl --fail-with-body \"$@\"; echo; }\n" + Adapt(commands);
        CommandResult result = await CommandResult.RunAsync("bash", ["-xc", script], Environment(home.Path));
        Assert.True(result.ExitCode == 0, $"{page}:\n{result.Output}\n{result.Error}");
    }

    [Fact]
    public async Task Every_example_in_Python_prints_an_answer()
    {
        foreach (string example in Blocks("clients.md", "python"))
        {
            bool needsPackage = example.Contains("import OpenAI", StringComparison.Ordinal);
            if (needsPackage && (await CommandResult.RunAsync("python3", ["-c", "import openai"])).ExitCode != 0) continue;
            await PrintsAnAnswerAsync("python3", "-c", example);
        }
    }

    [Fact]
    public async Task Every_example_in_JavaScript_prints_an_answer()
    {
        Assert.SkipUnless(JavaScriptPackages.Exist, JavaScriptPackages.Missing);
        foreach (string example in Blocks("clients.md", "js")) await PrintsAnAnswerAsync("node", "-e", example);
    }

    private async Task PrintsAnAnswerAsync(string program, params string[] arguments)
    {
        CommandResult result = await CommandResult.RunAsync(program, arguments, Environment(home: null));
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("small", result.Output, StringComparison.OrdinalIgnoreCase);
    }

    private Dictionary<string, string> Environment(string? home)
    {
        PlatformProcess platform = fixture.Platform;
        var environment = new Dictionary<string, string>
        {
            ["TRIREME_DATA_DIR"] = platform.DataFolder,
            ["TRIREME_API_KEY"] = platform.ApiKey,
            ["OPENAI_BASE_URL"] = platform.Gateway,
            ["OPENAI_API_KEY"] = platform.ApiKey,
            ["NODE_PATH"] = Repository.PathOf("artifacts", "npm", "node_modules"),
        };
        if (home is not null) environment["HOME"] = home;
        return environment;
    }

    /// <summary>The program as it was built, and this platform's ports.</summary>
    private string Adapt(string commands) => commands
        .Replace("./trireme ", PlatformProcess.Program + " ", StringComparison.Ordinal)
        .Replace("http://127.0.0.1:8080", fixture.Platform.Gateway[..^"/v1".Length], StringComparison.Ordinal)
        .Replace("http://127.0.0.1:8081", fixture.Platform.Dashboard.TrimEnd('/'), StringComparison.Ordinal);

    private static List<string> Blocks(string page, string language)
    {
        var blocks = new List<string>();
        StringBuilder? block = null;
        foreach (string line in File.ReadLines(Repository.PathOf("docs", page)))
        {
            if (block is null)
            {
                if (line == "```" + language) block = new StringBuilder();
            }
            else if (line == "```")
            {
                blocks.Add(block.ToString());
                block = null;
            }
            else
            {
                block.Append(line).Append('\n');
            }
        }

        return blocks;
    }
}
