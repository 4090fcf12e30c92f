using System.Text.Json.Nodes;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Tests.Tokenizers;

public sealed class BpeTokenizerTests
{
    [Fact]
    public void Merges_apply_by_rank_and_from_the_left()
    {
        BpeTokenizer tokenizer = TestTokenizers.Create(["b c", "a b"]);
        Assert.Equal(["a", "bc", "a"], Pieces(tokenizer, "abca", "bc", "a"));
        Assert.Equal(["aaaa", "a"], Pieces(TestTokenizers.Create(["a a", "aa aa"]), "aaaaa", "aaaa", "a"));
    }

    [Fact]
    public void A_word_too_long_for_the_linear_search_merges_the_same_way()
    {
        var merger = new BytePairMerger(Merges());
        var random = new Random(3);
        for (int round = 0; round < 300; round++)
        {
            byte[] word = new byte[random.Next(65, 200)];
            for (int i = 0; i < word.Length; i++) word[i] = (byte)('a' + random.Next(3));
            var output = new List<int>();
            merger.Merge(Symbols(word), output);
            Assert.Equal(MergeNaively(word), output);
            output.Clear();
            merger.Merge(Symbols(word[..60]), output);
            Assert.Equal(MergeNaively(word[..60]), output);
        }
    }

    [Fact]
    public void Random_text_survives_encoding_and_decoding()
    {
        BpeTokenizer[] tokenizers =
        [
            TestTokenizers.Create(TestTokenizers.SomeMerges, ["<|end|>"]),
            TestTokenizers.Create(TestTokenizers.SomeMerges, ["<|end|>"], TestTokenizers.Llama3),
            TestTokenizers.Create(TestTokenizers.SomeMerges, preTokenizer: After("""{"type":"Digits","individual_digits":true}""")),
        ];
        var random = new Random(11);
        for (int round = 0; round < 1500; round++)
        {
            string text = RandomText.Next(random, 40);
            foreach (BpeTokenizer tokenizer in tokenizers)
            {
                int[] ids = tokenizer.Encode(text);
                Assert.Equal(text, tokenizer.Decode(ids, skipSpecial: false));
                Assert.Equal(ids, tokenizer.Encode(text));
            }
        }
    }

    [Fact]
    public void Half_a_surrogate_pair_becomes_a_replacement_character()
    {
        BpeTokenizer tokenizer = TestTokenizers.Create(preTokenizer: TestTokenizers.Llama3);
        Assert.Equal("a\uFFFDb\uFFFD", tokenizer.Decode(tokenizer.Encode("a\uD800b\uDC00")));
    }

    [Fact]
    public void Special_tokens_in_text_become_their_ids_only_when_asked()
    {
        BpeTokenizer tokenizer = TestTokenizers.Create(specials: ["<s>", "</s>"]);
        Assert.Equal(['a', 256, 'b', 257], tokenizer.Encode("a<s>b</s>"));
        int[] plain = tokenizer.Encode("a<s>b", parseSpecial: false);
        Assert.Equal(["a", "<", "s", ">", "b"], plain.Select(id => tokenizer.Decode([id])));
        Assert.Equal("ab", tokenizer.Decode([97, 256, 98]));
        Assert.Equal("a<s>b", tokenizer.Decode([97, 256, 98], skipSpecial: false));
        Assert.True(tokenizer.TokenBytes(256).IsEmpty);
        Assert.True(tokenizer.IsSpecial(257));
        Assert.False(tokenizer.IsSpecial('a'));
    }

    [Fact]
    public void The_longest_added_token_wins_and_plain_added_tokens_show()
    {
        BpeTokenizer tokenizer = TestTokenizers.Create(change: json => json["added_tokens"] = JsonNode.Parse(
            """
            [{"id":256,"content":"<tool","special":false,"normalized":false},
             {"id":257,"content":"<tool_call>","special":false,"normalized":false}]
            """));
        Assert.Equal([257, 256, '_'], tokenizer.Encode("<tool_call><tool_", parseSpecial: false));
        Assert.Equal("<tool_call>", tokenizer.Decode([257]));
        Assert.Equal("<tool_call>"u8, tokenizer.TokenBytes(257));
    }

    [Fact]
    public void Added_tokens_respect_words_and_take_the_white_space_they_ask_for()
    {
        BpeTokenizer tokenizer = TestTokenizers.Create(change: json => json["added_tokens"] = JsonNode.Parse(
            """
            [{"id":256,"content":"cat","single_word":true,"normalized":false,"special":true},
             {"id":257,"content":"<m>","lstrip":true,"rstrip":true,"normalized":false,"special":true}]
            """));
        Assert.Equal([256, ' ', 256, '!'], tokenizer.Encode("cat cat!"));
        Assert.DoesNotContain(256, tokenizer.Encode("cats _cat écat cat9"));
        Assert.Equal(['a', 257, 'b'], tokenizer.Encode("a \n<m>  b"));
    }

    [Fact]
    public void The_post_processor_adds_its_tokens_only_when_asked()
    {
        BpeTokenizer tokenizer = TestTokenizers.Create(specials: ["<s>", "</s>"], change: json => json["post_processor"] = JsonNode.Parse(
            """
            {"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing",
             "single":[{"SpecialToken":{"id":"<s>"}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>"}}],
             "special_tokens":{"<s>":{"id":"<s>","ids":[256]},"</s>":{"id":"</s>","ids":[257]}}}]}
            """));
        Assert.Equal([256, 'h', 257], tokenizer.Encode("h"));
        Assert.Equal([256, 257], tokenizer.Encode(""));
        Assert.Equal(['h'], tokenizer.Encode("h", addSpecial: false));
    }

    [Fact]
    public void A_word_in_the_vocabulary_is_one_token_when_merges_are_ignored()
    {
        static BpeTokenizer WithoutTheLastMerge(bool ignoreMerges) => TestTokenizers.Create(["a b", "ab c"], change: json =>
        {
            JsonObject model = json["model"]!.AsObject();
            model["merges"] = new JsonArray("a b");
            model["ignore_merges"] = ignoreMerges;
        });

        Assert.Equal(2, WithoutTheLastMerge(ignoreMerges: false).Encode("abc").Length);
        Assert.Single(WithoutTheLastMerge(ignoreMerges: true).Encode("abc"));
    }

    [Fact]
    public void Letters_and_digits_beyond_the_basic_plane_stay_with_their_kind()
    {
        BpeTokenizer tokenizer = TestTokenizers.Create(preTokenizer: TestTokenizers.Llama3);
        Assert.Equal(["x𝒜b", " 𠀀字", "𝟏𝟐𝟑", "𝟒", "😀!\n"], Words(tokenizer, "x𝒜b 𠀀字𝟏𝟐𝟑𝟒😀!\n"));
    }

    [Fact]
    public void A_prefix_space_is_added_where_the_model_asks_for_it()
    {
        const string WithSpace = """{"type":"ByteLevel","add_prefix_space":true,"use_regex":true}""";
        BpeTokenizer tokenizer = TestTokenizers.Create(specials: ["<s>"], preTokenizer: WithSpace);
        Assert.Equal(" a", tokenizer.Decode(tokenizer.Encode("a")));
        Assert.Equal(" a", tokenizer.Decode(tokenizer.Encode(" a")));
        Assert.Equal([32, 'a', 256, 32, 'b'], tokenizer.Encode("a<s>b"));
        Assert.Empty(tokenizer.Encode(""));
    }

    [Fact]
    public void Split_parts_can_be_removed()
    {
        const string Words = """{"type":"Split","pattern":{"Regex":"[a-z]+"},"behavior":"Removed","invert":true}""";
        const string Dashes = """{"type":"Split","pattern":{"String":"-"},"behavior":"Removed"}""";
        Assert.Equal("abcd", Decoded(TestTokenizers.Create(preTokenizer: After(Words)), "ab-cd 9"));
        Assert.Equal("ab.cd", Decoded(TestTokenizers.Create(preTokenizer: After(Dashes)), "ab-.-cd"));
    }

    [Theory]
    [InlineData("Isolated", false, "a|-|-|b|-|c")]
    [InlineData("MergedWithPrevious", false, "a-|-|b-|c")]
    [InlineData("MergedWithNext", false, "a|-|-b|-c")]
    [InlineData("Contiguous", false, "a|--|b|-|c")]
    [InlineData("MergedWithNext", true, "a-|-|b-|c")]
    [InlineData("Removed", true, "-|-|-")]
    public void Split_parts_join_as_the_behaviour_says(string behavior, bool invert, string expected)
    {
        var step = SplitStep.Of("-", Enum.Parse<SplitBehavior>(behavior), invert);
        var pieces = new List<(int Start, int Length)>();
        const string Text = "xa--b-c";
        step.Apply(Text, 1, 6, pieces);
        Assert.Equal(expected.Split('|'), pieces.Select(piece => Text.Substring(piece.Start, piece.Length)));
    }

    [Fact]
    public void Ids_outside_the_vocabulary_decode_to_nothing()
    {
        BpeTokenizer tokenizer = TestTokenizers.Create();
        Assert.Equal(256, tokenizer.VocabularySize);
        Assert.Equal("a", tokenizer.Decode([-1, 'a', 256, int.MaxValue]));
        Assert.True(tokenizer.TokenBytes(-1).IsEmpty);
    }

    [Fact]
    public void Many_threads_encode_alike_while_the_cache_turns_over()
    {
        BpeTokenizer tokenizer = TestTokenizers.Create(TestTokenizers.SomeMerges);
        var random = new Random(5);
        int[] numbers = [.. Enumerable.Range(0, 100_000)];
        string[] texts = [.. Enumerable.Range(0, 400).Select(_ => string.Join(' ', random.GetItems(numbers, 50)))];
        BpeTokenizer alone = TestTokenizers.Create(TestTokenizers.SomeMerges);
        int[][] expected = [.. texts.Select(text => alone.Encode(text[..20]))];
        Parallel.For(0, texts.Length * 3, i =>
        {
            string text = texts[i % texts.Length];
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
            Assert.Equal(expected[i % texts.Length], tokenizer.Encode(text[..20]));
        });
    }

    private static int[] Symbols(byte[] word) => [.. word.Select(value => (int)value)];

    private static string After(string step) => $$"""{"type":"Sequence","pretokenizers":[{{step}},{{TestTokenizers.NoPattern}}]}""";

    private static MergeTable Merges()
    {
        var table = new MergeTable(6);
        table.Set('a', 'a', new Merge(3, 300));
        table.Set(300, 300, new Merge(1, 301));
        table.Set('a', 'b', new Merge(2, 302));
        table.Set(302, 'c', new Merge(0, 303));
        table.Set('b', 'c', new Merge(4, 304));
        table.Set(304, 300, new Merge(5, 305));
        return table;
    }

    private static List<int> MergeNaively(byte[] word)
    {
        MergeTable table = Merges();
        List<int> tokens = [.. word.Select(value => (int)value)];
        while (true)
        {
            int best = -1;
            var bestMerge = new Merge(int.MaxValue, 0);
            for (int i = 0; i + 1 < tokens.Count; i++)
            {
                if (table.TryGet(tokens[i], tokens[i + 1], out Merge merge) && merge.Rank < bestMerge.Rank) (best, bestMerge) = (i, merge);
            }

            if (best < 0) return tokens;
            tokens[best] = bestMerge.Token;
            tokens.RemoveAt(best + 1);
        }
    }

    private static IEnumerable<string> Pieces(BpeTokenizer tokenizer, string text, params string[] multi)
    {
        Assert.All(multi, piece => Assert.NotEmpty(tokenizer.Encode(piece)));
        return tokenizer.Encode(text).Select(id => tokenizer.Decode([id]));
    }

    private static string Decoded(BpeTokenizer tokenizer, string text) => tokenizer.Decode(tokenizer.Encode(text));

    /// <summary>The words a text is split into, seen through a vocabulary that has each of them.</summary>
    private static IEnumerable<string> Words(BpeTokenizer tokenizer, string text)
    {
        Assert.Equal(text, Decoded(tokenizer, text));
        PreTokenizer splitter = PreTokenizerReader.Read(Inference.Formats.JsonSection.Parse(
            System.Text.Encoding.UTF8.GetBytes($$"""{"pre_tokenizer":{{TestTokenizers.Llama3}}}"""), "tokenizer.json")).Build();
        return splitter.Split(text).Select(piece => text.Substring(piece.Start, piece.Length));
    }
}
