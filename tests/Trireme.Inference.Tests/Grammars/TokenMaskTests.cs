using System.Text;
using Trireme.Inference.Generation;
using Trireme.Inference.Grammars;
using Trireme.Inference.Grammars.Matching;
using Trireme.Inference.Tests.Tokenizers;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Tests.Grammars;

/// <summary>A choice of so many texts that not all tokens of one step can be looked at.</summary>
public sealed class TokenMaskTests
{
    private static readonly string[] Words = MakeWords();

    private static readonly BpeTokenizer Tokenizer = TestTokenizers.Create([.. MakeMerges()], ["<end>"]);

    private static readonly TokenTrie Trie = new(Tokenizer, Tokenizer.VocabularySize);

    [Fact]
    public void What_may_follow_does_not_depend_on_what_was_asked_before()
    {
        CompiledGrammar fresh = Compile(), used = Compile();
        // Other answers have been everywhere in this one, in another order, often enough for states to be dropped and made again.
        foreach (string word in Words.Reverse()) Follow(used, word, word.Length);
        foreach (string word in Words.Where((_, index) => index % 1_000 == 7))
        {
            for (int length = 0; length < word.Length; length++)
            {
                Assert.Equal(Follow(fresh, word, length), Follow(used, word, length));
                Assert.Equal(Follow(fresh, word, length, tokensLeft: 2), Follow(used, word, length, tokensLeft: 2));
            }
        }
    }

    [Fact]
    public void Every_text_can_be_written()
    {
        CompiledGrammar grammar = Compile();
        foreach (string word in Words.Where((_, index) => index % 500 == 3))
        {
            var matcher = new GrammarMatcher(grammar);
            foreach (byte letter in Encoding.UTF8.GetBytes(word))
            {
                int token = Tokenizer.Encode(((char)letter).ToString()).Single();
                Assert.True((matcher.Following(100)[token >> 6] & 1UL << token) != 0, word);
                matcher.Advance(token);
            }

            Assert.True(matcher.IsComplete);
        }
    }

    private static ulong[] Follow(CompiledGrammar grammar, string word, int length, int tokensLeft = 100)
    {
        MatchState state = grammar.Machine.Start;
        foreach (byte value in Encoding.UTF8.GetBytes(word[..length])) state = grammar.Machine.Step(state, value);
        return grammar.Masks.Following(state, tokensLeft).ToArray();
    }

    private static CompiledGrammar Compile() =>
        new(ConstraintCompiler.Translate(OutputConstraint.Choice(Words), CancellationToken.None), Trie, Tokenizer);

    private static string[] MakeWords()
    {
        var random = new Random(3);
        var words = new HashSet<string>();
        while (words.Count < 9_000) words.Add(string.Concat(Enumerable.Range(0, 4).Select(_ => (char)('a' + random.Next(26)))));
        return [.. words.Order(StringComparer.Ordinal)];
    }

    /// <summary>All pairs of letters are tokens, and all words.</summary>
    private static IEnumerable<string> MakeMerges()
    {
        for (char first = 'a'; first <= 'z'; first++)
        {
            for (char second = 'a'; second <= 'z'; second++) yield return $"{first} {second}";
        }

        foreach (string word in Words) yield return $"{word[..2]} {word[2..]}";
    }
}
