using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Formats.Gguf.Writing;
using Trireme.Output;
using Trireme.Worker;

namespace Trireme.Commands;

/// <summary>Commands that read and write model files on this machine.</summary>
internal static class ModelCommand
{
    private static readonly ChoiceOption<TensorType> Type = new(
        "--type",
        "How the weights are stored; with q4_0 the embedding and output matrices take q8_0.",
        [.. ModelQuantizer.Types.OrderByDescending(type => type == TensorType.Q8_0).Select(type => (Word(type), type))]);

    private static readonly Option<FileInfo> Target = new("--output-file")
    {
        Description = "GGUF file to write.",
        HelpName = "FILE",
        Required = true,
    };

    private static readonly Option<bool> Force = new("--force") { Description = "Replace the file when it exists." };

    private static readonly Option<OutputFormat> Output = CommonOptions.Output(OutputFormat.Text, OutputFormat.Json, OutputFormat.Yaml);

    public static Command Create() =>
        new("model", "Measure, quantise and make model files.") { CreateFit(), CreateQuantize(), CreateRandom() };

    private static Command CreateFit()
    {
        Argument<FileSystemInfo> model = Model();
        Option<int> streams = NumberOption.Of("--streams", "Requests at once.", 1, int.MaxValue, 1);
        Option<OutputFormat> output = CommonOptions.Output(OutputFormat.Table, OutputFormat.Json, OutputFormat.Yaml);
        var command = new Command("fit", "Tell how much memory serving a model takes, without loading it.")
        {
            model, WorkerCommand.Context, streams, WorkerCommand.Weights, WorkerCommand.KvCacheType, WorkerCommand.Threads,
            WorkerCommand.BatchedTokens, output,
        };
        AdapterFlags.AddTo(command);
        SpeculationFlags.AddTo(command);
        command.SetAction(parsed =>
        {
            int count = parsed.GetValue(streams);
            string path = Existing(parsed, model);
            EngineOptions options = ReadOptions(parsed, path);
            if (options.Speculation?.DraftModel is { } draft) CommandException.ThrowIfMissing(draft);
            foreach ((_, string adapter) in options.Lora?.Adapters ?? []) CommandException.ThrowIfMissing(adapter);
            ModelFit fit = Checked(() => ModelFit.Of(path, options, count));
            ModelFitPrinter.Print(fit, count, parsed.GetValue(output), Console.Out);
        });
        return command;
    }

    /// <summary>What the worker makes of the same options.</summary>
    private static EngineOptions ReadOptions(ParseResult parsed, string path)
    {
        var options = new EngineOptions
        {
            ModelName = "",
            ContextLength = parsed.GetValue(WorkerCommand.Context),
            Weights = WorkerCommand.Weights.Of(parsed),
            KvPrecision = WorkerCommand.KvCacheType.Of(parsed),
            Threads = parsed.GetValue(WorkerCommand.Threads),
            Lora = AdapterFlags.Read(parsed, new WorkerOptions { ModelPath = path }).ToLoraOptions(),
            Speculation = SpeculationFlags.Read(parsed),
        };
        return parsed.GetValue(WorkerCommand.BatchedTokens) is { } tokens ? options with { MaxBatchedTokens = tokens } : options;
    }

    private static Command CreateQuantize()
    {
        Argument<FileSystemInfo> model = Model();
        var command = new Command("quantize", "Write a model as a GGUF file with its weights in another precision.")
        {
            model, Type, Target, Force, WorkerCommand.Threads, Output,
        };
        command.SetAction((parsed, cancellationToken) => Write(parsed, progress => ModelQuantizer.Quantize(
            Existing(parsed, model),
            parsed.GetValue(Target)!.FullName,
            Type.Of(parsed),
            parsed.GetValue(WorkerCommand.Threads),
            progress,
            cancellationToken)));
        return command;
    }

    private static Command CreateRandom()
    {
        var shape = new ChoiceOption<ModelShape>(
            "--shape", "The model whose shape it has.", [.. ModelShape.Known.Select(known => (known.Name, known))]);
        Option<long> seed = NumberOption.Of("--seed", "Repeats the same weights.", long.MinValue, long.MaxValue, 1L);
        var command = new Command("random", "Write a GGUF file with random weights and a real model's shape, to measure with.")
        {
            shape, Type, Target, Force, seed, WorkerCommand.Threads, Output,
        };
        command.SetAction((parsed, cancellationToken) => Write(parsed, progress => RandomModel.Write(
            shape.Of(parsed),
            Type.Of(parsed),
            parsed.GetValue(Target)!.FullName,
            parsed.GetValue(seed),
            parsed.GetValue(WorkerCommand.Threads),
            progress,
            cancellationToken)));
        return command;
    }

    private static Argument<FileSystemInfo> Model() =>
        new("model") { Description = "Folder in Hugging Face layout, or a GGUF file.", HelpName = "PATH" };

    private static string Existing(ParseResult parsed, Argument<FileSystemInfo> model)
    {
        string path = parsed.GetValue(model)!.FullName;
        CommandException.ThrowIfMissing(path);
        return path;
    }

    private static async Task<int> Write(ParseResult parsed, Action<Action<long, long>?> write)
    {
        FileInfo target = parsed.GetValue(Target)!;
        TargetFile.Check(target.FullName);
        if (target.Exists && !parsed.GetValue(Force))
        {
            throw new CommandException($"{target.FullName} exists; name another file with --output-file, or replace it with --force");
        }

        using (var line = ProgressLine.Open())
        {
            var bar = new ProgressBar(line, TimeProvider.System);
            await Task.Run(() => Checked(() =>
            {
                write(bar.Show);
                return true;
            }));
        }

        target.Refresh();
        OutputFormat format = parsed.GetValue(Output);
        if (format == OutputFormat.Text)
        {
            await Console.Out.WriteLineAsync($"{target.FullName}: {new ByteSize(target.Length).ToRoundedText()}");
        }
        else
        {
            ObjectPrinter.Print(new JsonObject { ["file"] = target.FullName, ["bytes"] = target.Length }, format, Console.Out);
        }

        return ExitCode.Success;
    }

    /// <summary>Tells what is wrong with a model or a file as an error of the command.</summary>
    private static T Checked<T>(Func<T> run)
    {
        try
        {
            return run();
        }
        catch (Exception exception) when (exception is ModelFormatException or EngineStartException or IOException
            or UnauthorizedAccessException)
        {
            throw new CommandException(exception.Message, ExitCode.OfFile(exception), exception);
        }
    }

    private static string Word(TensorType type) => type.ToString().ToLowerInvariant();
}
