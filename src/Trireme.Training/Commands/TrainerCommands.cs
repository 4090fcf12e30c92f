using System.CommandLine;

namespace Trireme.Training.Commands;

/// <summary>The command line of the trainer.</summary>
internal static class TrainerCommands
{
    public static RootCommand Create(TimeProvider time) =>
        new("Trains a small language model from scratch and writes it in Hugging Face layout.")
        {
            new TrainCommand(time).Command,
            new AskCommand(time).Command,
        };
}
