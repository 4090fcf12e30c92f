using System.Net;
using Trireme.Contracts.Http;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests;

public sealed class ChoicesTests(SharedWorker shared)
{
    private const string Path = "/v1/completions";

    private RunningWorker Worker => shared.Worker;

    [Fact]
    public async Task Several_answers_are_those_of_their_seeds_and_count_the_prompt_once()
    {
        CompletionRequest request = Ask(8) with { N = 3, Seed = 40 };
        Completion all = await CompleteAsync(request);

        Assert.Equal([0, 1, 2], all.Choices.Select(choice => choice.Index));
        for (int i = 0; i < 3; i++)
        {
            Completion single = await CompleteAsync(request with { N = 1, Seed = 40 + i });
            Assert.Equal(single.Choices[0].Text, all.Choices[i].Text);
            Assert.Equal(single.Usage!.PromptTokens, all.Usage!.PromptTokens);
        }

        Assert.Equal(24, all.Usage!.CompletionTokens);
    }

    [Fact]
    public async Task The_best_answers_are_the_most_likely_and_all_of_them_are_paid_for()
    {
        CompletionRequest request = Ask(6) with { Seed = 7, Temperature = 2 };
        Completion all = await CompleteAsync(request with { N = 4, Logprobs = 0 });
        IEnumerable<string> best = all.Choices
            .OrderByDescending(choice => choice.Logprobs!.TokenLogprobs.Average(logprob => logprob!.Value))
            .Select(choice => choice.Text)
            .Take(2);

        Completion chosen = await CompleteAsync(request with { N = 2, BestOf = 4 });
        Assert.Equal(best, chosen.Choices.Select(choice => choice.Text));
        Assert.All(chosen.Choices, choice => Assert.Null(choice.Logprobs));
        Assert.Equal(24, chosen.Usage!.CompletionTokens);
    }

    [Theory]
    [InlineData("fewer than n", """{"prompt":"a","n":3,"best_of":2}""", "best_of")]
    [InlineData("too many", """{"prompt":"a","best_of":129}""", "best_of")]
    [InlineData("a stream of the best", """{"prompt":"a","best_of":2,"stream":true}""", "best_of")]
    [InlineData("a priority that is no number", """{"prompt":"a","priority":"high"}""", "priority")]
    public async Task What_cannot_be_answered_is_refused(string sentence, string body, string field)
    {
        Reply reply = await Worker.PostAsync(Path, body);
        Assert.True(reply.Status == HttpStatusCode.BadRequest, sentence);
        Assert.Equal(field, reply.Error.GetProperty("param").GetString());
    }

    [Fact]
    public async Task The_platform_says_whose_turn_a_request_takes()
    {
        Assert.Equal(HttpStatusCode.OK, await StatusAsync((TriremeHeaders.Tenant, "a"), (TriremeHeaders.TenantWeight, "2.5")));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync((TriremeHeaders.QueueTimeout, "60")));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync((TriremeHeaders.TenantWeight, "0")));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync((TriremeHeaders.TenantWeight, "heavy")));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync((TriremeHeaders.QueueTimeout, "-1")));
    }

    [Fact]
    public async Task A_request_that_has_no_time_to_wait_is_told_to_come_back()
    {
        // A billionth of a second is over before the engine looks.
        using HttpResponseMessage response = await SendAsync((TriremeHeaders.QueueTimeout, "1e-9"));
        Reply reply = await Reply.ReadAsync(response);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, reply.Status);
        Assert.Equal(OpenAiErrorCodes.Expired, reply.Error.GetProperty("code").GetString());
        Assert.True(response.Headers.Contains("Retry-After"));
    }

    private static CompletionRequest Ask(int maxTokens) => new() { Prompt = "Once upon", MaxTokens = maxTokens };

    private async Task<HttpStatusCode> StatusAsync(params (string Name, string Value)[] headers)
    {
        using HttpResponseMessage response = await SendAsync(headers);
        return response.StatusCode;
    }

    private async Task<HttpResponseMessage> SendAsync(params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Path) { Content = RunningWorker.Json(Ask(1) with { Priority = 1 }) };
        foreach ((string name, string value) in headers) request.Headers.Add(name, value);
        return await Worker.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private async Task<Completion> CompleteAsync(CompletionRequest request)
    {
        Reply reply = await Worker.PostAsync(Path, request);
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        return reply.Read<Completion>();
    }
}
