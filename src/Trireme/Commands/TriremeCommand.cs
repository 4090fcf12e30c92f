using System.CommandLine;

namespace Trireme.Commands;

/// <summary>The whole command line.</summary>
internal static class TriremeCommand
{
    public static RootCommand Create()
    {
        var root = new RootCommand("Trireme runs a company's models as one fleet: train, release, serve, watch and govern them.");
        root.Add(UpCommand.Create());
        root.Add(WorkerCommand.Create());
        root.Add(ApplyCommand.Create());
        root.Add(GetCommand.Create());
        root.Add(DescribeCommand.Create());
        root.Add(DeleteCommand.Create());
        root.Add(ChatCommand.Create());
        root.Add(LoadCommand.Create());
        root.Add(RolloutCommand.Create());
        root.Add(TrainCommand.Create());
        root.Add(ModelCommand.Create());
        root.Add(ManifestsCommand.Create());
        root.Add(CompletionCommand.Create());
        root.Add(VersionCommand.Create());
        return root;
    }
}
