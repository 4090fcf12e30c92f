using System.Text.Json.Nodes;
using Trireme.Inference.Formats;
using Trireme.Inference.Tests.Formats;
using Trireme.Inference.Tests.Tokenizers.Gguf;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Tests.Tokenizers;

/// <summary>tokenizer.json files that were made from SentencePiece vocabularies, in the shapes of the models that have them.</summary>
public sealed class SentencePieceJsonTests
{
    private const string Words = "the inner hello";
    private const string Spaces = "  the</s> there aaaaa";
    private const string Rare = "é☕\n日本語 😀😀😀!?";

    /// <summary>Ids and texts that @huggingface/tokenizers gives for the same files.</summary>
    public static TheoryData<string, string, int[], string> Recorded => new()
    {
        { "llama-2", Words, [1, 261, 268, 287, 263, 278, 274, 275], Words },
        { "llama-2", Spaces, [1, 264, 261, 2, 278, 261, 289, 283, 278, 270, 279], "  the  there aaaaa" },
        { "llama-2", Rare, [1, 278, 307, 229, 155, 152, 13, 271, 306, 278, 277, 309, 36, 66], Rare },
        { "first", Words, [1, 261, 268, 287, 263, 278, 274, 275], Words },
        { "first", Spaces, [1, 278, 261, 2, 261, 289, 283, 278, 270, 279], " the there aaaaa" },
        { "first", Rare, [1, 278, 307, 229, 155, 152, 13, 271, 306, 278, 277, 309, 36, 66], Rare },
        { "always", Words, [1, 261, 268, 287, 263, 278, 274, 275], Words },
        { "always", Spaces, [1, 278, 261, 2, 261, 289, 283, 278, 270, 279], " the there aaaaa" },
        { "gemma", Words, [1, 272, 268, 287, 263, 278, 274, 275], Words },
        { "gemma", Spaces, [1, 278, 261, 2, 261, 289, 283, 278, 270, 279], "  the there aaaaa" },
        { "gemma", Rare, [1, 307, 229, 155, 152, 13, 271, 306, 278, 277, 309, 36, 66], Rare },
        { "no bytes", Rare, [1, 278, 307, 0, 271, 306, 278, 277, 309, 0], "é日本語 😀😀😀" },
    };

    public static TheoryData<string, string, string> Refused => new()
    {
        { "decoder", "null", "key 'decoder' is missing" },
        { "decoder", """{"type":"Metaspace"}""", "is 'Metaspace', though pre_tokenizer does not end with ByteLevel; known is Sequence" },
        { "decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"ByteFallback"}]}""", "is 'ByteFallback' at this place" },
        { "decoder", """{"type":"Sequence","decoders":[{"type":"CTC"}]}""", "is 'CTC' at this place; known are Replace" },
        { "decoder", Step("""{"type":"Replace","pattern":{"String":"▁"},"content":"_"}"""), "is no space" },
        { "decoder", Step("""{"type":"Strip","content":" ","start":1,"stop":0}"""), "is 'Strip' of something else" },
        { "decoder", Step("""{"type":"Fuse"},{"type":"Strip","content":" ","start":2,"stop":0}"""), "expected a whole number from 0 to 1" },
        { "model.vocab", """{"<unk>":0,"a":3}""", "lacks some of <0x00> to <0xFF>" },
        { "model.unk_token", "\"?\"", "is '?', which is not in vocab" },
    };

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Text_is_encoded_and_decoded_as_the_reference_does(string shape, string text, int[] ids, string decoded)
    {
        BpeTokenizer tokenizer = TestTokenizers.Parse(TestVocabularies.SentencePieceJson(json => Shape(json, shape)));
        Assert.Equal(ids, tokenizer.Encode(text));
        Assert.Equal(decoded, tokenizer.Decode(ids));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_the_reader_does_not_do_is_refused_by_name(string key, string value, string reason)
    {
        string json = TestVocabularies.SentencePieceJson(root =>
        {
            string[] path = key.Split('.');
            JsonObject owner = path.Length == 1 ? root : root[path[0]]!.AsObject();
            owner[path[^1]] = JsonNode.Parse(value);
            if (key == "model.vocab") root["model"]!["merges"] = new JsonArray();
        });
        var exception = Assert.Throws<ModelFormatException>(() => TestTokenizers.Parse(json));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("tokenizer.json: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_piece_across_words_keeps_the_text_whole()
    {
        // With a piece that holds a space mark behind a letter, splitting at spaces would lose it.
        BpeTokenizer tokenizer = TestTokenizers.Parse(TestVocabularies.SentencePieceJson(json =>
        {
            json["model"]!["vocab"]!["he▁"] = 400;
            json["model"]!["merges"]!.AsArray().Insert(0, new JsonArray("he", "▁"));
            json["model"]!["merges"]!.AsArray().Insert(0, new JsonArray("h", "e"));
        }));
        Assert.Contains(400, tokenizer.Encode("the in"));
    }

    [Fact]
    public void Mutated_files_are_read_or_refused_and_never_crash()
    {
        string original = TestVocabularies.SentencePieceJson();
        // Damage goes where the structure is, not into the long list of bytes.
        int vocabulary = original.IndexOf("\"vocab\"", StringComparison.Ordinal);
        int merges = original.IndexOf("\"merges\"", StringComparison.Ordinal);
        string skeleton = original[..vocabulary] + original[merges..];
        Random random = FuzzRounds.Random(31);
        int rounds = FuzzRounds.Of(1500);
        int refused = 0;
        for (int i = 0; i < rounds; i++)
        {
            string mutated = Mutation.Of(skeleton, random, "null -1 1e99 [] {} \"x\" 99999999999 true \\ud800");
            int at = mutated.IndexOf("\"merges\"", StringComparison.Ordinal);
            if (at >= 0) mutated = mutated.Insert(at, original[vocabulary..merges]);
            try
            {
                BpeTokenizer tokenizer = TestTokenizers.Parse(mutated);
                Assert.NotNull(tokenizer.Decode(tokenizer.Encode("Hello <s> there")));
            }
            catch (ModelFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, rounds / 4, rounds - 1);
    }

    private static string Step(string step) => $$"""{"type":"Sequence","decoders":[{{step}}]}""";

    private static void Shape(JsonObject json, string shape)
    {
        switch (shape)
        {
            case "first" or "always":
                json["normalizer"] = null;
                json["pre_tokenizer"] = new JsonObject
                {
                    ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = shape, ["split"] = shape == "always",
                };
                break;
            case "gemma":
                json["normalizer"] = JsonNode.Parse("""{"type":"Replace","pattern":{"String":" "},"content":"▁"}""");
                json["pre_tokenizer"] = JsonNode.Parse("""{"type":"Split","pattern":{"String":" "},"behavior":"MergedWithPrevious"}""");
                json["decoder"]!["decoders"]!.AsArray().RemoveAt(3);
                break;
            case "no bytes":
                json["model"]!["byte_fallback"] = false;
                break;
        }
    }
}
