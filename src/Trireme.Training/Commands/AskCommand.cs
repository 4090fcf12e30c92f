using System.CommandLine;
using Trireme.Training.Corpus;
using Trireme.Training.Generation;
using Trireme.Training.Model;
using Trireme.Training.Output;
using Trireme.Training.Progress;

namespace Trireme.Training.Commands;

/// <summary>Asks a trained model a question, without a server.</summary>
internal sealed class AskCommand
{
    private readonly Argument<string> _question = new("question") { Description = "What to ask, in quotes." };

    private readonly Option<string> _model = new("--model", "-m")
    {
        Description = "Folder of the model.",
        HelpName = "DIR",
        Required = true,
    };

    private readonly Option<double> _temperature = new("--temperature")
    {
        Description = "0, the default, gives the likeliest answer; 0.7 a livelier one.",
    };

    private readonly TimeProvider _time;

    public AskCommand(TimeProvider time)
    {
        _time = time;
        var progress = new CommandProgress(time);
        Command = new Command(
            "ask",
            $"""
            Asks a model that the trainer wrote a question.

            Exit codes: {TrainerExitCode.Done} it has answered;
            {TrainerExitCode.Failed} the arguments are wrong or the model cannot be read;
            {TrainerExitCode.Missing} a file of the model is not there;
            {TrainerExitCode.Invalid} a file of the model is wrong.
            """)
        {
            _question, _model, _temperature, progress.Option,
        };
        Command.SetAction((arguments, _) => progress.RunAsync(arguments, report => Ask(arguments, report)));
    }

    public Command Command { get; }

    private int Ask(ParseResult arguments, ITrainingProgress progress)
    {
        string question = arguments.GetValue(_question)!;
        var folder = new ModelFolder(arguments.GetValue(_model)!);
        using LlamaDecoder decoder = LlamaDecoder.Load(folder.ReadShape(), SafetensorsFile.Read(folder.ReadWeights()));
        var random = new SeededRandom((ulong)_time.GetTimestamp());
        var generator = new TextGenerator(decoder, folder.ReadTokenizer());
        progress.Sample(question, generator.Answer(question, arguments.GetValue(_temperature), random));
        return TrainerExitCode.Done;
    }
}
