using System.Net;
using System.Text.Json;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests;

public sealed class SleepTests
{
    private static readonly CompletionRequest Question = new() { Prompt = "Once upon", Temperature = 0, MaxTokens = 8 };

    [Theory]
    [InlineData("", "weights_offloaded", 1)]
    [InlineData("?level=1", "weights_offloaded", 1)]
    [InlineData("?level=2&mode=wait", "discard_all", 4)]
    public async Task A_sleeping_worker_refuses_with_a_hint_to_come_back_and_answers_the_same_once_woken(
        string query, string state, int stages)
    {
        await using RunningWorker worker = await RunningWorker.StartAsync();
        string before = await AnswerAsync(worker);
        int started = await StagesAsync(worker);

        Assert.Equal(HttpStatusCode.OK, (await worker.PostAsync("/sleep" + query, "{}")).Status);
        Assert.True((await worker.GetAsync("/is_sleeping")).Json.GetProperty("is_sleeping").GetBoolean());
        Reply refused = await worker.PostAsync("/v1/completions", Question);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Equal(OpenAiErrorCodes.Asleep, refused.Error.GetProperty("code").GetString());
        Assert.Equal("1", Assert.Single(refused.Response.Headers.GetValues("Retry-After")));
        string metrics = (await worker.GetAsync("/metrics")).Body;
        string series = $"vllm:engine_sleep_state{{model_name=\"tiny\",engine=\"0\",sleep_state=\"{state}\"}} 1";
        Assert.Contains(series, metrics, StringComparison.Ordinal);
        Reply health = await worker.GetAsync("/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.Status);
        Assert.Equal("sleeping", health.Json.GetProperty("state").GetString());

        Assert.Equal(HttpStatusCode.OK, (await worker.PostAsync("/wake_up", "{}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await worker.GetAsync("/health")).Status);
        Assert.False((await worker.GetAsync("/is_sleeping")).Json.GetProperty("is_sleeping").GetBoolean());
        Assert.Equal(before, await AnswerAsync(worker));
        Assert.Equal(started + stages, await StagesAsync(worker));
    }

    [Fact]
    public async Task A_stream_that_sleep_cuts_off_is_told_so()
    {
        await using RunningWorker worker = await RunningWorker.StartAsync();
        var request = new CompletionRequest { Prompt = "Once", MaxTokens = 20_000, Stream = true };
        using HttpResponseMessage response = await worker.OpenStreamAsync("/v1/completions", request);
        await worker.PostAsync("/sleep", "{}");
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\"code\":\"asleep\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?level=0", "level")]
    [InlineData("?level=3", "level")]
    [InlineData("?mode=keep", "mode")]
    [InlineData("?tags=weights", "tags")]
    public async Task A_way_to_sleep_that_is_not_known_is_refused(string query, string field)
    {
        await using RunningWorker worker = await RunningWorker.StartAsync();
        Reply reply = await worker.PostAsync("/sleep" + query, "{}");
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal(field, reply.Error.GetProperty("param").GetString());
        Assert.False((await worker.GetAsync("/is_sleeping")).Json.GetProperty("is_sleeping").GetBoolean());
    }

    [Theory]
    [InlineData("/sleep")]
    [InlineData("/wake_up")]
    public async Task A_web_page_may_not_give_these_orders(string path)
    {
        await using RunningWorker worker = await RunningWorker.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Headers.Add("Origin", "https://example.com");
        using HttpResponseMessage response = await worker.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    private static async Task<string> AnswerAsync(RunningWorker worker) =>
        (await worker.PostAsync("/v1/completions", Question)).Read<Completion>().Choices[0].Text;

    private static async Task<int> StagesAsync(RunningWorker worker)
    {
        JsonElement stages = (await worker.GetAsync("/startup")).Json.GetProperty("stages");
        return stages.GetArrayLength();
    }
}
