using Trireme.Inference.Engine;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Tests.Engine;

public sealed class EngineLoopAnswerTests
{
    private static SamplingOptions Greedy => new() { Temperature = 0 };

    [Fact]
    public async Task An_answer_ends_at_the_token_limit()
    {
        await using var bench = new LoopBench();
        Answer answer = await bench.Ask("abc", Greedy with { MaxTokens = 4 });
        Assert.Equal("defg", answer.Text);
        Assert.Equal([3, 4, 5, 6], answer.Tokens);
        Assert.Equal(FinishReason.Length, answer.End.FinishReason);
    }

    [Fact]
    public async Task An_answer_ends_at_an_end_token_which_has_no_text()
    {
        await using var bench = new LoopBench();
        Answer answer = await bench.Ask("w", Greedy);
        Assert.Equal("xyz", answer.Text);
        Assert.Equal(26, answer.End.TokenId);
        Assert.Equal(FinishReason.Stop, answer.End.FinishReason);
    }

    [Fact]
    public async Task An_answer_goes_on_past_end_tokens_when_asked_to()
    {
        await using var bench = new LoopBench();
        Answer answer = await bench.Ask("y", Greedy with { IgnoreEndOfSequence = true, MaxTokens = 4 });
        Assert.Equal("zab", answer.Text);
        Assert.Equal(FinishReason.Length, answer.End.FinishReason);
    }

    [Fact]
    public async Task An_answer_ends_at_a_stop_token_which_has_no_text()
    {
        await using var bench = new LoopBench();
        Answer answer = await bench.Ask("a", Greedy with { StopTokens = [4, 25] });
        Assert.Equal("bcd", answer.Text);
        Assert.Equal(4, answer.End.TokenId);
        Assert.Equal(FinishReason.Stop, answer.End.FinishReason);
    }

    [Fact]
    public async Task Nothing_ends_an_answer_before_its_least_number_of_tokens_but_the_limit()
    {
        await using var bench = new LoopBench();
        // The end token is ruled out at first, so the best of the others comes: the first of those equally likely.
        Answer answer = await bench.Ask("y", Greedy with { MinTokens = 4, MaxTokens = 6 });
        Assert.Equal("zabcde", answer.Text);
        answer = await bench.Ask("a", Greedy with { MinTokens = 3, MaxTokens = 9, Stop = ["c", "f"] });
        Assert.Equal("bcde", answer.Text);
    }

    [Fact]
    public async Task A_bias_and_a_penalty_change_the_answer()
    {
        await using var bench = new LoopBench();
        Answer answer = await bench.Ask("a", Greedy with { LogitBias = new Dictionary<int, float> { [25] = 100 }, MaxTokens = 3 });
        Assert.Equal("zzz", answer.Text);
        SamplingOptions penalized = Greedy with { RepetitionPenalty = 30, LogitBias = new Dictionary<int, float> { [0] = 19 } };
        answer = await bench.Ask("ab", penalized with { MaxTokens = 3 });
        Assert.Equal("cde", answer.Text);
    }

    [Fact]
    public async Task A_token_outside_the_vocabulary_is_refused_with_its_field()
    {
        await using var bench = new LoopBench();
        SubmitResult bias = bench.Loop.Submit(
            LoopBench.Request("a", Greedy with { LogitBias = new Dictionary<int, float> { [27] = 1 } }), CancellationToken.None);
        Assert.Equal(SubmitError.InvalidSampling, bias.Error);
        Assert.StartsWith("logit_bias has the key '27', which is no token: ", bias.Message, StringComparison.Ordinal);
        SubmitResult stop = bench.Loop.Submit(LoopBench.Request("a", Greedy with { StopTokens = [-1] }), CancellationToken.None);
        Assert.StartsWith("stop_token_ids[0] is -1, which is no token: ", stop.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_ends_where_the_context_does()
    {
        await using var bench = new LoopBench(contextLength: 10);
        Answer answer = await bench.Ask("abcdefg", Greedy);
        Assert.Equal("hij", answer.Text);
        Assert.Equal(FinishReason.Length, answer.End.FinishReason);
    }

    [Fact]
    public async Task A_stop_text_ends_the_answer_and_is_never_shown()
    {
        await using var bench = new LoopBench();
        Answer answer = await bench.Ask("a", Greedy with { Stop = ["xx", "efg"] });
        Assert.Equal("bcd", answer.Text);
        Assert.Equal(FinishReason.Stop, answer.End.FinishReason);
    }

    [Fact]
    public async Task Text_held_back_for_a_stop_text_is_shown_when_the_answer_ends_before_it()
    {
        await using var bench = new LoopBench();
        Answer answer = await bench.Ask("a", Greedy with { Stop = ["cdX"], MaxTokens = 3 });
        Assert.Equal(["b", "", "cd"], answer.Events.Select(entry => entry.Text));
    }

    [Fact]
    public async Task A_request_without_answer_gives_its_prompts_log_probabilities()
    {
        await using var bench = new LoopBench();
        Answer answer = await bench.Ask("abd", Greedy with { MaxTokens = 0, PromptLogProbabilities = 1 });
        TokenEvent only = Assert.Single(answer.Events);
        Assert.Null(only.TokenId);
        Assert.Equal(FinishReason.Length, only.FinishReason);
        AssertPrompt(only.PromptLogProbabilities!);
    }

    [Fact]
    public async Task A_request_without_answer_and_log_probabilities_only_fills_the_cache()
    {
        await using var bench = new LoopBench();
        Assert.Single((await bench.Ask(new string('a', 33), Greedy with { MaxTokens = 0 })).Events);
        Answer next = await bench.Ask(new string('a', 33), Greedy with { MaxTokens = 0 });
        Assert.Equal(32, next.End.CachedPromptTokens);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(512)]
    public async Task Prompt_log_probabilities_come_once_with_the_first_token_however_the_prompt_is_chunked(int budget)
    {
        var options = new EngineOptions { ModelName = "test", MaxSequences = 2, MaxBatchedTokens = budget };
        SamplingOptions sampling = Greedy with { MaxTokens = 2, PromptLogProbabilities = 1, LogProbabilities = 2 };
        await using var bench = new LoopBench(options: options);
        // The second request would find the first one's blocks, but needs its whole prompt's logits.
        for (int i = 0; i < 2; i++)
        {
            Answer answer = await bench.Ask("abd" + new string('a', 40), sampling);
            AssertPrompt(answer.Events[0].PromptLogProbabilities!);
            Assert.Equal(43, answer.Events[0].PromptLogProbabilities!.Count);
            Assert.Null(answer.Events[1].PromptLogProbabilities);
            Assert.Equal(2, answer.Events[1].LogProbability!.Top.Count);
            Assert.Equal(0, answer.End.CachedPromptTokens);
        }
    }

    [Fact]
    public async Task A_prompt_seen_before_is_taken_from_the_cache_unless_the_salt_differs()
    {
        await using var bench = new LoopBench();
        string prompt = string.Concat(Enumerable.Repeat("abcdefghij", 5));
        Assert.Equal(0, (await bench.Ask(prompt)).End.CachedPromptTokens);
        Answer second = await bench.Ask(prompt);
        Assert.Equal(48, second.End.CachedPromptTokens);
        Assert.Equal("klm", second.Text);
        Assert.Equal(0, (await bench.Ask(prompt, salt: "tenant")).End.CachedPromptTokens);
    }

    private static void AssertPrompt(IReadOnlyList<TokenLogProbability?> prompt)
    {
        double normalizer = Math.Log(26 + Math.Exp(AlphabetModel.Certainty));
        Assert.Null(prompt[0]);
        Assert.Equal(1, prompt[1]!.TokenId);
        Assert.Equal(AlphabetModel.Certainty - normalizer, prompt[1]!.LogProbability, 1e-5);
        Assert.Equal(3, prompt[2]!.TokenId);
        Assert.Equal(-normalizer, prompt[2]!.LogProbability, 1e-4);
        Assert.Equal(2, Assert.Single(prompt[2]!.Top).TokenId);
    }
}
