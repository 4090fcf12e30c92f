using CsCheck;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Storage;
using Trireme.Testing;
using Trireme.Training.Jobs;

namespace Trireme.Training.Tests.Jobs;

public class TrainingJobFileTests
{
    private const string Valid = """
        apiVersion: trireme.dev/v1alpha1
        kind: TrainingJob
        metadata:
          name: toy
        spec:
          corpus:
            generator: plain-english
            documents: 1000
          model:
            hiddenSize: 64
          training:
            steps: 100
            learningRate: 1e-3
          output: models/toy
        """;

    [Fact]
    public void A_manifest_is_read_with_defaults_for_what_it_leaves_out()
    {
        (TrainingJob? job, IReadOnlyList<string> errors) = TrainingJobFile.Parse(Valid);
        Assert.Empty(errors);
        Assert.Equal("toy", job!.Metadata.Name);
        TrainingJobSpec spec = job.Spec;
        Assert.Equal((64, 4, 1), (spec.Model.HiddenSize, spec.Model.Layers, spec.Seed));
        Assert.Equal((100, 0.001), (spec.Training.Steps, spec.Training.LearningRate));
    }

    [Theory]
    [InlineData("a misspelled field", "hiddenSize: 64", "hidenSize: 64", "\"spec.model.hidenSize\", did you mean \"hiddenSize\"?")]
    [InlineData("a misspelled section", "training:", "trainig:", "unknown field \"spec.trainig\", did you mean \"training\"?")]
    [InlineData("a missing field", "documents: 1000", "", "spec.corpus.documents: must be set")]
    [InlineData("a value out of range", "documents: 1000", "documents: 5", "spec.corpus.documents: 5 is too small; must be at least 100")]
    [InlineData("text for a number", "steps: 100", "steps: many", "spec.training.steps: must be a 32-bit integer, not the string \"many\"")]
    [InlineData("an unknown generator", "plain-english", "plain-englich", "did you mean \"plain-english\"?")]
    [InlineData("heads that do not divide", "hiddenSize: 64", "attentionHeads: 7", "attentionHeads: 7 must divide hiddenSize (128)")]
    [InlineData("heads of odd size", "hiddenSize: 64", "hiddenSize: 72", "spec.model.attentionHeads: 8 heads have 9 dimensions each")]
    [InlineData("rows that are too long", "steps: 100", "sequenceLength: 1024", "1024 must be at most model.contextLength (512)")]
    [InlineData("another kind", "kind: TrainingJob", "kind: Release", "not a \"trireme.dev/v1alpha1 TrainingJob\"")]
    [InlineData("a list for a word", "name: toy", "name: [toy]", "metadata.name: must be a string, not a list")]
    [InlineData("broken YAML", "kind: TrainingJob", "kind: [", "bracket")]
    public void An_error_names_the_field(string mistake, string right, string wrong, string message)
    {
        string text = Valid.Replace(right, wrong);
        Assert.NotEqual(Valid, text);
        (TrainingJob? job, IReadOnlyList<string> errors) = TrainingJobFile.Parse(text);
        Assert.True(job is null, mistake);
        Assert.True(errors.Any(error => error.Contains(message, StringComparison.Ordinal)), $"{mistake}: {string.Join("; ", errors)}");
    }

    [Fact]
    public void An_empty_section_takes_its_defaults()
    {
        (TrainingJob? job, IReadOnlyList<string> errors) = TrainingJobFile.Parse(Valid.Replace("    hiddenSize: 64\n", ""));
        Assert.Empty(errors);
        Assert.Equal(128, job!.Spec.Model.HiddenSize);
    }

    [Theory]
    [InlineData("")]
    [InlineData("just text")]
    [InlineData("- a\n- b")]
    [InlineData("a: 1\n---\na: 2")]
    [InlineData("? [a, b]\n: 1")]
    [InlineData("a: 1\na: 2")]
    public void What_is_no_manifest_is_refused(string text)
    {
        (TrainingJob? job, IReadOnlyList<string> errors) = TrainingJobFile.Parse(text);
        Assert.Null(job);
        Assert.Single(errors);
    }

    [Theory]
    [InlineData("/", "/ is a folder, not a file")]
    [InlineData(
        "/dev/zero",
        "/dev/zero is a device and not a file; name a file instead.")]
    public void What_is_no_readable_file_is_said(string path, string error) =>
        Assert.Equal(error, Assert.Throws<IrregularFileException>(() => TrainingJobFile.Read(path)).Message);

    [Fact]
    public void A_file_is_read_to_the_bound()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("job.yaml");
        using (FileStream file = File.Create(path)) file.SetLength((1 << 20) + 1);
        Assert.Equal("it is larger than 1Mi", Assert.Single(TrainingJobFile.Read(path).Errors));
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        FileNotFoundException told = Assert.Throws<FileNotFoundException>(() => TrainingJobFile.Read("/no/such.yaml"));
        Assert.Contains("/no/such.yaml does not exist", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_manifests_give_errors_and_never_exceptions()
    {
        Gen.Select(Gen.Int[0, Valid.Length - 1], Gen.Char[" :{}[]&*!|>'\"%@`-\t\n#a0~?,"], Gen.Int[0, 40]).Sample(
            (position, letter, removed) =>
            {
                string damaged = Valid[..position] + letter + Valid[Math.Min(Valid.Length, position + removed)..];
                (TrainingJob? job, IReadOnlyList<string> errors) = TrainingJobFile.Parse(damaged);
                Assert.True(job is null == errors.Count > 0);
            },
            iter: 3000,
            seed: "000000000040");
    }

    [Theory]
    [InlineData("train-tiny.yaml", "samples/models/tiny")]
    [InlineData("train-tiny-better.yaml", "samples/models/tiny-better")]
    public void The_sample_manifests_are_valid(string file, string output)
    {
        (TrainingJob? job, IReadOnlyList<string> errors) = TrainingJobFile.Read(Repository.PathOf("samples", "training", file));
        Assert.Empty(errors);
        Assert.Equal(output, job!.Spec.Output);
    }
}
