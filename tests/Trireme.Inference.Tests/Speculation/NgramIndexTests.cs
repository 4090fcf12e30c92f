using CsCheck;
using Trireme.Inference.Speculation;

namespace Trireme.Inference.Tests.Speculation;

public sealed class NgramIndexTests
{
    [Theory]
    [InlineData("nothing occurred before", "abcd", "")]
    [InlineData("one token is fewer than the least", "abcda", "")]
    [InlineData("two tokens go on as before", "abcdXab", "cdX")]
    [InlineData("of two places with the same match the later one counts", "abXabYab", "Yab")]
    [InlineData("the longer match counts, though it is older", "xabcMabcNzabQxabc", "Mab")]
    [InlineData("a repetition goes on past the end", "ababab", "aba")]
    [InlineData("a run of one token goes on", "qqqq", "qqq")]
    public void What_followed_before_is_drafted(string sentence, string text, string expected)
    {
        int[] tokens = [.. text.Select(letter => (int)letter)];
        var index = new NgramIndex(least: 2, most: 4, capacity: 4);
        index.Read(tokens);
        var draft = new int[3];
        int count = index.Continue(tokens, draft);
        string actual = string.Concat(draft.Take(count).Select(token => (char)token));
        Assert.True(expected == actual, $"{sentence}: {actual}");
    }

    [Fact]
    public void Any_sequence_read_in_any_pieces_gives_what_a_search_of_all_of_it_gives() =>
        Gen.Select(Gen.Int[1, 4], Gen.Int[0, 4], Gen.Int[1, 5].SelectMany(letters => Gen.Int[-1, letters].Array[0, 120]), Gen.Int[1, 30])
            .Sample((least, further, tokens, piece) =>
            {
                int most = least + further;
                var index = new NgramIndex(least, most, capacity: 0);
                for (int end = Math.Min(piece, tokens.Length); ; end = Math.Min(end + piece, tokens.Length))
                {
                    ReadOnlySpan<int> read = tokens.AsSpan(0, end);
                    index.Read(read);
                    (int length, int place) = Search(read, least, most);
                    var draft = new int[6];
                    int count = index.Continue(read, draft);
                    if (index.MatchLength != length || count != (length == 0 ? 0 : draft.Length)) return false;
                    for (int i = 0; i < count; i++)
                    {
                        if (draft[i] != (place + i < end ? tokens[place + i] : draft[place + i - end])) return false;
                    }

                    if (end == tokens.Length) return true;
                }
            });

    [Fact]
    public void Reading_and_drafting_allocate_nothing_while_there_is_room()
    {
        var random = new Random(3);
        int[] tokens = [.. Enumerable.Range(0, 2_000).Select(_ => random.Next(20))];
        var index = new NgramIndex(least: 2, most: 5, capacity: tokens.Length);
        var draft = new int[4];
        for (int i = 1; i <= 1_000; i++) Step(i);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 1_001; i <= tokens.Length; i++) Step(i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Step(int count)
        {
            index.Read(tokens.AsSpan(0, count));
            index.Continue(tokens.AsSpan(0, count), draft);
        }
    }

    private static (int Length, int Place) Search(ReadOnlySpan<int> tokens, int least, int most)
    {
        for (int length = most; length >= least; length--)
        {
            for (int end = tokens.Length - 1; end >= length; end--)
            {
                if (tokens.Slice(end - length, length).SequenceEqual(tokens[^length..])) return (length, end);
            }
        }

        return (0, 0);
    }
}
