using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Trireme.Gateway.Tests.Harness;
using static Trireme.Gateway.Tests.Harness.DialectText;

namespace Trireme.Gateway.Tests.Dialects;

/// <summary>Messages through the whole gateway, in front of a scripted engine.</summary>
public class MessageRouteTests
{
    private const string Path = "/v1/messages";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_is_a_chat_completion_for_the_engine_and_counted_as_one()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.PostAsync(Body(), Path + "?beta=true", ("anthropic-version", "2023-06-01"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        JsonNode message = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal("""[{"type":"text","text":"hi"}]""", message["content"]!.ToJsonString());
        Assert.Equal("chat", (string?)message["model"]);

        ReceivedRequest received = Assert.Single(engine.Received);
        Assert.Equal("/v1/chat/completions", received.Target);
        Assert.Equal("application/json", received.Headers["Content-Type"]);
        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total", "code=\"200\"", "service=\"chat\""));
        Assert.Equal(5, gateway.Metric("trireme_gateway_prompt_tokens_total"));
        Assert.Equal(3, gateway.Metric("trireme_gateway_generation_tokens_total"));
        Assert.Equal(1, gateway.Metric("trireme_gateway_finished_answers_total", "finish_reason=\"stop\""));
        Assert.Equal(1, gateway.Metric("trireme_gateway_time_to_first_token_seconds_count"));
    }

    [Fact]
    public async Task A_streamed_message_is_counted_with_its_tokens()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.PostAsync(Body(",\"stream\":true"), Path);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        string told = await response.Content.ReadAsStringAsync(Cancel);
        Assert.Contains(": keepalive\r\n\r\n", told, StringComparison.Ordinal);
        List<(string Name, JsonObject Data)> events = Events(told);
        Assert.Equal("Grüße, Welt 🚣", string.Concat(events.Select(one => (string?)one.Data["delta"]?["text"])));
        Assert.Equal("message_stop", events[^1].Name);
        await gateway.SettledAsync();
        Assert.Equal(11, gateway.Metric("trireme_gateway_prompt_tokens_total"));
        Assert.Equal(7, gateway.Metric("trireme_gateway_generation_tokens_total"));
        Assert.Equal(0, gateway.Metric("trireme_gateway_broken_streams_total"));
    }

    [Theory]
    [InlineData("Authorization", "Bearer KEY")]
    [InlineData("x-api-key", "KEY")]
    [InlineData("api-key", "KEY")]
    public async Task The_key_comes_in_any_of_the_headers_and_goes_to_no_engine(string header, string value)
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        gateway.Client.DefaultRequestHeaders.Authorization = null;
        string presented = value.Replace("KEY", gateway.Key, StringComparison.Ordinal);
        using HttpResponseMessage response = await gateway.PostAsync(Body(), Path, (header, presented));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain(Assert.Single(engine.Received).Headers.Values, text => text.Contains(gateway.Key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("no key", 401, "authentication_error")]
    [InlineData("no such model", 404, "not_found_error")]
    [InlineData("a field that is refused", 400, "invalid_request_error")]
    [InlineData("no JSON", 400, "invalid_request_error")]
    [InlineData("an engine that refuses", 422, "invalid_request_error")]
    [InlineData("an engine that has no room", 503, "overloaded_error")]
    [InlineData("an engine that breaks off", 502, "api_error")]
    [InlineData("an engine that answers something else", 502, "api_error")]
    [InlineData("another method", 405, "invalid_request_error")]
    public async Task Errors_are_told_in_Anthropics_envelope(string what, int status, string type)
    {
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: what switch
        {
            "an engine that refuses" => FakeEngine.Status(422),
            "an engine that has no room" => FakeEngine.Status(503),
            "an engine that breaks off" => FakeEngine.ResetAsync,
            "an engine that answers something else" => FakeEngine.Status(200, "<html>"),
            _ => FakeEngine.AnswerAsync,
        });
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        if (what == "no key") gateway.Client.DefaultRequestHeaders.Authorization = null;
        string body = what switch
        {
            "no such model" => Body().Replace("\"chat\"", "\"chit\"", StringComparison.Ordinal),
            "a field that is refused" => Body(",\"thread\":{\"type\":\"continue\"}"),
            "no JSON" => "{",
            _ => Body(),
        };
        using var request = new HttpRequestMessage(what == "another method" ? HttpMethod.Patch : HttpMethod.Post, Path);
        request.Content = new StringContent(body);
        using HttpResponseMessage response = await gateway.Client.SendAsync(request, Cancel);
        Assert.True(status == (int)response.StatusCode, $"{what}: {response.StatusCode}");
        JsonNode error = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal(("error", type), ((string?)error["type"], (string?)error["error"]!["type"]));
        Assert.NotEmpty((string)error["error"]!["message"]!);
        string id = Assert.Single(response.Headers.GetValues("x-request-id"));
        Assert.Equal(id, (string?)error["request_id"]);
        Assert.Equal(id, Assert.Single(response.Headers.GetValues("request-id")));
        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total", $"code=\"{status}\""));
    }

    [Fact]
    public async Task A_stream_that_breaks_ends_with_an_error_and_counts_as_broken()
    {
        var seen = new TaskCompletionSource();
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: async context =>
        {
            await FakeEngine.StreamAsync(context, $"data: {Chunk("""{"content":"a"}""")}\n\ndata: {{\"half");
            await seen.Task;
            context.Abort();
        });
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.PostAsync(Body(",\"stream\":true"), Path);
        seen.SetResult();
        List<(string Name, JsonObject Data)> events = Events(await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(["message_start", "content_block_start", "content_block_delta", "error"], events.Select(one => one.Name));
        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_broken_streams_total"));
    }

    [Fact]
    public async Task A_replica_that_breaks_off_before_its_answer_is_replaced_unseen()
    {
        int asked = 0;
        Func<HttpContext, Task> breaksOnce = context =>
            Interlocked.Increment(ref asked) == 1 ? FakeEngine.ResetAsync(context) : FakeEngine.AnswerAsync(context);
        await using FakeEngine one = await FakeEngine.StartAsync("one", breaksOnce);
        await using FakeEngine two = await FakeEngine.StartAsync("two", breaksOnce);
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(one, two);
        using HttpResponseMessage response = await gateway.PostAsync(Body(",\"stream\":true"), Path);
        Assert.EndsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
            await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal([1, 1], new[] { one, two }.Select(engine => engine.Received.Count));
        Assert.Equal(one.Received.Single().Text, two.Received.Single().Text);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_leaves_ends_the_engines_work(bool stream)
    {
        var closed = new TaskCompletionSource();
        var arrived = new TaskCompletionSource();
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: async context =>
        {
            using CancellationTokenRegistration _ = context.RequestAborted.Register(() => closed.TrySetResult());
            if (stream) await FakeEngine.StreamAsync(context, $"data: {Chunk("""{"content":"a"}""")}\n\n");
            arrived.SetResult();
            await closed.Task;
        });
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        using var request = new HttpRequestMessage(HttpMethod.Post, Path);
        request.Content = new StringContent(Body(stream ? ",\"stream\":true" : ""));
        Task<HttpResponseMessage> asked = gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, leave.Token);
        await arrived.Task.WaitAsync(Cancel);
        if (stream) (await asked).Dispose();
        else await leave.CancelAsync();
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total", "code=\"499\""));
        if (!stream) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
    }

    [Fact]
    public async Task Tokens_are_counted_by_the_engine()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync(
            behave: FakeEngine.Status(200, "{\"count\":13,\"max_model_len\":512,\"tokens\":[1,2]}"));
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.PostAsync(Body(",\"stream\":true"), Path + "/count_tokens");
        Assert.Equal("{\"input_tokens\":13}", await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("/tokenize", Assert.Single(engine.Received).Target);
    }

    [Fact]
    public async Task An_answer_longer_than_what_is_held_is_an_error_and_not_half_of_it()
    {
        string text = new('a', 3000);
        await using FakeEngine engine = await FakeEngine.StartAsync(
            behave: FakeEngine.Status(200, FakeEngine.AnswerText.Replace("\"hi\"", $"\"{text}\"", StringComparison.Ordinal)));
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { MaxHeldResponseBytes = 1024 });
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.PostAsync(Body(), Path);
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Contains("longer than", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_grows_beyond_the_limit_is_refused_and_its_memory_given_back()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { MaxRequestBytes = 4096 });
        gateway.Route(engine);
        // Each message becomes several times as long.
        string blocks = string.Join(',', Enumerable.Repeat("{\"type\":\"tool_result\",\"tool_use_id\":\"a\"}", 90));
        string body = $"{{\"model\":\"chat\",\"max_tokens\":1,\"messages\":[{{\"role\":\"user\",\"content\":[{blocks}]}}]}}";
        Assert.InRange(body.Length, 3000, 4096);
        using HttpResponseMessage response = await gateway.PostAsync(body, Path);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        await gateway.SettledAsync();
        Assert.Equal(0, gateway.HeldBytes);
        Assert.Empty(engine.Received);
    }

    private static string Body(string more = "") =>
        $"{{\"model\":\"chat\",\"max_tokens\":9,\"messages\":[{{\"role\":\"user\",\"content\":\"hi\"}}]{more}}}";
}
