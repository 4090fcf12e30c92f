using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;
using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Formats.Gguf.Writing;
using Trireme.Output;

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

    public static Command Create() =>
        new("model", "Measure, quantise and make model files.") { CreateFit(), CreateQuantize(), CreateRandom() };

    private static Command CreateFit()
    {
        Argument<FileSystemInfo> model = Model();
        var streams = new Option<int>("--streams")
        {
            Description = "Requests at once.",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        streams.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--streams must be at least 1.");
        });
        Option<OutputFormat> output = CommonOptions.Output();
        var command = new Command("fit", "Tell how much memory serving a model takes, without loading it.")
        {
            model, WorkerCommand.Context, streams, WorkerCommand.Weights, WorkerCommand.KvCacheType, WorkerCommand.Threads,
            WorkerCommand.BatchedTokens, output,
        };
        command.SetAction(parsed =>
        {
            var options = new EngineOptions
            {
                ModelName = "",
                ContextLength = parsed.GetValue(WorkerCommand.Context),
                Weights = WorkerCommand.Weights.Of(parsed),
                KvPrecision = WorkerCommand.KvCacheType.Of(parsed),
                Threads = parsed.GetValue(WorkerCommand.Threads),
            };
            if (parsed.GetValue(WorkerCommand.BatchedTokens) is { } tokens) options = options with { MaxBatchedTokens = tokens };
            int count = parsed.GetValue(streams);
            ModelFit fit = Checked(() => ModelFit.Of(parsed.GetValue(model)!.FullName, options, count));
            Print(fit, count, parsed.GetValue(output));
        });
        return command;
    }

    private static Command CreateQuantize()
    {
        Argument<FileSystemInfo> model = Model();
        var command = new Command("quantize", "Write a model as a GGUF file with its weights in another precision.")
        {
            model, Type, Target, Force, WorkerCommand.Threads,
        };
        command.SetAction((parsed, cancellationToken) => Write(parsed, progress => ModelQuantizer.Quantize(
            parsed.GetValue(model)!.FullName,
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
        var seed = new Option<long>("--seed") { Description = "Repeats the same weights.", HelpName = "N", DefaultValueFactory = _ => 1 };
        var command = new Command("random", "Write a GGUF file with random weights and a real model's shape, to measure with.")
        {
            shape, Type, Target, Force, seed, WorkerCommand.Threads,
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

    private static async Task<int> Write(ParseResult parsed, Action<Action<long, long>?> write)
    {
        FileInfo target = parsed.GetValue(Target)!;
        if (target.Exists && !parsed.GetValue(Force))
        {
            throw new CommandException($"{target.FullName} exists; name another file with --output-file, or replace it with --force");
        }

        ProgressBar? bar = Console.IsErrorRedirected ? null : new ProgressBar(Console.Error, TimeProvider.System);
        await Task.Run(() => Checked(() =>
        {
            write(bar is null ? null : bar.Show);
            return true;
        }));
        bar?.Clear();
        target.Refresh();
        await Console.Out.WriteLineAsync($"{target.FullName}: {Bytes(target.Length)}");
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
            throw new CommandException(exception.Message);
        }
    }

    private static void Print(ModelFit fit, int streams, OutputFormat format)
    {
        if (format is OutputFormat.Json or OutputFormat.Yaml)
        {
            var json = new JsonObject
            {
                ["contextLength"] = fit.ContextLength,
                ["streams"] = streams,
                ["weightBytes"] = fit.WeightBytes,
                ["kvCacheBytes"] = fit.KvCacheBytes,
                ["scratchBytes"] = fit.ScratchBytes,
                ["processBytes"] = fit.ProcessBytes,
                ["budgetBytes"] = fit.BudgetBytes,
                ["totalBytes"] = fit.TotalBytes,
            };
            ObjectPrinter.Print(json, format, Console.Out);
            return;
        }

        string contexts = streams == 1 ? $"1 stream of {fit.ContextLength} tokens" : $"{streams} streams of {fit.ContextLength} tokens";
        TablePrinter.Print(
            [
                ["PART", "MEMORY", "FOR"],
                ["weights", Bytes(fit.WeightBytes), "all matrices and vectors"],
                ["keys and values", Bytes(fit.KvCacheBytes), contexts],
                ["scratch", Bytes(fit.ScratchBytes), "one step"],
                ["budget", Bytes(fit.BudgetBytes), "the sum so far: the least --memory"],
                ["process", Bytes(fit.ProcessBytes), "runtime, server and tokenizer"],
                ["total", Bytes(fit.TotalBytes), "what the process will take"],
            ],
            Console.Out);
    }

    private static string Bytes(long bytes) => new ByteSize(bytes).ToRoundedText();

    private static string Word(TensorType type) => type.ToString().ToLowerInvariant();
}
