using System.Text;
using System.Text.Json.Nodes;
using Trireme.Inference.Formats;
using Trireme.Inference.Tests.Formats;

namespace Trireme.Inference.Tests.Tokenizers;

public sealed class TokenizerJsonTests
{
    public static TheoryData<string, string, string> Refused => new()
    {
        { "model", "null", "key 'model' is missing" },
        { "model.type", "\"Unigram\"", "is 'Unigram'; known is BPE" },
        { "model.byte_fallback", "true", "though pre_tokenizer ends with ByteLevel" },
        { "model.dropout", "0.1", "encoding would be random" },
        { "model.end_of_word_suffix", "\"</w>\"", "no token of this engine has one" },
        { "model.vocab", """{"a":0}""", "needs all bytes" },
        { "model.vocab", """{"a":-1}""", "expected an id" },
        { "model.vocab", """{"a":1,"b":1}""", "another token has that id" },
        { "model.merges", """["a b c"]""", "expected two tokens" },
        { "model.merges", """["a"]""", "expected two tokens" },
        { "model.merges", """[["a","b"]]""", "so is their concatenation" },
        { "model.merges", """[7]""", "expected two tokens" },
        { "normalizer", """{"type":"Lowercase"}""", "is 'Lowercase'; known are NFC, Prepend, Replace" },
        { "normalizer", """{"type":"Prepend","prepend":"12345678901234567"}""", "longer than 16 characters" },
        { "normalizer", """{"type":"Replace","pattern":{"Regex":"a"},"content":"b"}""", "normalizers replace plain text" },
        { "normalizer", """{"type":"Replace","pattern":{"String":""},"content":"b"}""", "is empty" },
        { "pre_tokenizer", "null", "is 'ByteLevel', though pre_tokenizer does not end with ByteLevel" },
        { "pre_tokenizer", """{"type":"Whitespace"}""", "is 'Whitespace'; known are Split, Digits, ByteLevel, Metaspace" },
        { "pre_tokenizer", """{"type":"Metaspace","prepend_scheme":"last"}""", "known are always, first, never" },
        { "pre_tokenizer", """{"type":"Metaspace","replacement":"__"}""", "must be one character" },
        { "pre_tokenizer", """{"type":"Digits"}""", "though pre_tokenizer does not end with ByteLevel" },
        { "pre_tokenizer", """{"type":"Split","pattern":{"Regex":"a("},"behavior":"Isolated"}""", "no pattern this engine reads" },
        { "pre_tokenizer", """{"type":"Split","pattern":{"Regex":"a"},"behavior":"Joined"}""", "known are Isolated, Removed" },
        { "decoder", """{"type":"Metaspace"}""", "is 'Metaspace' after a ByteLevel pre_tokenizer; known is ByteLevel" },
        { "post_processor", """{"type":"BertProcessing"}""", "is 'BertProcessing'; known are ByteLevel" },
        {
            "post_processor",
            """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}}],"special_tokens":{}}""",
            "'post_processor.special_tokens.<s>' is missing"
        },
        {
            "post_processor",
            """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B"}}],"special_tokens":{}}""",
            "around one sequence A"
        },
        { "added_tokens", """[{"id":97,"content":"new"}]""", "another token has that id" },
        { "added_tokens", """[{"content":"new"}]""", "'added_tokens.id' is missing" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_the_reader_does_not_do_is_refused_by_name(string key, string value, string reason)
    {
        string json = TestTokenizers.Json(change: root =>
        {
            string[] path = key.Split('.');
            JsonObject owner = path.Length == 1 ? root : root[path[0]]!.AsObject();
            owner[path[^1]] = JsonNode.Parse(value);
        });
        var exception = Assert.Throws<ModelFormatException>(() => TestTokenizers.Parse(json));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith("tokenizer.json: ", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Merges_are_read_as_strings_and_as_pairs()
    {
        int[] strings = TestTokenizers.Create(["a b"]).Encode("abab");
        static void AsPair(JsonObject json) => json["model"]!["merges"] = new JsonArray(new JsonArray("a", "b"));
        int[] pairs = TestTokenizers.Create(["a b"], change: AsPair).Encode("abab");
        Assert.Equal(2, strings.Length);
        Assert.Equal(strings, pairs);
    }

    [Fact]
    public void Text_is_composed_where_the_model_asks_for_it()
    {
        const string Decomposed = "Cafe\u0301";
        const string Normalizer = """{"type":"Sequence","normalizers":[{"type":"NFC"}]}""";
        var composing = TestTokenizers.Create(change: json => json["normalizer"] = JsonNode.Parse(Normalizer));
        Assert.Equal("Café", composing.Decode(composing.Encode(Decomposed)));
        var plain = TestTokenizers.Create();
        Assert.Equal(Decomposed, plain.Decode(plain.Encode(Decomposed)));
    }

    [Fact]
    public void A_pattern_that_backtracks_without_end_is_stopped()
    {
        const string Evil = """
            {"type":"Sequence","pretokenizers":[
              {"type":"Split","pattern":{"Regex":"(a+)+(?!a|b)$"},"behavior":"Isolated"},
              {"type":"ByteLevel","add_prefix_space":false}]}
            """;
        var tokenizer = TestTokenizers.Create(preTokenizer: Evil);
        var exception = Assert.Throws<ModelFormatException>(() => tokenizer.Encode(new string('a', 60) + "b"));
        Assert.Contains("ran for more than 1 s", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mutated_files_are_read_or_refused_and_never_crash()
    {
        string original = TestTokenizers.Json(TestTokenizers.SomeMerges, ["<s>"], TestTokenizers.NoPattern);
        // Damage goes where the structure is, not into the long list of bytes.
        int vocabulary = original.IndexOf("\"vocab\"", StringComparison.Ordinal);
        int merges = original.IndexOf("\"merges\"", StringComparison.Ordinal);
        string skeleton = original[..vocabulary] + original[merges..];
        Random random = FuzzRounds.Random(23);
        int rounds = FuzzRounds.Of(1500);
        int refused = 0;
        for (int i = 0; i < rounds; i++)
        {
            string mutated = Mutation.Of(skeleton, random, "null -1 1e99 [] {} \"x\" 99999999999 true \\ud800");
            int at = mutated.IndexOf("\"merges\"", StringComparison.Ordinal);
            if (at >= 0) mutated = mutated.Insert(at, original[vocabulary..merges]);
            try
            {
                Assert.NotNull(TestTokenizers.Parse(mutated).Encode("Hello <s> there"));
            }
            catch (ModelFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, rounds / 3, rounds - 1);
    }
}
