using System.CommandLine;
using System.CommandLine.Help;
using Trireme.Output;

namespace Trireme.Commands;

/// <summary>The whole command line.</summary>
internal static class TriremeCommand
{
    private static readonly (string Name, Func<Command> Create)[] Commands =
    [
        ("up", UpCommand.Create),
        ("gateway", GatewayCommand.Create),
        ("worker", WorkerCommand.Create),
        ("plan", PlanCommand.Create),
        ("apply", ApplyCommand.Create),
        ("get", GetCommand.Create),
        ("describe", DescribeCommand.Create),
        ("logs", LogsCommand.Create),
        ("delete", DeleteCommand.Create),
        ("chat", ChatCommand.Create),
        ("load", LoadCommand.Create),
        ("rollout", RolloutCommand.Create),
        ("release", ReleaseCommand.Create),
        ("train", TrainCommand.Create),
        ("model", ModelCommand.Create),
        ("backup", BackupCommand.Create),
        ("restore", RestoreCommand.Create),
        ("key", KeyCommand.Create),
        ("usage", UsageCommand.Create),
        ("env", EnvCommand.Create),
        ("dashboard", DashboardCommand.Create),
        ("config", ConfigCommand.Create),
        ("manifests", ManifestsCommand.Create),
        ("completion", CompletionCommand.Create),
        ("version", VersionCommand.Create),
    ];

    /// <summary>A word that begins with "@" is a word, as in a prompt, and no file with further arguments.</summary>
    public static ParserConfiguration Parsing { get; } = new() { ResponseFileTokenReplacer = null };

    public static RootCommand Create() => Create([]);

    /// <summary>
    /// As much of it as some arguments need: a command named first needs no other, and a worker's start would wait for all of them.
    /// </summary>
    public static RootCommand Create(IReadOnlyList<string> arguments)
    {
        var root = new RootCommand("Trireme runs a company's models as one fleet: train, release, serve, watch and govern them.");
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
        {
            help.Description = "Show this help.";
            help.Action = new HelpPrinter();

            // Spellings of another system: here they are paths, or words of a prompt.
            help.Aliases.Remove("/h");
            help.Aliases.Remove("/?");
        }

        foreach (VersionOption version in root.Options.OfType<VersionOption>()) version.Description = "Show the version of this program.";
        int named = Array.FindIndex(Commands, command => arguments.Count > 0 && command.Name == arguments[0]);
        for (int i = 0; i < Commands.Length; i++)
        {
            if (named < 0 || named == i) root.Add(Commands[i].Create());
        }

        return root;
    }
}
