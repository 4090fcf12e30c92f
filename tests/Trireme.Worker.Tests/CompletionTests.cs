using System.Net;
using System.Text.Json;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests;

public sealed class CompletionTests(SharedWorker shared)
{
    private const string Path = "/v1/completions";

    private RunningWorker Worker => shared.Worker;

    [Fact]
    public async Task An_answer_has_sixteen_tokens_unless_told_otherwise()
    {
        var answer = await CompleteAsync(Ask("Once upon"));

        Assert.StartsWith("cmpl-", answer.Id, StringComparison.Ordinal);
        Assert.Equal("text_completion", answer.ObjectType);
        Assert.Equal(16, answer.Choices[0].Text.Length);
        Assert.Equal("length", answer.Choices[0].FinishReason);
        Assert.Equal(16, answer.Usage!.CompletionTokens);
    }

    [Fact]
    public async Task A_text_and_its_tokens_are_the_same_prompt()
    {
        var tokens = (await Worker.PostAsync("/tokenize", new TokenizeRequest { Prompt = "Once upon" })).Read<TokenizeResponse>();

        Assert.Equal(
            (await CompleteAsync(Ask("Once upon"))).Choices[0].Text,
            (await CompleteAsync(Ask(CompletionPrompt.FromTokens(tokens.Tokens)))).Choices[0].Text);
    }

    [Theory]
    [InlineData("a text", "\"ab\"", 1)]
    [InlineData("texts", """["ab","cd","ef"]""", 3)]
    [InlineData("tokens", "[97,98]", 1)]
    [InlineData("lists of tokens", "[[97,98],[99]]", 2)]
    public async Task A_prompt_may_be(string sentence, string prompt, int prompts)
    {
        Reply reply = await Worker.PostAsync(Path, $$"""{"prompt":{{prompt}},"max_tokens":2,"n":2}""");

        Assert.True(reply.Status == HttpStatusCode.OK, sentence);
        var answer = reply.Read<Completion>();
        Assert.Equal(Enumerable.Range(0, prompts * 2), answer.Choices.Select(choice => choice.Index));
        Assert.Equal(prompts * 4, answer.Usage!.CompletionTokens);
    }

    [Fact]
    public async Task Each_prompt_gets_its_own_answer()
    {
        var together = await CompleteAsync(Ask(new CompletionPrompt(new PromptInput { Text = "one" }, new PromptInput { Text = "two" })));

        Assert.Equal((await CompleteAsync(Ask("one"))).Choices[0].Text, together.Choices[0].Text);
        Assert.Equal((await CompleteAsync(Ask("two"))).Choices[0].Text, together.Choices[1].Text);
    }

    [Fact]
    public async Task An_echo_puts_the_prompt_before_the_answer()
    {
        string answer = (await CompleteAsync(Ask("Once upon") with { MaxTokens = 4 })).Choices[0].Text;

        Assert.Equal("Once upon" + answer, (await CompleteAsync(Ask("Once upon") with { MaxTokens = 4, Echo = true })).Choices[0].Text);
    }

    [Fact]
    public async Task An_echo_without_an_answer_only_reports_the_prompt()
    {
        var answer = await CompleteAsync(Ask("the end") with { MaxTokens = 0, Echo = true, Logprobs = 1 });

        CompletionChoice choice = answer.Choices[0];
        Assert.Equal("the end", choice.Text);
        Assert.Equal("length", choice.FinishReason);
        Assert.Equal(0, answer.Usage!.CompletionTokens);
        Assert.Equal("the end", string.Concat(choice.Logprobs!.Tokens));
        Assert.Null(choice.Logprobs.TokenLogprobs[0]);
        Assert.Null(choice.Logprobs.TopLogprobs![0]);
        Assert.All(choice.Logprobs.TokenLogprobs.Skip(1), logprob => Assert.True(logprob < 0));
    }

    [Fact]
    public async Task The_log_probabilities_of_an_answer_do_not_depend_on_who_wrote_it()
    {
        CompletionRequest write = Ask("Once upon") with { MaxTokens = 6, Logprobs = 0, ReturnTokenIds = true };
        CompletionChoice written = (await CompleteAsync(write)).Choices[0];
        IReadOnlyList<int> tokens = [.. written.PromptTokenIds!, .. written.TokenIds!];

        CompletionChoice read =
            (await CompleteAsync(Ask(CompletionPrompt.FromTokens(tokens)) with { MaxTokens = 0, Echo = true, Logprobs = 0 })).Choices[0];

        double sum = written.Logprobs!.TokenLogprobs.Sum(logprob => logprob!.Value);
        Assert.Equal(sum, read.Logprobs!.TokenLogprobs.Skip(written.PromptTokenIds!.Count).Sum(logprob => logprob!.Value), 3);
    }

    [Fact]
    public async Task Log_probabilities_are_parallel_lists_with_offsets_into_the_text()
    {
        CompletionChoice choice = (await CompleteAsync(Ask("the") with { MaxTokens = 5, Echo = true, Logprobs = 2 })).Choices[0];

        CompletionLogprobs logprobs = choice.Logprobs!;
        Assert.Equal(logprobs.Tokens.Count, logprobs.TokenLogprobs.Count);
        Assert.Equal(logprobs.Tokens.Count, logprobs.TopLogprobs!.Count);
        for (int i = 0; i < logprobs.Tokens.Count; i++)
        {
            Assert.Equal(logprobs.Tokens[i], choice.Text.Substring(logprobs.TextOffset[i], logprobs.Tokens[i].Length));
            if (i == 0) continue;
            Assert.Equal(logprobs.TokenLogprobs[i]!.Value, logprobs.TopLogprobs[i]![logprobs.Tokens[i]], 5);
            Assert.InRange(logprobs.TopLogprobs[i]!.Count, 2, 3);
        }
    }

    [Fact]
    public async Task Streamed_and_whole_answers_are_the_same()
    {
        CompletionRequest request = Ask("Once upon") with
        {
            Echo = true, Logprobs = 2, ReturnTokenIds = true, MaxTokens = 10, N = 2, Seed = 5, Temperature = 1,
        };
        Completion whole = await CompleteAsync(request);

        CompletionRequest streamed = request with { Stream = true, StreamOptions = new() { IncludeUsage = true } };
        List<JsonElement> events = await Worker.StreamAsync(Path, streamed);
        List<Completion> chunks = [.. events.Select(chunk => chunk.Deserialize<Completion>(OpenAiJson.Options)!)];

        foreach (CompletionChoice expected in whole.Choices)
        {
            List<CompletionChoice> choices = [.. chunks.SelectMany(chunk => chunk.Choices).Where(choice => choice.Index == expected.Index)];
            Assert.Equal(expected.Text, string.Concat(choices.Select(choice => choice.Text)));
            Assert.Equal(expected.TokenIds!, choices.SelectMany(choice => choice.TokenIds!));
            Assert.Equal(expected.PromptTokenIds!, choices[0].PromptTokenIds!);
            Assert.Equal(expected.Logprobs!.Tokens, choices.SelectMany(choice => choice.Logprobs!.Tokens));
            Assert.Equal(expected.Logprobs.TokenLogprobs, choices.SelectMany(choice => choice.Logprobs!.TokenLogprobs));
            Assert.Equal(expected.Logprobs.TextOffset, choices.SelectMany(choice => choice.Logprobs!.TextOffset));
            Assert.Equal(expected.FinishReason, choices[^1].FinishReason);
        }

        Assert.Equal(whole.Usage!.CompletionTokens, chunks[^1].Usage!.CompletionTokens);
        Assert.Equal(whole.Usage.PromptTokens, chunks[^1].Usage!.PromptTokens);
    }

    private static CompletionRequest Ask(CompletionPrompt prompt) => new() { Prompt = prompt, Temperature = 0 };

    private async Task<Completion> CompleteAsync(CompletionRequest request)
    {
        Reply reply = await Worker.PostAsync(Path, request);
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        return reply.Read<Completion>();
    }
}
