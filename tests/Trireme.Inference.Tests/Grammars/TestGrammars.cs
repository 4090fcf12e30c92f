using System.Text;
using Trireme.Inference.Generation;
using Trireme.Inference.Grammars;
using Trireme.Inference.Grammars.Matching;
using Trireme.Inference.Sampling;
using Trireme.Inference.Tests.Tokenizers;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Tests.Grammars;

/// <summary>Asks grammars questions, and lets a model without any sense write within them.</summary>
internal static class TestGrammars
{
    private static readonly string[] Merges =
    [
        "{ \"", "\" :", "\": Ġ", "\" ,", "\", Ġ", "\" }", "[ \"", "[ ]", "{ }", "} ]", "} }", "] }", "] ]", ", Ġ", ": Ġ", "n u", "nu l",
        "nul l", "t r", "tr u", "tru e", "a b", "ab c", "1 2", "12 3", "\\ u", "0 0", "00 0", "k i", "ki n", "kin d", "\" k", "Ã ©", "â Ģ",
    ];

    /// <summary>All bytes, some tokens a JSON writer likes, and an end token.</summary>
    public static BpeTokenizer Tokenizer { get; } = TestTokenizers.Create(Merges, ["<end>"]);

    public const int EndToken = 256;

    public static TokenTrie Trie { get; } = new(Tokenizer, Tokenizer.VocabularySize);

    public static CompiledGrammar Compile(OutputConstraint constraint) =>
        ConstraintCompiler.Compile(constraint, Trie, Tokenizer, CancellationToken.None);

    public static CompiledGrammar Schema(string schema) => Compile(OutputConstraint.JsonSchema(schema));

    public static bool Accepts(this CompiledGrammar grammar, string text)
    {
        MatchState state = grammar.Machine.Start;
        foreach (byte value in Encoding.UTF8.GetBytes(text)) state = grammar.Machine.Step(state, value);
        return state.Accepts;
    }

    /// <summary>The message of a constraint that is refused.</summary>
    public static string Refusal(OutputConstraint constraint) => Assert.Throws<GrammarException>(() => Compile(constraint)).Message;

    /// <summary>Writes an answer of at most so many tokens with random logits, exactly as the engine would.</summary>
    public static (string Text, bool Ended) Write(CompiledGrammar grammar, Random random, int tokensMax, float endBias = 0)
    {
        var options = new SamplingOptions { MaxTokens = tokensMax };
        var rules = new TokenRules(options, [1], new HashSet<int> { EndToken }, tokensMax, grammar);
        var sampler = new TokenSampler(Tokenizer.VocabularySize);
        var logits = new float[Tokenizer.VocabularySize];
        var tokens = new List<int>();
        while (tokens.Count < tokensMax)
        {
            for (int i = 0; i < logits.Length; i++) logits[i] = (random.NextSingle() * 8) - 4;
            logits[EndToken] += endBias;
            int token = sampler.Sample(logits, rules, options, seed: random.Next(), tokens.Count);
            if (rules.IsEnd(token)) return (TextOf(tokens), true);
            tokens.Add(token);
            if (rules.Append(token, tokens.Count) is FinishReason.Stop) return (TextOf(tokens), true);
        }

        return (TextOf(tokens), false);
    }

    private static string TextOf(List<int> tokens)
    {
        var bytes = new List<byte>();
        foreach (int token in tokens) bytes.AddRange(Tokenizer.TokenBytes(token));
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString([.. bytes]);
    }
}
