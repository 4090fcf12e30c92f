using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Forwarding;

public class PassThroughTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_reaches_the_client_byte_for_byte()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.ChatAsync(stream: true, extra: ",\"stream_options\":{\"include_usage\":true}");
        Assert.Null(response.Content.Headers.ContentLength);
        byte[] received = await response.Content.ReadAsByteArrayAsync(Cancel);

        Assert.Equal(FakeEngine.StreamText + FakeEngine.UsageText + FakeEngine.DoneText, Encoding.UTF8.GetString(received));
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("no-cache", response.Headers.CacheControl?.ToString());
        Assert.Equal("no", response.Headers.GetValues("X-Accel-Buffering").Single());
        Assert.Equal("v1@111111111111", response.Headers.GetValues("x-trireme-release").Single());
        Assert.Equal("engine", response.Headers.GetValues("x-trireme-replica").Single());
    }

    [Fact]
    public async Task Usage_is_asked_for_and_kept_from_a_client_that_did_not_ask()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.ChatAsync(stream: true, extra: ",\"unknown_field\":{\"kept\":[1,2]}");
        string text = await response.Content.ReadAsStringAsync(Cancel);

        Assert.Equal(FakeEngine.StreamText + FakeEngine.DoneText, text);
        Assert.True(engine.Received.TryDequeue(out ReceivedRequest? received));
        Assert.Equal(
            "{\"stream_options\":{\"include_usage\":true},\"model\":\"chat\",\"messages\":[],\"stream\":true,"
                + "\"unknown_field\":{\"kept\":[1,2]}}",
            received.Text);
        await gateway.SettledAsync();
        string[] labels = ["namespace=\"team-a\"", "service=\"chat\"", "release=\"v1\""];
        Assert.Equal(11, gateway.Metric("trireme_gateway_prompt_tokens_total", labels));
        Assert.Equal(7, gateway.Metric("trireme_gateway_generation_tokens_total", labels));
        Assert.Equal(1, gateway.Metric("trireme_gateway_time_to_first_token_seconds_count", labels));
        Assert.Equal(1, gateway.Metric("trireme_gateway_inter_token_latency_seconds_count", labels));
        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total", [.. labels, "code=\"200\""]));
        Assert.Equal(1, gateway.Metric("trireme_gateway_request_duration_seconds_count", labels));
        Assert.Equal(0, gateway.Metric("trireme_gateway_broken_streams_total", labels));
        Assert.Equal(1, gateway.Metric("trireme_gateway_time_to_first_token_log_microseconds_count", labels));
        Assert.Equal(1, gateway.Metric("trireme_gateway_request_duration_log_microseconds_count", labels));
        Assert.Equal(Math.Log(7), gateway.Metric("trireme_gateway_answer_length_log_tokens_sum", labels), 9);
        Assert.Equal(1, gateway.Metric("trireme_gateway_finished_answers_total", [.. labels, "finish_reason=\"stop\""]));
    }

    [Fact]
    public async Task An_unstreamed_answer_passes_unchanged_and_is_metered()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        const string body = "{ \"model\" : \"chat\",\"prompt\":\"\\u00fc\", \"seed\":1 }";
        using HttpResponseMessage response = await gateway.PostAsync(body, "/v1/completions");
        Assert.Equal(FakeEngine.AnswerText, await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(body, engine.Received.Single().Text);
        await gateway.SettledAsync();
        Assert.Equal(5, gateway.Metric("trireme_gateway_prompt_tokens_total"));
        Assert.Equal(3, gateway.Metric("trireme_gateway_generation_tokens_total"));
    }

    [Fact]
    public async Task An_answer_longer_than_is_held_passes_unchanged()
    {
        string large = new('x', 300_000);
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: context => context.Response.WriteAsync(large));
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { MaxHeldResponseBytes = 50_000 });
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.ChatAsync();
        Assert.Equal(large, await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Embeddings_longer_than_is_held_are_metered_by_the_counts_before_them()
    {
        string vector = string.Join(',', Enumerable.Repeat("0.5", 100_000));
        string large = $$$"""{"object":"list","usage":{"prompt_tokens":9,"total_tokens":9},"data":[{"embedding":[{{{vector}}}]}]}""";
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: context => context.Response.WriteAsync(large));
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { MaxHeldResponseBytes = 50_000 });
        gateway.Route(engine);
        const string body = "{\"model\":\"chat\",\"input\":[\"a\",\"b\"],\"encoding_format\":\"float\"}";
        using HttpResponseMessage response = await gateway.PostAsync(body, "/v1/embeddings");
        Assert.Equal(large, await response.Content.ReadAsStringAsync(Cancel));
        ReceivedRequest received = engine.Received.Single();
        Assert.Equal(body, received.Text);
        Assert.StartsWith("team-a/", received.Headers["x-trireme-tenant"], StringComparison.Ordinal);
        await gateway.SettledAsync();
        Assert.Equal(9, gateway.Metric("trireme_gateway_prompt_tokens_total"));
        Assert.Equal(0, gateway.Metric("trireme_gateway_generation_tokens_total"));
    }

    [Theory]
    [InlineData("/v2/models/chat/infer")]
    [InlineData("/v2/models/chat/versions/1/infer")]
    public async Task Inference_goes_to_the_service_its_address_names_with_its_bytes_untouched(string path)
    {
        byte[] answer = [.. "{\"outputs\":[]}"u8, 1, 0, 255];
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: async context =>
        {
            context.Response.Headers["Inference-Header-Content-Length"] = "14";
            context.Response.Headers["x-path"] = context.Request.Path.Value;
            await context.Response.Body.WriteAsync(answer);
        });
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        const string body = "{\"inputs\":[]}\u0001";
        using HttpResponseMessage response = await gateway.PostAsync(body, path, ("Inference-Header-Content-Length", "13"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(answer, await response.Content.ReadAsByteArrayAsync(Cancel));
        Assert.Equal("14", response.Headers.GetValues("Inference-Header-Content-Length").Single());
        Assert.Equal(path, response.Headers.GetValues("x-path").Single());
        ReceivedRequest received = engine.Received.Single();
        Assert.Equal(body, received.Text);
        Assert.Equal("13", received.Headers["Inference-Header-Content-Length"]);
        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total", "service=\"chat\"", "code=\"200\""));
    }

    [Theory]
    [InlineData("/v2/models/chad/infer", "Did you mean")]
    [InlineData("/v2/models/chat/explain", "There is no POST /v2/models/chat/explain")]
    public async Task An_inference_that_goes_nowhere_is_refused_in_the_protocols_shape(string path, string message)
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.PostAsync("{}", path);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        JsonElement error = await GatewayFixture.ErrorAsync(response);
        Assert.Contains(message, error.GetString(), StringComparison.Ordinal);
        Assert.Empty(engine.Received);
    }

    [Fact]
    public async Task A_large_body_arrives_unchanged()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        string body = "{\"model\":\"chat\",\"prompt\":\"" + new string('y', 2_000_000) + "\"}";
        using HttpResponseMessage response = await gateway.PostAsync(body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(body, engine.Received.Single().Text);
    }

    [Fact]
    public async Task Headers_of_the_connection_and_the_key_stay_at_the_gateway()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: async context =>
        {
            context.Response.Headers["x-engine"] = "yes";
            context.Response.Headers["x-request-id"] = "the engine's own";
            await FakeEngine.AnswerAsync(context);
        });
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions");
        message.Content = new StringContent("{\"model\":\"chat\"}");
        message.Headers.TryAddWithoutValidation("x-request-id", "trace-1:2.3");
        message.Headers.TryAddWithoutValidation("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
        message.Headers.TryAddWithoutValidation("Cookie", "session=secret");
        message.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip");
        message.Headers.TryAddWithoutValidation("Connection", "x-hop");
        message.Headers.TryAddWithoutValidation("x-hop", "1");
        message.Headers.TryAddWithoutValidation("x-trireme-tenant", "somebody-else");
        message.Headers.TryAddWithoutValidation("X-Trireme-Tenant-Weight", "1000");
        message.Headers.TryAddWithoutValidation("X-Trireme-Priority", "-5");
        message.Headers.TryAddWithoutValidation("x-trireme-cache-salt", "somebody-else's");
        using HttpResponseMessage response = await gateway.Client.SendAsync(message, Cancel);

        Dictionary<string, string> seen = engine.Received.Single().Headers;
        Assert.Equal("trace-1:2.3", seen["x-request-id"]);
        Assert.Equal("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", seen["traceparent"]);
        Assert.All(["Authorization", "Cookie", "Accept-Encoding", "x-hop"], name => Assert.DoesNotContain(name, seen.Keys));
        Assert.StartsWith("team-a/", seen["x-trireme-tenant"], StringComparison.Ordinal);
        Assert.DoesNotContain(seen.Keys, name => name.Equals("x-trireme-tenant-weight", StringComparison.OrdinalIgnoreCase));
        Assert.Equal("0", seen["x-trireme-priority"]);
        Assert.Matches("^[0-9a-f]{64}$", seen["x-trireme-cache-salt"]);
        Assert.Equal("trace-1:2.3", response.Headers.GetValues("x-request-id").Single());
        Assert.Equal("yes", response.Headers.GetValues("x-engine").Single());
    }

    [Fact]
    public async Task Events_are_passed_on_while_the_engine_still_writes()
    {
        var more = new TaskCompletionSource();
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: async context =>
        {
            await FakeEngine.StreamAsync(context, "data: {\"choices\":[{\"delta\":{\"content\":\"first\"}}]}\n\ndata: {\"cho");
            await more.Task;
            await FakeEngine.StreamAsync(context, "ices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
        });
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.ChatAsync(stream: true);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
        Assert.Contains("first", await reader.ReadLineAsync(Cancel), StringComparison.Ordinal);
        more.SetResult();
        Assert.EndsWith("\"stop\"}]}\n\n", await reader.ReadToEndAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokenizing_and_embedding_are_forwarded_as_they_are()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: FakeEngine.Status(404, "no embeddings here"));
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        const string body = "{\"model\":\"chat\",\"input\":\"a\",\"stream\":true}";
        using HttpResponseMessage response = await gateway.PostAsync(body, "/v1/embeddings");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("no embeddings here", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
        Assert.Equal(body, engine.Received.Single().Text);
        engine.Behave = context => context.Response.WriteAsync("{\"count\":3}");
        using HttpResponseMessage tokens = await gateway.PostAsync("{\"model\":\"chat\",\"prompt\":\"a b c\"}", "/tokenize");
        Assert.Equal("{\"count\":3}", await tokens.Content.ReadAsStringAsync(Cancel));
        await gateway.SettledAsync();
        Assert.Equal(0, gateway.Metric("trireme_gateway_time_to_first_token_seconds_count"));
    }

    [Fact]
    public async Task The_models_of_the_tenant_are_listed()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using JsonDocument list = JsonDocument.Parse(await gateway.Client.GetStringAsync("/v1/models", Cancel));
        JsonElement first = list.RootElement.GetProperty("data")[0];
        Assert.Equal("list", list.RootElement.GetProperty("object").GetString());
        Assert.Equal(
            "{\"id\":\"chat\",\"object\":\"model\",\"type\":\"model\",\"display_name\":\"chat\",\"created\":1700000000,"
                + "\"created_at\":\"2023-11-14T22:13:20+00:00\",\"owned_by\":\"team-a\",\"release\":\"v1@111111111111\"}",
            first.GetRawText());
        Assert.Equal("embed", list.RootElement.GetProperty("data")[1].GetProperty("id").GetString());
        Assert.Equal(first.GetRawText(), await gateway.Client.GetStringAsync("/v1/models/chat", Cancel));
    }
}
