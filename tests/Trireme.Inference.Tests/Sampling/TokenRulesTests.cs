using Trireme.Inference.Generation;
using Trireme.Inference.Grammars.Matching;
using Trireme.Inference.Sampling;
using Trireme.Inference.Tests.Grammars;

namespace Trireme.Inference.Tests.Sampling;

public sealed class TokenRulesTests
{
    private const int Size = 50;

    private static readonly HashSet<int> Ends = [49];

    private static readonly HashSet<int> DraftEnds = [TestGrammars.EndToken];

    [Fact]
    public void Penalties_and_biases_change_logits_as_vllm_defines_them()
    {
        var random = new Random(3);
        for (int round = 0; round < 200; round++)
        {
            int[] prompt = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.Next(Size))];
            int[] generated = [.. Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(Size - 1))];
            var options = new SamplingOptions
            {
                RepetitionPenalty = random.Next(3) == 0 ? 1 : 0.5f + (random.NextSingle() * 1.5f),
                PresencePenalty = random.Next(3) == 0 ? 0 : (random.NextSingle() * 4) - 2,
                FrequencyPenalty = random.Next(3) == 0 ? 0 : (random.NextSingle() * 4) - 2,
                LogitBias = Enumerable.Range(0, random.Next(4)).ToDictionary(i => i * 7, _ => (random.NextSingle() * 200) - 100),
                MinTokens = random.Next(2) * 10,
                StopTokens = [5],
            };
            var rules = new TokenRules(options, prompt, Ends, answerMax: 100, grammar: null);
            for (int i = 0; i < generated.Length; i++) Assert.Null(rules.Append(generated[i], i + 1));
            float[] logits = [.. Enumerable.Range(0, Size).Select(_ => (random.NextSingle() * 20) - 10)];
            double[] expected = Reference(logits, prompt, generated, options);

            float[] adjusted = [.. logits];
            if (rules.Adjusts(generated.Length)) rules.Adjust(adjusted, generated.Length);

            for (int token = 0; token < Size; token++)
            {
                if (double.IsNegativeInfinity(expected[token])) Assert.Equal(float.NegativeInfinity, adjusted[token]);
                else Assert.Equal(expected[token], adjusted[token], 1e-3);
            }
        }
    }

    [Fact]
    public void Only_allowed_tokens_keep_their_logits()
    {
        var rules = new TokenRules(new SamplingOptions { AllowedTokens = [3, 7] }, [1], Ends, 10, grammar: null);
        float[] logits = [.. Enumerable.Range(0, 200).Select(static token => (float)token)];
        Assert.True(rules.Adjusts(0));
        rules.Adjust(logits, 0);
        Assert.Equal([3, 7], Enumerable.Range(0, 200).Where(token => float.IsFinite(logits[token])));
        Assert.Equal((3f, 7f), (logits[3], logits[7]));
    }

    [Fact]
    public void The_last_token_of_a_bad_sequence_is_ruled_out_where_the_others_have_come()
    {
        var options = new SamplingOptions { BadSequences = [[1, 2, 3], [9], [2, 3, 4, 5]] };
        var rules = new TokenRules(options, prompt: [1, 2], Ends, 100, grammar: null);
        Assert.Equal([9], RuledOut());
        (int Token, int[] RuledOut)[] answer =
            [(1, [9]), (2, [3, 9]), (2, [9]), (3, [9]), (4, [5, 9]), (1, [9]), (1, [9]), (2, [3, 9]), (7, [9])];
        for (int i = 0; i < answer.Length; i++)
        {
            rules.Append(answer[i].Token, i + 1);
            Assert.Equal(answer[i].RuledOut, RuledOut());
        }

        int[] RuledOut()
        {
            var logits = new float[Size];
            rules.Adjust(logits, 0);
            return [.. Enumerable.Range(0, Size).Where(token => float.IsNegativeInfinity(logits[token]))];
        }
    }

    [Fact]
    public void Neutral_options_change_nothing() =>
        Assert.False(new TokenRules(new SamplingOptions(), [1], Ends, 10, grammar: null).Adjusts(0));

    [Fact]
    public void End_tokens_are_the_models_and_the_requests()
    {
        var both = new TokenRules(new SamplingOptions { StopTokens = [4] }, [1], Ends, 10, grammar: null);
        Assert.True(both.IsEnd(49) && both.IsEnd(4));
        Assert.False(both.IsEnd(5));
        var own = new TokenRules(new SamplingOptions { StopTokens = [4], IgnoreEndOfSequence = true }, [1], Ends, 10, grammar: null);
        Assert.True(own.IsEnd(4) && !own.IsEnd(49));
    }

    [Fact]
    public void An_end_that_comes_too_early_but_is_all_that_a_grammar_allows_is_taken()
    {
        CompiledGrammar grammar = TestGrammars.Compile(OutputConstraint.Regex("a{1,2}"));
        var options = new SamplingOptions { MinTokens = 5, Temperature = 0 };
        // A limit of two tokens, the second of which may be another 'a' or, had it come too early only, the end.
        var rules = new TokenRules(options, [1], new HashSet<int> { TestGrammars.EndToken }, answerMax: 9, grammar);
        var sampler = new TokenSampler(TestGrammars.Tokenizer.VocabularySize);
        Assert.Equal('a', sampler.Sample(new float[TestGrammars.Tokenizer.VocabularySize], rules, options, 1, 0));
        Assert.Null(rules.Append('a', 1));
        Assert.Equal('a', sampler.Sample(new float[TestGrammars.Tokenizer.VocabularySize], rules, options, 1, 1));
        Assert.Equal(FinishReason.Stop, rules.Append('a', 2));
    }

    [Fact]
    public void A_grammar_leaves_the_log_probabilities_of_allowed_tokens_a_distribution()
    {
        CompiledGrammar grammar = TestGrammars.Compile(OutputConstraint.Choice(["ax", "bx"]));
        var rules = new TokenRules(new SamplingOptions(), [1], Ends, 10, grammar);
        var logits = new float[TestGrammars.Tokenizer.VocabularySize];
        logits['b'] = 1;
        rules.Restrict(logits, 0);
        TokenLogProbability report = LogProbabilities.Of(logits, 'a', 2);
        Assert.Equal(-Math.Log(1 + Math.E), report.LogProbability, 1e-5);
        Assert.Equal(2, report.Rank);
        Assert.Equal(['b', 'a'], report.Top.Select(entry => entry.TokenId));
    }

    [Theory]
    [InlineData("nothing is asked", null, "ab\"", 3)]
    [InlineData("an end", null, "a$b", 2)]
    [InlineData("all of it", "[a-c]+", "abc", 3)]
    [InlineData("a wrong one", "[a-c]+", "abdc", 2)]
    [InlineData("a wrong one at once", "[a-c]+", "xabc", 0)]
    [InlineData("an end that may come", "[a-c]+", "ab$c", 3)]
    [InlineData("an end that may not", "[a-c]{3}d", "ab$c", 2)]
    [InlineData("a whole text", "[a-c]{2}", "abab", 2)]
    public void As_much_of_a_draft_is_possible_as_the_answer_can_take(string sentence, string? expression, string draft, int possible)
    {
        CompiledGrammar? grammar = expression is null ? null : TestGrammars.Compile(OutputConstraint.Regex(expression));
        var rules = new TokenRules(new SamplingOptions(), [1], DraftEnds, answerMax: 10, grammar);
        int[] tokens = [.. draft.Select(letter => letter == '$' ? TestGrammars.EndToken : letter)];
        Assert.True(possible == rules.CountPossible(tokens), sentence);
    }

    [Fact]
    public void What_is_possible_of_a_draft_is_what_could_be_drawn_token_by_token()
    {
        var random = new Random(12);
        var tried = new int[6];
        CompiledGrammar grammar =
            TestGrammars.Schema("""{"type":"object","properties":{"ab":{"type":"integer"},"kind":{"enum":[null]}}}""");
        for (int round = 0; round < 2_000; round++)
        {
            var rules = new TokenRules(new SamplingOptions(), [1], DraftEnds, answerMax: 1_000, grammar);
            int[] draft = new int[5];
            int expected = 0;
            bool isOver = false;
            for (int i = 0; i < draft.Length; i++)
            {
                // Mostly what may follow, so that drafts are right for a while.
                int[] allowed = isOver ? [] : Allowed(rules, draft.AsSpan(0, i));
                bool isWrong = isOver || expected < i || random.Next(5) == 0;
                draft[i] = isWrong ? random.Next(TestGrammars.Tokenizer.VocabularySize) : allowed[random.Next(allowed.Length)];
                if (isOver || expected < i || !allowed.Contains(draft[i])) continue;
                expected++;
                isOver = rules.EndsAfter(draft.AsSpan(0, i + 1));
            }

            Assert.Equal(expected, rules.CountPossible(draft));
            tried[expected]++;
        }

        Assert.DoesNotContain(0, tried);

        static int[] Allowed(TokenRules rules, ReadOnlySpan<int> draft)
        {
            var logits = new float[TestGrammars.Tokenizer.VocabularySize];
            rules.Restrict(logits, draft.Length, draft);
            return [.. Enumerable.Range(0, logits.Length).Where(token => logits[token] == 0)];
        }
    }

    [Fact]
    public void A_token_costs_no_allocation_once_the_first_ones_are_drawn()
    {
        CompiledGrammar grammar = TestGrammars.Compile(OutputConstraint.Regex("(?:[a-z]+,)*"));
        var options = new SamplingOptions
        {
            TopP = 0.9f, TopK = 40, MinP = 0.01f, TypicalP = 0.95f, RepetitionPenalty = 1.1f, PresencePenalty = 0.1f, MinTokens = 3,
            LogitBias = new Dictionary<int, float> { ['x'] = -100 },
        };
        int size = TestGrammars.Tokenizer.VocabularySize;
        var rules = new TokenRules(options, [1, 2, 3], Ends, answerMax: 100_000, grammar);
        var sampler = new TokenSampler(size);
        var logits = new float[size];
        for (int i = 0; i < 2_000; i++) Draw(i);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 2_000; i < 4_000; i++) Draw(i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Draw(int i)
        {
            for (int token = 0; token < size; token++) logits[token] = token * i % 17 * 0.1f;
            rules.Append(sampler.Sample(logits, rules, options, seed: 5, i), i + 1);
        }
    }

    private static double[] Reference(float[] logits, int[] prompt, int[] generated, SamplingOptions options)
    {
        double[] result = [.. logits.Select(logit => (double)logit)];
        if (generated.Length < options.MinTokens) result[49] = result[5] = double.NegativeInfinity;
        foreach ((int token, float bias) in options.LogitBias) result[token] += bias;
        for (int token = 0; token < Size; token++)
        {
            int count = generated.Count(entry => entry == token);
            if (count > 0 || prompt.Contains(token))
            {
                result[token] = result[token] > 0 ? result[token] / options.RepetitionPenalty : result[token] * options.RepetitionPenalty;
            }

            result[token] -= options.FrequencyPenalty * count;
            result[token] -= count > 0 ? options.PresencePenalty : 0;
        }

        return result;
    }
}
