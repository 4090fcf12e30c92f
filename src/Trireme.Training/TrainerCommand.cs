using System.CommandLine;
using System.CommandLine.Parsing;
using Trireme.Contracts.Resources;
using Trireme.Training.Corpus;
using Trireme.Training.Generation;
using Trireme.Training.Jobs;
using Trireme.Training.Model;
using Trireme.Training.Native;
using Trireme.Training.Output;
using Trireme.Training.Progress;

namespace Trireme.Training;

/// <summary>The command line of the trainer.</summary>
internal sealed class TrainerCommand
{
    private readonly Option<string> _file = new("--file", "-f") { Description = "TrainingJob manifest to run." };
    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "Folder for the model, instead of the one in the manifest.",
    };

    private readonly Option<string> _progress = new("--progress")
    {
        Description = "auto: one refreshing line on a terminal, else a line every few seconds; plain: always lines; "
            + "json: one object per line.",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string> _breakTokenizer = new("--break-tokenizer")
    {
        Description = "Copies the model in this folder to --output with the vocabulary in another order, to rehearse a release that fails.",
    };

    private readonly Option<string> _ask = new("--ask") { Description = "Asks the model in --model a question." };
    private readonly Option<string> _model = new("--model") { Description = "Folder of the model to ask." };
    private readonly Option<double> _temperature = new("--temperature")
    {
        Description = "0, the default, gives the likeliest answer; 0.7 a livelier one.",
    };

    private readonly TimeProvider _time;

    public TrainerCommand(TimeProvider time)
    {
        _time = time;
        _progress.AcceptOnlyFromAmong("auto", "plain", "json");
        Root = new RootCommand("Trains a small language model from scratch and writes it in Hugging Face layout.")
        {
            _file, _output, _progress, _breakTokenizer, _ask, _model, _temperature,
        };
        Root.Validators.Add(RequireOneTask);
        Root.SetAction(Execute);
    }

    public RootCommand Root { get; }

    private void RequireOneTask(CommandResult result)
    {
        if (new Option[] { _file, _breakTokenizer, _ask }.Count(Given) != 1)
        {
            result.AddError("Name one task: --file JOB to train, --break-tokenizer FOLDER to copy a model badly, or --ask QUESTION.");
        }

        if (Given(_breakTokenizer) && !Given(_output)) result.AddError("--break-tokenizer needs --output, the folder for the copy.");
        if (Given(_ask) && !Given(_model)) result.AddError("--ask needs --model, the folder of the model to ask.");

        bool Given(Option option) => result.GetResult(option) is not null;
    }

    private Task<int> Execute(ParseResult arguments, CancellationToken cancellationToken)
    {
        ITrainingProgress progress = CreateProgress(arguments);
        try
        {
            TorchRuntime.Load();
            int code = arguments.GetValue(_ask) is { } question ? Ask(question, arguments, progress)
                : arguments.GetValue(_breakTokenizer) is { } source ? Break(source, arguments, progress, cancellationToken)
                : Train(arguments, progress, cancellationToken);
            return Task.FromResult(code);
        }
        catch (OperationCanceledException)
        {
            progress.Failed("Stopped on request; no model was written.");
            return Task.FromResult(ExitCodes.Cancelled);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            progress.Failed(exception.Message);
            return Task.FromResult(ExitCodes.Failed);
        }
    }

    private int Train(ParseResult arguments, ITrainingProgress progress, CancellationToken cancellationToken)
    {
        string file = arguments.GetValue(_file)!;
        (TrainingJob? job, IReadOnlyList<string> errors) = TrainingJobFile.Read(file);
        if (job is null)
        {
            progress.Failed($"{file} cannot be run:\n  " + string.Join("\n  ", errors));
            return ExitCodes.Failed;
        }

        var planned = new ModelFolder(job.Spec.Output);
        ModelFolder output = arguments.GetValue(_output) is { } other ? new ModelFolder(other) : planned;
        if (output.FindOverwriteProblem() is { } obstacle)
        {
            progress.Failed(obstacle);
            return ExitCodes.Failed;
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
        return differs ? ExitCodes.NotReproduced : ExitCodes.Done;
    }

    private int Break(string source, ParseResult arguments, ITrainingProgress progress, CancellationToken cancellationToken)
    {
        var target = new ModelFolder(arguments.GetValue(_output)!);
        return TokenizerBreaker.Run(new ModelFolder(source), target, progress, cancellationToken);
    }

    private int Ask(string question, ParseResult arguments, ITrainingProgress progress)
    {
        var folder = new ModelFolder(arguments.GetValue(_model)!);
        using LlamaDecoder decoder = LlamaDecoder.Load(folder.ReadShape(), SafetensorsFile.Read(folder.ReadWeights()));
        var random = new SeededRandom((ulong)_time.GetTimestamp());
        var generator = new TextGenerator(decoder, folder.ReadTokenizer());
        progress.Sample(question, generator.Answer(question, arguments.GetValue(_temperature), random));
        return ExitCodes.Done;
    }

    private ITrainingProgress CreateProgress(ParseResult arguments)
    {
        InvocationConfiguration streams = arguments.InvocationConfiguration;
        string kind = arguments.GetValue(_progress)!;
        return kind == "json"
            ? new JsonProgress(streams.Output, _time)
            : new TextProgress(streams.Output, streams.Error, refreshes: kind == "auto" && !Console.IsOutputRedirected, _time);
    }
}
