using System.CommandLine;
using Trireme.Training.Native;
using Trireme.Training.Progress;

namespace Trireme.Training.Commands;

/// <summary>What the subcommands share: where they report to, and which exit code a failure is.</summary>
internal sealed class CommandProgress
{
    private readonly TimeProvider _time;

    public CommandProgress(TimeProvider time)
    {
        _time = time;
        Option.AcceptOnlyFromAmong("auto", "plain", "json");
    }

    public Option<string> Option { get; } = new("--progress")
    {
        Description = "auto: one refreshing line on a terminal, else a line every few seconds; plain: always lines; "
            + "json: one object per line.",
        DefaultValueFactory = _ => "auto",
    };

    /// <summary>Runs a subcommand's work with the native library loaded and gives its exit code.</summary>
    public Task<int> RunAsync(ParseResult arguments, Func<ITrainingProgress, int> work)
    {
        ITrainingProgress progress = Create(arguments);
        try
        {
            TorchRuntime.Load();
            return Task.FromResult(work(progress));
        }
        catch (OperationCanceledException)
        {
            progress.Failed("Stopped on request; no model was written.");
            return Task.FromResult(TrainerExitCode.Cancelled);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            progress.Failed(exception.Message);
            return Task.FromResult(TrainerExitCode.Of(exception));
        }
    }

    private ITrainingProgress Create(ParseResult arguments)
    {
        InvocationConfiguration streams = arguments.InvocationConfiguration;
        string kind = arguments.GetValue(Option)!;
        return kind == "json"
            ? new JsonProgress(streams.Output, _time)
            : new TextProgress(streams.Output, streams.Error, refreshes: kind == "auto" && !Console.IsOutputRedirected, _time);
    }
}
