using System.Text;
using System.Text.Json;
using Trireme.Inference.Formats;
using Trireme.Inference.Formats.Gguf;
using Trireme.Inference.Tests.Formats.Gguf;
using Trireme.Inference.Tokenizers;
using Trireme.Inference.Tokenizers.Gguf;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Tokenizers.Gguf;

public sealed class GgufTokenizerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<MappedFile> _files = [];

    public static TheoryData<string, string, object?, string> Refused => new()
    {
        { "gpt2", "ggml.model", "bert", "'tokenizer.ggml.model' is 'bert'; known are gpt2, llama" },
        { "gpt2", "ggml.model", null, "'tokenizer.ggml.model' is missing" },
        { "gpt2", "ggml.tokens", null, "'tokenizer.ggml.tokens' is missing" },
        { "gpt2", "ggml.tokens", new[] { "<s>", "</s>" }, "has 264 elements; tokenizer.ggml.tokens has 2" },
        { "gpt2", "ggml.token_type", new[] { 7 }, "is 7; expected a whole number from 0 to 6" },
        { "gpt2", "ggml.merges", null, "'tokenizer.ggml.merges' is missing" },
        { "gpt2", "ggml.merges", new[] { "a" }, "has 'a' as element 0; expected two tokens" },
        { "gpt2", "ggml.merges", new[] { "a b" }, "has 'a b' as element 0; expected two tokens whose concatenation" },
        { "gpt2", "ggml.pre", "unheard-of", "is 'unheard-of'; known are default, gpt-2" },
        { "gpt2", "ggml.bos_token_id", 264u, "is 264; expected a whole number from 0 to 263" },
        { "llama", "ggml.scores", null, "'tokenizer.ggml.scores' is missing" },
        { "llama", "ggml.scores", new[] { 1f }, "has 1 elements; tokenizer.ggml.tokens has" },
        { "llama", "ggml.scores", new[] { float.NaN }, "holds NaN as element 0" },
        { "llama", "ggml.remove_extra_whitespaces", true, "is true; spaces are kept" },
    };

    public void Dispose()
    {
        foreach (MappedFile file in _files) file.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_a_vocabulary_cannot_mean_is_refused_by_key(string model, string key, object? value, string reason)
    {
        var exception = Assert.Throws<ModelFormatException>(() => Read(model, values =>
        {
            if (value is null) values.Remove(key);
            else values[key] = value;
        }));
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pieces_merge_by_score_as_the_definition_says()
    {
        BpeTokenizer tokenizer = Read("llama").Tokenizer;
        BpeTokenizer converted = TestTokenizers.Parse(TestVocabularies.SentencePieceJson());
        var random = new Random(8);
        string[] words =
        [
            "the", " the", "there", " hello", "inner", "  ", "aaaaaaa", "日本語", "☕", "é", "😀😀😀", "\n", "ere", "1234", "<0x41>", "▁",
        ];
        for (int round = 0; round < 3000; round++)
        {
            string text = round % 2 == 0 ? RandomText.Next(random, 20) : string.Concat(random.GetItems(words, random.Next(1, 14)));
            int[] ids = tokenizer.Encode(text);
            Assert.Equal(MergeByDefinition(text), ids);
            Assert.Equal(ids, converted.Encode(text));
            Assert.Equal(text.Replace('▁', ' '), tokenizer.Decode(ids));
        }
    }

    [Fact]
    public void Text_begins_with_the_begin_token_and_a_space_unless_the_file_says_otherwise()
    {
        BpeTokenizer tokenizer = Read("llama").Tokenizer;
        Assert.Equal(["", " the", "r", "e"], Shown(tokenizer, tokenizer.Encode("there")));
        Assert.Equal([" the", "r", "e"], Shown(tokenizer, tokenizer.Encode("there", addSpecial: false)));
        BpeTokenizer bare = Read("llama", values =>
        {
            values["ggml.add_bos_token"] = false;
            values["ggml.add_eos_token"] = true;
            values["ggml.add_space_prefix"] = false;
        }).Tokenizer;
        Assert.Equal(["the", "r", "e", ""], Shown(bare, bare.Encode("there")));
        Assert.Equal(" the", bare.Decode(bare.Encode(" the")));
        Assert.False(bare.StripsLeadingSpace);
    }

    [Fact]
    public void Characters_without_a_piece_are_written_as_their_bytes_and_shown_when_whole()
    {
        BpeTokenizer tokenizer = Read("llama").Tokenizer;
        int[] ids = tokenizer.Encode("☕", addSpecial: false);
        Assert.Equal([0xE2, 0x98, 0x95], ids[1..].Select(id => (int)tokenizer.TokenBytes(id)[0]));
        var detokenizer = new IncrementalDetokenizer(tokenizer);
        Assert.Equal(["", "", "", "☕"], ids.Select(detokenizer.Append));
        Assert.Equal("", detokenizer.Flush());
    }

    [Fact]
    public void Control_tokens_are_matched_in_text_only_when_asked()
    {
        BpeTokenizer tokenizer = Read("llama").Tokenizer;
        int[] parsed = tokenizer.Encode("<s>the</s>", addSpecial: false);
        Assert.Equal((1, 2), (parsed[0], parsed[^1]));
        Assert.Equal([" the"], Shown(tokenizer, parsed[1..^1]));
        Assert.DoesNotContain(1, tokenizer.Encode("<s>", addSpecial: false, parseSpecial: false));
        Assert.Equal("the", tokenizer.Decode(tokenizer.Encode("the")));
        Assert.Equal("<s> the", tokenizer.Decode(tokenizer.Encode("the"), skipSpecial: false));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_pieces_of_any_ids_are_their_whole_text(bool skipSpecial)
    {
        BpeTokenizer tokenizer = Read("llama").Tokenizer;
        var random = new Random(9);
        for (int round = 0; round < 2000; round++)
        {
            int[] ids = [.. Enumerable.Range(0, random.Next(10)).Select(_ => random.Next(tokenizer.VocabularySize + 1))];
            var detokenizer = new IncrementalDetokenizer(tokenizer, skipSpecial);
            var continuing = new IncrementalDetokenizer(tokenizer, skipSpecial, continues: true);
            var shown = new StringBuilder();
            var continued = new StringBuilder();
            foreach (int id in ids)
            {
                shown.Append(detokenizer.Append(id));
                continued.Append(continuing.Append(id));
            }

            string whole = tokenizer.Decode(ids, skipSpecial);
            Assert.Equal(whole, shown.Append(detokenizer.Flush()).ToString());
            string all = continued.Append(continuing.Flush()).ToString();
            Assert.Equal(whole, all.StartsWith(' ') ? all[1..] : all);
        }
    }

    [Fact]
    public void User_defined_tokens_are_plain_text_and_end_tokens_are_known_by_name()
    {
        TokenizerFiles files = Read("gpt2", values =>
        {
            string[] tokens = (string[])values["ggml.tokens"];
            values["ggml.tokens"] = (string[])[.. tokens, "<|im_end|>", "<|end|>"];
            values["ggml.token_type"] = (int[])[.. (int[])values["ggml.token_type"], 3, 1];
            values["ggml.eot_token_id"] = 0u;
        });
        Assert.Equal([2], files.Tokenizer.Encode("<tool>", parseSpecial: false));
        Assert.Equal("<tool>", files.Tokenizer.Decode([2]));
        // The last one is no control token, so text can hold it.
        Assert.Equal([0, 1, 264], files.Tokenizer.EndOfSequence.Order());
        JsonElement message = JsonDocument.Parse("""{"role":"user","content":"Hi"}""").RootElement;
        Assert.Equal("user: Hi</s>", files.ChatTemplate!.Render(new() { Messages = [message] }));
    }

    [Fact]
    public void Control_tokens_of_phi_3_take_the_space_after_them()
    {
        BpeTokenizer tokenizer = Read("llama", architecture: "phi3").Tokenizer;
        Assert.Equal(tokenizer.Encode("</s>the", addSpecial: false), tokenizer.Encode("</s>\n the", addSpecial: false));
        Assert.NotEqual(tokenizer.Encode("<s>the", addSpecial: false), tokenizer.Encode("<s>\n the", addSpecial: false));
    }

    [Theory]
    [InlineData("default", "I|'|m| here|(!?)| |123|45|\n\n  | éa")]
    [InlineData("gpt-2", "I|'m| here|(!?)| 12345|\n\n  | éa")]
    [InlineData("llama-bpe", "I|'m| here|(!?)| |123|45|\n\n|  | éa")]
    [InlineData("qwen2", "I|'m| here|(!?)| |1|2|3|4|5|\n\n|  | éa")]
    [InlineData("smollm", "I|'m| here|(!?)| |1|2|3|4|5|\n\n  | éa")]
    [InlineData("tekken", "I|'m| here|(!?)| |1|2|3|4|5|\n\n|  | éa")]
    public void A_named_split_cuts_text_as_its_model_does(string name, string expected)
    {
        GgufMetadata metadata = Metadata("gpt2", values => values["ggml.pre"] = name);
        TokenizerDefinition definition = ByteLevelVocabulary.Define(GgufVocabulary.Read(metadata));
        const string Text = "I'm here(!?) 12345\n\n   éa";
        IEnumerable<string> words = definition.PreTokenizer.Split(Text).Select(piece => Text.Substring(piece.Start, piece.Length));
        Assert.Equal(expected, string.Join('|', words));
    }

    private static IEnumerable<string> Shown(BpeTokenizer tokenizer, int[] ids) =>
        ids.Select(id => Encoding.UTF8.GetString(tokenizer.TokenBytes(id)));

    /// <summary>SentencePiece's definition, on strings: merge the neighbours whose concatenation has the best score.</summary>
    private static int[] MergeByDefinition(string text)
    {
        List<int> ids = [1];
        if (text.Length == 0) return [.. ids];
        var pieces = TestVocabularies.Pieces.Select((piece, i) => (piece.Text, piece.Score, Id: i + 259)).ToDictionary(piece => piece.Text);
        List<string> symbols = [.. ("▁" + text.Replace(' ', '▁')).EnumerateRunes().Select(rune => rune.ToString())];
        while (true)
        {
            int best = -1;
            float bestScore = float.NegativeInfinity;
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if (!pieces.TryGetValue(symbols[i] + symbols[i + 1], out var merged) || merged.Score <= bestScore) continue;
                (best, bestScore) = (i, merged.Score);
            }

            if (best < 0) break;
            symbols[best] += symbols[best + 1];
            symbols.RemoveAt(best + 1);
        }

        foreach (string symbol in symbols)
        {
            if (pieces.TryGetValue(symbol, out var piece)) ids.Add(piece.Id);
            else ids.AddRange(Encoding.UTF8.GetBytes(symbol).Select(value => value + 3));
        }

        return [.. ids];
    }

    [Fact]
    public void A_chosen_template_replaces_that_of_the_metadata_and_has_its_tokens()
    {
        string file = _folder.File("mine.jinja");
        File.WriteAllText(file, "{{ eos_token }}{{ messages | length }}");
        GgufMetadata metadata = Metadata("llama", values => values["chat_template"] = "{% include 'x' %}");
        TokenizerFiles broken = GgufTokenizerReader.Read(metadata);
        Assert.Null(broken.ChatTemplate);
        Assert.Contains("the statement 'include' is not supported", broken.ChatTemplateProblem, StringComparison.Ordinal);
        TokenizerFiles files = GgufTokenizerReader.Read(metadata, file);
        Assert.Equal("</s>0", files.ChatTemplate!.Render(new() { Messages = [] }));
    }

    private TokenizerFiles Read(string model, Action<Dictionary<string, object>>? change = null, string architecture = "llama") =>
        GgufTokenizerReader.Read(Metadata(model, change, architecture));

    private GgufMetadata Metadata(string model, Action<Dictionary<string, object>>? change = null, string architecture = "llama")
    {
        var builder = new GgufBuilder();
        builder.Add("general.architecture", architecture);
        TestVocabularies.AddTo(builder, model, change);
        string path = _folder.File($"{_files.Count}.gguf");
        File.WriteAllBytes(path, builder.Build());
        _files.Add(MappedFile.Open(path, GgufHeader.BytesMin));
        return GgufHeader.Read(_files[^1]).Metadata;
    }
}
