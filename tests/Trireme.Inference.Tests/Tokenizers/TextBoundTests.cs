using System.Text.Json.Nodes;
using Trireme.Inference.Tests.Tokenizers.Gguf;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Tests.Tokenizers;

/// <summary>What is promised about lengths: no text has more characters than its tokens' longest texts.</summary>
public sealed class TextBoundTests
{
    private static readonly string[] Specials = ["<|end|>", "<|a special token longer than any word|>"];

    public static TheoryData<string> Shapes => ["bytes", "composed", "pieces", "replaced"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void No_text_is_longer_than_its_tokens_allow(string shape)
    {
        BpeTokenizer tokenizer = Create(shape);
        int longest = tokenizer.LongestText!.Value;
        var random = new Random(11);
        for (int i = 0; i < 2000; i++)
        {
            // Marks behind letters, which composition makes one character of, and runs that are one token.
            string text = RandomText.Next(random, 20)
                + string.Concat(Enumerable.Repeat("A\u0302\u0301u\u031B\u0309\u1100\u1161\u11A8", random.Next(4)))
                + new string(' ', random.Next(9)) + string.Concat(Enumerable.Repeat(Specials[random.Next(2)], random.Next(3)));
            int tokens = tokenizer.Encode(text, addSpecial: false).Length;
            bool fits = text.Length <= (long)tokens * longest;
            Assert.True(fits, $"{text.Length} characters are {tokens} tokens of at most {longest}: {text}");
        }
    }

    [Fact]
    public void The_longest_token_sets_the_bound()
    {
        Assert.Equal(Specials[1].Length, Create("bytes").LongestText);
        Assert.Equal(4, TestTokenizers.Create(TestTokenizers.SomeMerges).LongestText);
    }

    [Fact]
    public void There_is_no_bound_where_unknown_characters_become_one_token() =>
        Assert.Null(TestTokenizers.Parse(TestVocabularies.SentencePieceJson(json =>
        {
            json["model"]!["byte_fallback"] = false;
            json["model"]!["fuse_unk"] = true;
        })).LongestText);

    [Fact]
    public void Tokens_are_spelled_as_the_vocabulary_spells_them()
    {
        BpeTokenizer bytes = TestTokenizers.Create(TestTokenizers.SomeMerges, Specials);
        Assert.Equal(["Ġthe", "Ċ", "Ã©", "<|end|>"], bytes.Encode(" the\né<|end|>").Select(bytes.Spelling));
        BpeTokenizer pieces = TestTokenizers.Parse(TestVocabularies.SentencePieceJson());
        Assert.Equal("▁", pieces.Spelling(pieces.Encode("é").First(id => pieces.Decode([id]).Length <= 1 && !pieces.IsSpecial(id))));
        Assert.Equal("<0x0A>", pieces.Spelling(pieces.Encode("\n", addSpecial: false)[^1]));
    }

    private static BpeTokenizer Create(string shape) => shape switch
    {
        "bytes" => TestTokenizers.Create(TestTokenizers.SomeMerges, Specials),
        "composed" => TestTokenizers.Create(
            TestTokenizers.SomeMerges, Specials, change: json => json["normalizer"] = JsonNode.Parse("""{"type":"NFC"}""")),
        "replaced" => TestTokenizers.Parse(TestVocabularies.SentencePieceJson(json => json["normalizer"] = JsonNode.Parse(
            """
            {"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},
            {"type":"Replace","pattern":{"String":"the"},"content":"h"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}
            """))),
        _ => TestTokenizers.Parse(TestVocabularies.SentencePieceJson()),
    };
}
