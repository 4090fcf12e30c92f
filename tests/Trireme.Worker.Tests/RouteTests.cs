using System.Net;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests;

/// <summary>What vLLM's routes beside the completions answer, and who may call them from a web page.</summary>
public sealed class RouteTests(SharedWorker shared)
{
    private RunningWorker Worker => shared.Worker;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/health")]
    [InlineData("/ping")]
    [InlineData("/version")]
    [InlineData("/metrics")]
    [InlineData("/load")]
    [InlineData("/startup")]
    [InlineData("/is_sleeping")]
    [InlineData("/is_paused")]
    [InlineData("/tokenizer_info")]
    [InlineData("/v1/models")]
    [InlineData("/v1/models/tiny")]
    public async Task What_can_be_read_is_answered_to_HEAD_without_a_body(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        using HttpResponseMessage response = await Worker.Http.SendAsync(request, Cancel);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal((await Worker.GetAsync(path)).Response.Content.Headers.ContentType, response.Content.Headers.ContentType);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync(Cancel));
    }

    [Fact]
    public async Task A_tokenizer_is_described_for_tools_that_encode_themselves()
    {
        Reply reply = await Worker.GetAsync("/tokenizer_info");

        Assert.Equal("<|begin|>", reply.Json.GetProperty("bos_token").GetString());
        Assert.Equal("<|im_end|>", reply.Json.GetProperty("eos_token").GetString());
        Assert.Equal(TinyModel.ContextLength, reply.Json.GetProperty("model_max_length").GetInt32());
        Assert.Contains("<|im_start|>", reply.Json.GetProperty("chat_template").GetString(), StringComparison.Ordinal);
        Assert.Equal("<|end|>", reply.Json.GetProperty("added_tokens_decoder").GetProperty("257").GetString());
    }

    [Fact]
    public async Task Pings_may_be_posted_and_nothing_is_paused()
    {
        Assert.Equal(HttpStatusCode.OK, (await Worker.PostAsync("/ping", "")).Status);
        Assert.False((await Worker.GetAsync("/is_paused")).Json.GetProperty("is_paused").GetBoolean());
    }

    [Fact]
    public async Task Pages_of_the_origins_that_are_set_may_call_and_no_others()
    {
        await using RunningWorker worker =
            await RunningWorker.StartAsync(static options => options with { AllowedOrigins = ["https://chat.example"] });
        foreach ((string origin, bool isAllowed) in new[] { ("https://chat.example", true), ("https://other.example", false) })
        {
            using var asks = new HttpRequestMessage(HttpMethod.Options, "/v1/chat/completions");
            asks.Headers.Add("Origin", origin);
            asks.Headers.Add("Access-Control-Request-Method", "POST");
            using HttpResponseMessage answer = await worker.Http.SendAsync(asks, Cancel);
            Assert.Equal(isAllowed, answer.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task A_template_of_a_request_is_used_where_requests_are_trusted()
    {
        await using RunningWorker worker =
            await RunningWorker.StartAsync(static options => options with { TrustRequestChatTemplate = true });
        ChatMessage[] messages = [ChatMessage.User("Hi")];
        Reply tokens = await worker.PostAsync("/tokenize", new TokenizeRequest
        {
            Messages = messages, ChatTemplate = "{{ bos_token }}[{{ messages[0].content }}]", ReturnTokenStrs = true,
        });
        Assert.Equal("<|begin|>[Hi]", string.Concat(tokens.Read<TokenizeResponse>().TokenStrs!));

        Reply broken = await worker.PostAsync(
            "/v1/chat/completions", new ChatCompletionRequest { Messages = messages, ChatTemplate = "{% if %}", MaxTokens = 1 });
        Assert.Equal(HttpStatusCode.BadRequest, broken.Status);
        Assert.Equal("chat_template", broken.Error.GetProperty("param").GetString());
    }
}
