using System.CommandLine;
using System.Text.Json;
using Trireme.Testing;
using Trireme.Training.Commands;
using Trireme.Training.Output;
using Trireme.Training.Tests.Samples;

namespace Trireme.Training.Tests.Commands;

public class TrainerCommandsTests
{
    private const string Toy = """
        apiVersion: trireme.dev/v1alpha1
        kind: TrainingJob
        metadata: {name: toy}
        spec:
          corpus: {generator: plain-english, documents: 300, heldOut: 0.1}
          tokenizer: {vocabularySize: 400}
          model: {layers: 1, hiddenSize: 32, intermediateSize: 64, attentionHeads: 2, keyValueHeads: 1, contextLength: 64}
          training: {steps: 3, batchSize: 2, sequenceLength: 32, warmupSteps: 1}
          threads: 1
          output: OUTPUT
        """;

    [Fact]
    public async Task A_second_run_reproduces_the_first()
    {
        using var folder = new TemporaryFolder();
        string file = WriteJob(folder);
        (int code, string output, _) = await Run("train", "--filename", file);
        Assert.Equal(TrainerExitCode.Done, code);
        Assert.Contains("step 3/3", output, StringComparison.Ordinal);
        Assert.Contains("held-out perplexity", output, StringComparison.Ordinal);
        Assert.Contains($"model written to {folder.File("toy")}", output, StringComparison.Ordinal);

        (code, output, _) = await Run("train", "--filename", file, "--output-dir", folder.File("again"));
        Assert.Equal(TrainerExitCode.Done, code);
        Assert.Contains("reproduced: held-out perplexity", output, StringComparison.Ordinal);
        Assert.Equal(new ModelFolder(folder.File("toy")).ReadWeights(), new ModelFolder(folder.File("again")).ReadWeights());
    }

    [Fact]
    public async Task A_model_that_cannot_be_made_again_is_kept_beside_the_new_one()
    {
        using var folder = new TemporaryFolder();
        string file = WriteJob(folder);
        await Run("train", "--filename", file);
        string manifest = folder.File("toy", ModelFolder.ManifestName);
        string digest = new ModelFolder(folder.File("toy")).ReadManifest()!.Corpus.Digest;
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace(digest, "sha256:" + new string('0', 64)));

        (int code, string output, _) = await Run("train", "--filename", file);
        Assert.Equal(TrainerExitCode.NotReproduced, code);
        Assert.Contains("NOT reproduced: the training data differs", output, StringComparison.Ordinal);
        Assert.True(File.Exists(folder.File("toy-differs", "model.safetensors")));
        Assert.Contains("0000000", File.ReadAllText(manifest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_progress_is_one_object_per_line()
    {
        using var folder = new TemporaryFolder();
        (int code, string output, _) = await Run("train", "--filename", WriteJob(folder), "--progress", "json");
        Assert.Equal(TrainerExitCode.Done, code);
        string[] texts = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        JsonElement[] lines = [.. texts.Select(line => JsonElement.Parse(line))];
        JsonElement last = lines[^1];
        Assert.Equal("finished", last.GetProperty("event").GetString());
        Assert.True(last.GetProperty("heldOutPerplexity").GetDouble() > 1);
        JsonElement step = lines.Last(line => line.GetProperty("event").GetString() == "step");
        Assert.Equal((3, 3), (step.GetProperty("step").GetInt32(), step.GetProperty("steps").GetInt32()));
        JsonElement[] samples = [.. lines.Where(line => line.GetProperty("event").GetString() == "sample")];
        Assert.Contains(samples, sample => sample.GetProperty("question").GetString() == "What do cows say?");
    }

    [Fact]
    public async Task A_cancelled_run_says_so_and_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        string file = WriteJob(folder);
        (int code, _, string errors) = await Run(new CancellationToken(canceled: true), "train", "--filename", file);
        Assert.Equal(TrainerExitCode.Cancelled, code);
        Assert.Contains("Stopped on request; no model was written.", errors, StringComparison.Ordinal);
        Assert.Equal(["job.yaml"], Directory.GetFileSystemEntries(folder.Path).Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public async Task A_wrong_manifest_ends_with_the_field_and_writes_nothing()
    {
        using var folder = new TemporaryFolder();
        string file = WriteJob(folder, text => text.Replace("steps:", "step:"));
        (int code, _, string errors) = await Run("train", "--filename", file);
        Assert.Equal(TrainerExitCode.Invalid, code);
        Assert.Contains("unknown field \"spec.training.step\", did you mean \"steps\"?", errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("toy")));
    }

    [Fact]
    public async Task A_folder_with_other_files_is_refused_before_training()
    {
        using var folder = new TemporaryFolder();
        (int code, string output, string errors) = await Run("train", "--filename", WriteJob(folder), "--output-dir", folder.Path);
        Assert.Equal(TrainerExitCode.Failed, code);
        Assert.Contains("holds \"job.yaml\"", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("step", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_copy_has_the_same_weights_and_predicts_far_worse()
    {
        using var folder = new TemporaryFolder();
        await Run("train", "--filename", WriteJob(folder, text => text.Replace("steps: 3,", "steps: 60, learningRate: 0.01,")));
        var copy = new ModelFolder(folder.File("broken"));
        TokenizerBreaker.Run(new ModelFolder(folder.File("toy")), copy, TestContext.Current.CancellationToken);

        TrainingManifest sound = new ModelFolder(folder.File("toy")).ReadManifest()!;
        TrainingManifest broken = copy.ReadManifest()!;
        Assert.Equal("tokenizer-order", broken.BrokenOnPurpose!.Kind);
        Assert.Equal(sound.Files["model.safetensors"], broken.Files["model.safetensors"]);
        Assert.Equal(sound.Files["tokenizer.json"], broken.BrokenOnPurpose.SourceDigest);
        Assert.NotEqual(sound.Files["tokenizer.json"], broken.Files["tokenizer.json"]);
        Assert.True(broken.Result.HeldOutPerplexity > 2 * sound.Result.HeldOutPerplexity, $"{broken.Result} against {sound.Result}");
    }

    [Theory]
    [InlineData("", "Required command")]
    [InlineData("train", "'--filename' is required")]
    [InlineData("ask hello", "'--model' is required")]
    [InlineData("ask --model models/tiny", "Required argument missing")]
    [InlineData("train -f a.yaml --progress loud", "loud")]
    [InlineData("--break-tokenizer models/tiny", "--break-tokenizer")]
    public async Task Wrong_arguments_are_explained(string arguments, string message)
    {
        (int code, _, string errors) = await Run(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(1, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help", "train", "ask")]
    [InlineData("train --help", "--filename", "--output-dir", "--progress", "Exit codes: 0", "9 the model is written but differs", "130")]
    [InlineData("ask --help", "<question>", "--model", "--temperature", "Exit codes: 0")]
    public async Task Help_names_what_a_command_takes_and_how_it_ends(string arguments, params string[] parts)
    {
        (int code, string output, _) = await Run(arguments.Split(' '));
        Assert.Equal(0, code);
        string text = string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.All(parts, part => Assert.Contains(part, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_model_is_asked_from_its_folder()
    {
        using var folder = new TemporaryFolder();
        await Run("train", "--filename", WriteJob(folder));
        (int code, string output, _) = await Run("ask", "Hello, who are you?", "--model", folder.File("toy"), "--progress", "json");
        Assert.Equal(TrainerExitCode.Done, code);
        JsonElement sample = JsonElement.Parse(output);
        Assert.Equal("sample", sample.GetProperty("event").GetString());
        Assert.Equal("Hello, who are you?", sample.GetProperty("question").GetString());
    }

    [Fact]
    public async Task A_folder_without_a_model_is_a_failure_that_names_the_file()
    {
        using var folder = new TemporaryFolder();
        (int code, _, string errors) = await Run("ask", "Hello", "--model", folder.Path);
        Assert.Equal(TrainerExitCode.Missing, code);
        Assert.Contains("config.json", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such.yaml", TrainerExitCode.Missing)]
    [InlineData("/dev/zero", TrainerExitCode.Invalid)]
    [InlineData("/", TrainerExitCode.Invalid)]
    public async Task What_is_no_manifest_ends_as_with_every_command(string file, int expected)
    {
        (int code, _, string errors) = await Run("train", "--filename", file);
        Assert.Equal(expected, code);
        Assert.Contains(file, errors, StringComparison.Ordinal);
    }

    private static string WriteJob(TemporaryFolder folder, Func<string, string>? change = null)
    {
        string file = folder.File("job.yaml");
        string text = Toy.Replace("OUTPUT", folder.File("toy"));
        File.WriteAllText(file, change is null ? text : change(text));
        return file;
    }

    private static Task<(int Code, string Output, string Errors)> Run(params string[] arguments) =>
        Run(TestContext.Current.CancellationToken, arguments);

    private static async Task<(int Code, string Output, string Errors)> Run(CancellationToken cancellationToken, params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var configuration = new InvocationConfiguration { Output = output, Error = errors, ProcessTerminationTimeout = null };
        int code = await TrainerCommands.Create(TimeProvider.System).Parse(arguments).InvokeAsync(configuration, cancellationToken);
        return (code, output.ToString(), errors.ToString());
    }
}
