using System.CommandLine;
using Trireme.Contracts.Resources;
using Trireme.Training.Jobs;
using Trireme.Training.Output;
using Trireme.Training.Progress;

namespace Trireme.Training.Commands;

/// <summary>Runs a training job.</summary>
internal sealed class TrainCommand
{
    private readonly Option<string> _file = new("--filename", "-f")
    {
        Description = "TrainingJob manifest to run.",
        HelpName = "FILE",
        Required = true,
    };

    private readonly Option<string> _output = new("--output-dir", "-o")
    {
        Description = "Folder for the model, instead of the one in the manifest.",
        HelpName = "DIR",
    };

    private readonly TimeProvider _time;

    public TrainCommand(TimeProvider time)
    {
        _time = time;
        var progress = new CommandProgress(time);
        Command = new Command(
            "train",
            $"""
            Runs a training job and writes its model with the manifest of the run.

            Exit codes: {TrainerExitCode.Done} the model is written;
            {TrainerExitCode.Failed} the arguments are wrong, or a file cannot be read or written;
            {TrainerExitCode.Missing} a file is not there;
            {TrainerExitCode.Invalid} the manifest is wrong, or is a pipe, a device or a folder;
            {TrainerExitCode.NotReproduced} the model is written but differs from the one the same job made before;
            {TrainerExitCode.Cancelled} stopped by a signal.
            """)
        {
            _file, _output, progress.Option,
        };
        Command.SetAction((arguments, cancellationToken) =>
            progress.RunAsync(arguments, report => Train(arguments, report, cancellationToken)));
    }

    public Command Command { get; }

    private int Train(ParseResult arguments, ITrainingProgress progress, CancellationToken cancellationToken)
    {
        string file = arguments.GetValue(_file)!;
        (TrainingJob? job, IReadOnlyList<string> errors) = TrainingJobFile.Read(file);
        if (job is null)
        {
            progress.Failed($"{file} cannot be run:\n  " + string.Join("\n  ", errors));
            return TrainerExitCode.Invalid;
        }

        var planned = new ModelFolder(job.Spec.Output);
        ModelFolder output = arguments.GetValue(_output) is { } other ? new ModelFolder(other) : planned;
        if (output.FindOverwriteProblem() is { } problem)
        {
            progress.Failed(problem);
            return TrainerExitCode.Failed;
        }

        TrainingManifest? formerOutput = output.ReadManifest();
        TrainedModel model = new TrainingRun(job, progress, _time).Execute(cancellationToken);
        TrainingManifest? before = formerOutput ?? planned.ReadManifest();
        ReproductionCheck? check = before is null ? null : ReproductionCheck.Compare(before, model.Manifest);
        bool differs = check?.Outcome == Reproduction.Differs;
        // A model that could not be made again is evidence; the new one goes beside it.
        if (differs && formerOutput is not null) output = new ModelFolder(output.FullPath + "-differs");

        output.Write(model);
        TrainingResult result = model.Manifest.Result;
        progress.Finished(new FinishedRun(
            output.FullPath,
            result.HeldOutPerplexity,
            result.HeldOutBitsPerByte,
            model.Manifest.Run.WallSeconds,
            check?.ToString(),
            check?.Reproduced));
        return differs ? TrainerExitCode.NotReproduced : TrainerExitCode.Done;
    }
}
