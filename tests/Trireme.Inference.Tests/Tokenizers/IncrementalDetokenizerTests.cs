using System.Text;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Tests.Tokenizers;

public sealed class IncrementalDetokenizerTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_pieces_of_any_ids_are_their_whole_text_and_never_half_a_character(bool skipSpecial)
    {
        BpeTokenizer tokenizer = TestTokenizers.Create(TestTokenizers.SomeMerges, ["<|end|>"]);
        var random = new Random(1);
        for (int round = 0; round < 2000; round++)
        {
            int[] ids = round % 2 == 0
                ? tokenizer.Encode(RandomText.Next(random, 12))
                : [.. Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(tokenizer.VocabularySize + 2))];
            var detokenizer = new IncrementalDetokenizer(tokenizer, skipSpecial);
            var shown = new StringBuilder();
            for (int i = 0; i < ids.Length; i++)
            {
                shown.Append(detokenizer.Append(ids[i]));
                string soFar = tokenizer.Decode(ids.AsSpan(0, i + 1), skipSpecial);
                Assert.StartsWith(shown.ToString(), soFar, StringComparison.Ordinal);
                // At most the three bytes of an unfinished character are held back, which show as one replacement character.
                Assert.InRange(soFar.Length - shown.Length, 0, 1);
            }

            shown.Append(detokenizer.Flush());
            Assert.Equal(tokenizer.Decode(ids, skipSpecial), shown.ToString());
        }
    }

    [Fact]
    public void A_character_in_several_tokens_shows_when_it_is_whole()
    {
        BpeTokenizer tokenizer = TestTokenizers.Create();
        var detokenizer = new IncrementalDetokenizer(tokenizer);
        byte[] bytes = Encoding.UTF8.GetBytes("😀");
        Assert.Equal(["", "", "", "😀"], bytes.Select(value => detokenizer.Append(value)));
        Assert.Equal("", detokenizer.Append(bytes[0]));
        Assert.Equal("\uFFFDa", detokenizer.Append('a'));
        Assert.Equal("", detokenizer.Append(bytes[0]));
        Assert.Equal("\uFFFD", detokenizer.Flush());
        Assert.Equal("", detokenizer.Flush());
    }
}
