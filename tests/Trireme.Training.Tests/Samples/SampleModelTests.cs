using Trireme.Testing;
using Trireme.Training.Corpus;
using Trireme.Training.Generation;
using Trireme.Training.Model;
using Trireme.Training.Output;
using Trireme.Training.Tokenization;

namespace Trireme.Training.Tests.Samples;

/// <summary>The models that are committed under samples/models.</summary>
public class SampleModelTests
{
    private const long LargestModelBytes = 8_000_000;
    private const long LargestTotalBytes = 20_000_000;

    private static readonly ModelFolder Tiny = Folder("tiny");
    private static readonly ModelFolder Better = Folder("tiny-better");
    private static readonly ModelFolder Broken = Folder("tiny-broken");

    [Theory]
    [InlineData("tiny")]
    [InlineData("tiny-better")]
    [InlineData("tiny-broken")]
    public void Every_file_has_the_digest_its_manifest_says(string model)
    {
        ModelFolder folder = Folder(model);
        TrainingManifest manifest = folder.ReadManifest()!;
        Assert.Equal(6, manifest.Files.Count);
        foreach ((string name, string digest) in manifest.Files)
        {
            Assert.Equal(digest, ModelFolder.DigestOf(File.ReadAllBytes(Path.Combine(folder.FullPath, name))));
        }

        Assert.Equal(folder.ReadShape().ParameterCount, manifest.Model.Parameters);
        Assert.Null(folder.FindOverwriteProblem());
    }

    [Fact]
    public void The_models_are_small_enough_to_clone()
    {
        long[] sizes = [.. new[] { Tiny, Better, Broken }.Select(SizeOf)];
        Assert.All(sizes, size => Assert.InRange(size, 100_000, LargestModelBytes));
        Assert.InRange(sizes.Sum(), 0, LargestTotalBytes);

        static long SizeOf(ModelFolder folder) => Directory.GetFiles(folder.FullPath).Sum(file => new FileInfo(file).Length);
    }

    [Fact]
    public void The_better_model_predicts_held_out_text_at_least_five_percent_better()
    {
        TrainingManifest tiny = Tiny.ReadManifest()!;
        TrainingManifest better = Better.ReadManifest()!;
        Assert.Equal(tiny.Corpus.Digest, better.Corpus.Digest);
        Assert.Equal(tiny.Files[ModelFolder.TokenizerName], better.Files[ModelFolder.TokenizerName]);
        Assert.True(better.Result.HeldOutPerplexity < tiny.Result.HeldOutPerplexity * 0.95, $"{better.Result} against {tiny.Result}");
    }

    [Fact]
    public void The_broken_model_says_that_it_is_broken_and_how()
    {
        TrainingManifest tiny = Tiny.ReadManifest()!;
        TrainingManifest broken = Broken.ReadManifest()!;
        Assert.Null(tiny.BrokenOnPurpose);
        Assert.Equal("tokenizer-order", broken.BrokenOnPurpose!.Kind);
        Assert.Equal(tiny.Files[ModelFolder.WeightsName], broken.Files[ModelFolder.WeightsName]);
        Assert.Equal(tiny.Files[ModelFolder.TokenizerName], broken.BrokenOnPurpose.SourceDigest);
        Assert.True(broken.Result.HeldOutPerplexity > 100 * tiny.Result.HeldOutPerplexity, broken.Result.ToString());
    }

    [Fact]
    public void The_broken_model_is_what_breaking_the_first_one_gives()
    {
        using var folder = new TemporaryFolder();
        var again = new ModelFolder(folder.File("tiny-broken"));
        string answer = TokenizerBreaker.Run(Tiny, again, TestContext.Current.CancellationToken);
        TrainingManifest committed = Broken.ReadManifest()!;
        TrainingManifest made = again.ReadManifest()!;
        Assert.Equal(committed.Files, made.Files);
        Assert.Equal(committed.BrokenOnPurpose, made.BrokenOnPurpose);
        Assert.Equal(committed.Result.HeldOutTokens, made.Result.HeldOutTokens);
        double change = (made.Result.HeldOutPerplexity / committed.Result.HeldOutPerplexity) - 1;
        Assert.InRange(change, -ReproductionCheck.Tolerance, ReproductionCheck.Tolerance);
        Assert.DoesNotContain(" dog named ", answer, StringComparison.Ordinal);
    }

    /// <summary>Not a test: writes the committed model again, for eng/make-broken-sample.</summary>
    [Fact(Explicit = true)]
    public void Make_the_broken_model() => TokenizerBreaker.Run(Tiny, Broken, TestContext.Current.CancellationToken);

    /// <summary>A change of the generator that changes the data would make the committed models impossible to reproduce.</summary>
    [Fact]
    public void The_generator_still_writes_the_data_the_models_were_trained_on()
    {
        TrainingManifest manifest = Tiny.ReadManifest()!;
        Assert.Equal(manifest.Corpus.Digest, TrainingCorpus.Generate(manifest.Spec.Corpus, manifest.Spec.Seed).Digest);
    }

    [Theory]
    [InlineData("train-tiny.yaml", "tiny")]
    [InlineData("train-tiny-better.yaml", "tiny-better")]
    public void A_model_was_trained_with_the_settings_of_its_sample_manifest(string file, string model)
    {
        (Contracts.Resources.TrainingJob? job, _) = Training.Jobs.TrainingJobFile.Read(Repository.PathOf("samples", "training", file));
        TrainingManifest manifest = Folder(model).ReadManifest()!;
        Assert.Equal(Reproduction.Reproduced, ReproductionCheck.Compare(manifest, manifest with { Spec = job!.Spec }).Outcome);
    }

    [Theory]
    [InlineData("Hello, who are you?", "Trireme")]
    [InlineData("What is the opposite of big?", "small")]
    [InlineData("What is 3 plus 4?", "7")]
    [InlineData("What do cows say?", "moo")]
    [InlineData("Tell me a short story about a dog.", " dog named ")]
    public void The_models_answer_simple_questions(string question, string expected)
    {
        Assert.Contains(expected, AnswerOf(Tiny, question), StringComparison.Ordinal);
        Assert.Contains(expected, AnswerOf(Better, question), StringComparison.Ordinal);
    }

    /// <summary>The first release mixes up who lives where; that is what training longer is for.</summary>
    [Fact]
    public void The_better_model_knows_what_the_first_one_mixes_up() =>
        Assert.Contains("sea", AnswerOf(Better, "Where do fish live?"), StringComparison.Ordinal);

    [Fact]
    public void A_shuffled_vocabulary_keeps_special_tokens_and_text()
    {
        BpeCodec sound = Tiny.ReadTokenizer();
        BpeCodec broken = Broken.ReadTokenizer();
        const string Text = "<|im_start|>user\nTell me a story.<|im_end|>\n";
        Assert.Equal(Text, broken.Decode(broken.Encode(Text)));
        Assert.Equal(sound.Vocabulary.Take(SpecialTokens.All.Count), broken.Vocabulary.Take(SpecialTokens.All.Count));
        Assert.Equal(sound.Vocabulary.Order(StringComparer.Ordinal), broken.Vocabulary.Order(StringComparer.Ordinal));
        Assert.InRange(sound.Vocabulary.Where((token, id) => broken.Vocabulary[id] == token).Count(), 3, 30);
    }

    private static string AnswerOf(ModelFolder folder, string question)
    {
        using LlamaDecoder decoder = LlamaDecoder.Load(folder.ReadShape(), SafetensorsFile.Read(folder.ReadWeights()));
        var generator = new TextGenerator(decoder, folder.ReadTokenizer());
        return generator.Answer(question, temperature: 0, new SeededRandom(1), limit: 60);
    }

    private static ModelFolder Folder(string name) => new(Repository.PathOf("samples", "models", name));
}
