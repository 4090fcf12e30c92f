using System.Text;
using CsCheck;
using Trireme.Testing;
using Trireme.Training.Corpus;
using Trireme.Training.Tokenization;

namespace Trireme.Training.Tests.Tokenization;

public class BpeTests
{
    private static readonly IReadOnlyList<string> Documents = new PlainEnglishGenerator().Generate(1500, seed: 1);
    private static readonly BpeCodec Tokenizer = BpeTrainer.Train(Documents, 800);

    [Fact]
    public void The_same_text_gives_the_same_vocabulary()
    {
        BpeCodec again = BpeTrainer.Train(Documents, 800);
        Assert.Equal(Tokenizer.Vocabulary, again.Vocabulary);
        Assert.Equal(Tokenizer.Merges, again.Merges);
        Assert.Equal(800, again.Vocabulary.Count);
    }

    [Fact]
    public void Any_text_comes_back_from_its_tokens() =>
        Gen.String.Where(text => !text.Any(char.IsSurrogate)).Sample(
            text => Assert.Equal(text, Tokenizer.Decode(Tokenizer.Encode(text))),
            iter: 2000,
            threads: 1,
            seed: "000000000010");

    [Theory]
    [InlineData("Once upon a time, there was a dog.")]
    [InlineData("Größe, 猫 and 🚣 don't   matter\n\n\t!")]
    [InlineData("<|im_start|>user\nHi<|im_end|>\n<|end|>")]
    [InlineData("")]
    public void Text_of_any_script_comes_back(string text) => Assert.Equal(text, Tokenizer.Decode(Tokenizer.Encode(text)));

    [Fact]
    public void Documents_cost_far_fewer_tokens_than_bytes()
    {
        double bytes = Documents.Sum(Encoding.UTF8.GetByteCount);
        Assert.InRange(bytes / Documents.Sum(document => Tokenizer.Encode(document).Length), 3, 8);
    }

    [Fact]
    public void Special_tokens_are_one_token_each_with_the_ids_they_are_promised()
    {
        int[] promised = [SpecialTokens.EndId, SpecialTokens.TurnStartId, SpecialTokens.TurnEndId];
        Assert.Equal(promised, Tokenizer.Encode("<|end|><|im_start|><|im_end|>"));
    }

    [Fact]
    public void Merges_are_learned_from_the_most_frequent_pair_on()
    {
        BpeCodec small = BpeTrainer.Train(["abab abab cd", "ab"], 262);
        Assert.Equal(("a", "b"), small.Merges[0]);
        Assert.Equal(["ab"], Words(small, "ab"));
    }

    [Fact]
    public void A_vocabulary_stays_smaller_when_no_pair_repeats()
    {
        BpeCodec small = BpeTrainer.Train(["abc"], 1000);
        Assert.Equal(SpecialTokens.All.Count + 256, small.Vocabulary.Count);
    }

    [Fact]
    public void The_written_file_gives_the_same_ids()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), TokenizerFile.Write(Tokenizer).ToJsonString());
        BpeCodec read = TokenizerFile.Read(folder.File("tokenizer.json"));
        Assert.All(Documents.Take(200), document => Assert.Equal(Tokenizer.Encode(document), read.Encode(document)));
    }

    /// <summary>The fixture's ids were written by Hugging Face tokenizers, from a file of the same form.</summary>
    [Fact]
    public void A_file_of_hugging_face_tokenizers_gives_their_ids()
    {
        if (Fixtures.Find("engine/llama-tied") is not { } fixture)
        {
            Assert.Skip("The engine fixtures are not beside this checkout.");
            return;
        }

        BpeCodec tokenizer = TokenizerFile.Read(Path.Combine(fixture, "tokenizer.json"));
        // The fixture has four special tokens of its own; texts without them are tokenized alike.
        ExpectedCase[] plain =
            [.. ExpectedCase.ReadAll(fixture).Where(expected => expected.Text?.Contains("<|", StringComparison.Ordinal) == false)];
        Assert.NotEmpty(plain);
        Assert.All(plain, expected => Assert.Equal(expected.TokenIds, tokenizer.Encode(expected.Text!)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"model\":{\"vocab\":{\"a\":1},\"merges\":[]}}")]
    [InlineData("{\"model\":{\"vocab\":{\"a\":\"x\"},\"merges\":[]}}")]
    [InlineData("{\"model\":{\"merges\":[]}}")]
    public void A_file_of_another_form_is_refused(string content)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), content);
        Assert.Throws<InvalidDataException>(() => TokenizerFile.Read(folder.File("tokenizer.json")));
    }

    private static string[] Words(BpeCodec tokenizer, string text) =>
        [.. tokenizer.Encode(text).Select(id => tokenizer.Vocabulary[id])];
}
