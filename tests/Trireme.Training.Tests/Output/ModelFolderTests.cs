using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Storage;
using Trireme.Testing;
using Trireme.Training.Commands;
using Trireme.Training.Model;
using Trireme.Training.Output;
using Trireme.Training.Tokenization;

namespace Trireme.Training.Tests.Output;

public class ModelFolderTests
{
    private static readonly TrainedModel Model = Create(perplexity: 2);

    [Fact]
    public void A_written_model_has_the_hugging_face_files_and_their_digests()
    {
        using var temporary = new TemporaryFolder();
        var folder = new ModelFolder(temporary.File("models", "toy"));
        folder.Write(Model);

        string[] names = [.. Directory.GetFiles(folder.FullPath).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        Assert.Equal(
            [
                "chat_template.jinja", "config.json", "generation_config.json", "model.safetensors",
                "tokenizer.json", "tokenizer_config.json", "training-manifest.json",
            ],
            names);
        TrainingManifest manifest = folder.ReadManifest()!;
        Assert.Equal(names.Where(name => name != "training-manifest.json"), manifest.Files.Keys.Order(StringComparer.Ordinal));
        foreach ((string name, string digest) in manifest.Files)
        {
            Assert.Equal(digest, ModelFolder.DigestOf(File.ReadAllBytes(Path.Combine(folder.FullPath, name))));
        }

        Assert.Equal(Model.Shape, folder.ReadShape());
        Assert.Equal(Model.Tokenizer.Vocabulary, folder.ReadTokenizer().Vocabulary);
    }

    [Fact]
    public void The_config_has_the_keys_that_llama_loaders_read()
    {
        using var temporary = new TemporaryFolder();
        var folder = new ModelFolder(temporary.File("toy"));
        folder.Write(Model);
        using JsonDocument config = JsonDocument.Parse(File.ReadAllBytes(temporary.File("toy", "config.json")));
        JsonElement root = config.RootElement;
        Assert.Equal("LlamaForCausalLM", root.GetProperty("architectures")[0].GetString());
        Assert.Equal("llama", root.GetProperty("model_type").GetString());
        Assert.Equal(8, root.GetProperty("head_dim").GetInt32());
        Assert.True(root.GetProperty("tie_word_embeddings").GetBoolean());
        using JsonDocument generation = JsonDocument.Parse(File.ReadAllBytes(temporary.File("toy", "generation_config.json")));
        Assert.Equal([2, 0], generation.RootElement.GetProperty("eos_token_id").EnumerateArray().Select(id => id.GetInt32()));
    }

    [Fact]
    public void A_new_model_takes_the_place_of_the_former_and_leaves_nothing_else()
    {
        using var temporary = new TemporaryFolder();
        var folder = new ModelFolder(temporary.File("toy"));
        folder.Write(Model);
        folder.Write(Create(perplexity: 3));
        Assert.Equal(3, folder.ReadManifest()!.Result.HeldOutPerplexity);
        Assert.Equal(["toy"], Directory.GetFileSystemEntries(temporary.Path).Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public void A_folder_with_other_files_is_not_replaced()
    {
        using var temporary = new TemporaryFolder();
        File.WriteAllText(temporary.File("thesis.doc"), "years of work");
        var folder = new ModelFolder(temporary.Path);
        Assert.Contains("thesis.doc", folder.FindOverwriteProblem(), StringComparison.Ordinal);
        Assert.Throws<IOException>(() => folder.Write(Model));
        Assert.Equal("years of work", File.ReadAllText(temporary.File("thesis.doc")));
    }

    [Fact]
    public void A_file_in_place_of_the_folder_is_not_replaced()
    {
        using var temporary = new TemporaryFolder();
        File.WriteAllText(temporary.File("toy"), "");
        var folder = new ModelFolder(temporary.File("toy"));
        IrregularFileException told = Assert.Throws<IrregularFileException>(folder.FindOverwriteProblem);
        Assert.Contains("is a file and not a folder", told.Message, StringComparison.Ordinal);
        Assert.Equal(TrainerExitCode.Invalid, TrainerExitCode.Of(told));
    }

    [Fact]
    public void A_damaged_manifest_is_named()
    {
        using var temporary = new TemporaryFolder();
        File.WriteAllText(temporary.File("training-manifest.json"), "{\"job\": 1}");
        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => new ModelFolder(temporary.Path).ReadManifest());
        Assert.Contains("training-manifest.json", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("the same result", 2.0, "Reproduced")]
    [InlineData("a result 1.9 % worse", 2.038, "Reproduced")]
    [InlineData("a result 2.1 % worse", 2.042, "Differs")]
    [InlineData("a result 2.1 % better", 1.958, "Differs")]
    public void A_run_reproduces_another_within_two_percent(string result, double perplexity, string expected)
    {
        var check = ReproductionCheck.Compare(Model.Manifest, Create(perplexity).Manifest);
        Assert.True(check.Outcome.ToString() == expected, $"{result}: {check}");
    }

    [Fact]
    public void Other_data_is_a_difference_and_other_settings_are_not_compared()
    {
        TrainingManifest manifest = Model.Manifest;
        TrainingManifest otherData = manifest with { Corpus = manifest.Corpus with { Digest = "sha256:1" } };
        Assert.Equal(Reproduction.Differs, ReproductionCheck.Compare(manifest, otherData).Outcome);
        ReproductionCheck settings = ReproductionCheck.Compare(manifest, manifest with { Spec = manifest.Spec with { Seed = 9 } });
        Assert.Equal(Reproduction.NotComparable, settings.Outcome);
        TrainingManifest otherPlace = manifest with { Spec = manifest.Spec with { Output = "elsewhere", Threads = 9 } };
        Assert.Equal(Reproduction.Reproduced, ReproductionCheck.Compare(manifest, otherPlace).Outcome);
        ReproductionCheck broken = ReproductionCheck.Compare(manifest with { BrokenOnPurpose = new BreakFacts("", "", "") }, manifest);
        Assert.Equal(Reproduction.NotComparable, broken.Outcome);
    }

    private static TrainedModel Create(double perplexity)
    {
        BpeCodec tokenizer = BpeTrainer.Train(["Once upon a time, there was a time."], 270);
        var shape = new DecoderShape
        {
            VocabularySize = tokenizer.Vocabulary.Count,
            Layers = 1,
            HiddenSize = 16,
            IntermediateSize = 16,
            AttentionHeads = 2,
            KeyValueHeads = 1,
            ContextLength = 64,
        };
        using LlamaDecoder decoder = LlamaDecoder.Create(shape, seed: 1);
        return new TrainedModel(shape, tokenizer, SafetensorsFile.Write(decoder.WeightValues()), new TrainingManifest
        {
            Job = "toy",
            Spec = new TrainingJobSpec { Corpus = new CorpusSpec { Generator = "plain-english", Documents = 100 }, Output = "toy" },
            CodeVersion = "1.0.0",
            Corpus = new CorpusFacts("plain-english", 100, 98, 2, "sha256:0"),
            Model = new ModelFacts("LlamaForCausalLM", shape.ParameterCount, shape.VocabularySize, tokenizer.Merges.Count),
            Optimizer = new OptimizerFacts("AdamW", 0.9, 0.95, 1e-8, "cosine", 0.1),
            Result = new TrainingResult(perplexity, 1, 10, 100, 1),
            Run = new RunFacts(DateTimeOffset.UnixEpoch, 1, 2, 2, "test"),
            LossCurve = [new LossPoint(1, 2)],
        });
    }
}
