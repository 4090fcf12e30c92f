using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Trireme.Inference.Formats;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Tests.Tokenizers;

public sealed class VocabularyTests
{
    private static readonly Gen<(byte[] Spelling, bool IsText)[]> Entries =
        Gen.Select(Gen.Byte[0, 3].Array[0, 12], Gen.Bool).Array[0, 400];

    [Fact]
    public void Tokens_are_found_by_spelling_and_the_last_of_equal_ones_counts() => Entries.Sample(entries =>
    {
        var spellings = new ByteStrings.Builder();
        var last = new Dictionary<string, int>();
        for (int id = 0; id < entries.Length; id++)
        {
            spellings.Add(entries[id].Spelling);
            if (entries[id].IsText) last[Convert.ToHexString(entries[id].Spelling)] = id;
        }

        var vocabulary = new Vocabulary(spellings.Build(), id => entries[id].IsText);
        Assert.Equal(entries.Length, vocabulary.Count);
        for (int id = 0; id < entries.Length; id++)
        {
            Assert.Equal(entries[id].Spelling, vocabulary.Spelling(id));
            Assert.Equal(entries[id].IsText, vocabulary.IsText(id));
            bool known = last.TryGetValue(Convert.ToHexString(entries[id].Spelling), out int expected);
            Assert.Equal(known, vocabulary.TryGetId(entries[id].Spelling, out int found));
            if (known) Assert.Equal(expected, found);
        }

        Assert.False(vocabulary.TryGetId("no such spelling", out _));
        Assert.False(vocabulary.IsText(entries.Length));
    });

    [Fact]
    public void A_merge_table_keeps_each_pair_with_its_later_merge()
    {
        // Few tokens, so that pairs repeat.
        Gen<(int Left, int Right, int Token)[]> pairs = Gen.Select(Gen.Int[0, 30], Gen.Int[0, 30], Gen.Int).Array[0, 600];
        pairs.Sample(list =>
        {
            var table = new MergeTable(list.Length);
            var expected = new Dictionary<(int, int), Merge>();
            for (int rank = 0; rank < list.Length; rank++)
            {
                (int left, int right, int token) = list[rank];
                table.Set(left, right, new Merge(rank, token));
                expected[(left, right)] = new Merge(rank, token);
            }

            Assert.Equal(expected.Count, table.Count);
            Assert.Equal(expected, table.Pairs().ToDictionary(pair => (pair.Left, pair.Right), pair => pair.Merge));
            for (int left = 0; left <= 31; left++)
            {
                for (int right = 0; right <= 31; right++)
                {
                    bool known = expected.TryGetValue((left, right), out Merge merge);
                    Assert.Equal(known, table.TryGet(left, right, out Merge found));
                    Assert.Equal(merge, found);
                }
            }
        });
    }

    [Fact]
    public void Ids_may_come_in_any_order_and_leave_gaps()
    {
        BpeTokenizer tokenizer = TestTokenizers.Create(["a b"], change: json =>
        {
            JsonObject vocabulary = json["model"]!["vocab"]!.AsObject();
            var entries = vocabulary.Select(entry => (entry.Key, Id: (int)entry.Value! * 2)).Reverse().ToList();
            vocabulary.Clear();
            foreach ((string name, int id) in entries) vocabulary[name] = id;
        });
        Assert.Equal(513, tokenizer.VocabularySize);
        Assert.Equal([512, 'c' * 2], tokenizer.Encode("abc"));
        Assert.Equal("abc", tokenizer.Decode([512, 3, 'c' * 2]));
    }

    [Theory]
    [InlineData("\\u0061", "\\u0062")]
    [InlineData("a", "\\u0062")]
    public void Names_with_escapes_are_the_same_names(string a, string b)
    {
        string json = TestTokenizers.Json(["a b"])
            .Replace("\"a\":97", $"\"{a}\":97", StringComparison.Ordinal)
            .Replace("\"b\":98", $"\"{b}\":98", StringComparison.Ordinal)
            .Replace("\"a b\"", $"\"{a} {b}\"", StringComparison.Ordinal);
        Assert.Equal([256], TestTokenizers.Parse(json).Encode("ab"));
    }

    [Fact]
    public void A_spelling_that_appears_twice_is_refused()
    {
        string json = TestTokenizers.Json().Replace("\"a\":97", "\"a\":97,\"\\u0061\":300", StringComparison.Ordinal);
        var exception = Assert.Throws<ModelFormatException>(() => TestTokenizers.Parse(json));
        Assert.Contains("'model.vocab.a' appears twice", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_and_their_spellings_are_each_other()
    {
        Span<byte> spelling = stackalloc byte[2];
        Span<byte> decoded = stackalloc byte[2];
        for (int value = 0; value < 256; value++)
        {
            int length = ByteAlphabet.Spell((byte)value, spelling);
            Assert.Equal(ByteAlphabet.CharOf((byte)value).ToString(), Encoding.UTF8.GetString(spelling[..length]));
            Assert.True(ByteAlphabet.TryDecode(spelling[..length], decoded, out int count));
            Assert.Equal([(byte)value], decoded[..count].ToArray());
        }

        Assert.False(ByteAlphabet.TryDecode("日"u8, decoded, out _));
        Assert.False(ByteAlphabet.TryDecode([0xC3], decoded, out _));
    }
}
