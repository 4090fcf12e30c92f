using System.Net;
using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Tests.Harness;
using Trireme.Testing;

namespace Trireme.Gateway.Tests.Forwarding;

public class ErrorTests
{
    private static readonly TimeSpan ReadyWait = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, "No API key was sent")]
    [InlineData("Bearer sk-something", "unknown or was revoked")]
    public async Task A_request_without_a_valid_key_is_refused_before_its_body_is_read(string? authorization, string says)
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Client.DefaultRequestHeaders.Remove("Authorization");
        if (authorization is not null) gateway.Client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        using HttpResponseMessage response = await gateway.PostAsync("not even JSON");
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        JsonElement error = await GatewayFixture.ErrorAsync(response);
        Assert.Equal("invalid_api_key", error.GetProperty("code").GetString());
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Equal(JsonValueKind.Null, error.GetProperty("param").ValueKind);
        Assert.Contains(says, error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("req_", response.Headers.GetValues("x-request-id").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Authorization: Bearer KEY\r\nAuthorization: Bearer KEY", "Several API keys were sent")]
    [InlineData("Authorization: Bearer KEY\r\nAuthorization: Basic x\r\napi-key: KEY", "Several API keys were sent")]
    [InlineData("api-key: KEY\r\napi-key: KEY", "Several API keys were sent")]
    [InlineData("Authorization: Bearer ", "No API key was sent")]
    public async Task Of_several_keys_none_is_chosen(string headers, string says)
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        string keys = headers.Replace("KEY", gateway.Key, StringComparison.Ordinal);
        string answer = await RawHttp.SendAsync(
            gateway.Client.BaseAddress!, $"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{keys}\r\n\r\n", Cancel);
        Assert.StartsWith("HTTP/1.1 401 ", answer, StringComparison.Ordinal);
        Assert.Contains(says, answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_may_come_in_the_api_key_header()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        gateway.Client.DefaultRequestHeaders.Remove("Authorization");
        using HttpResponseMessage response = await gateway.PostAsync("{\"model\":\"chat\"}", header: ("api-key", gateway.Key));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.DoesNotContain("api-key", engine.Received.Single().Headers.Keys);
    }

    [Theory]
    [InlineData("chta", "Did you mean \"chat\"?")]
    [InlineData("gpt-4o-mini", "GET /v1/models lists")]
    public async Task An_unknown_model_is_refused_with_the_nearest_name(string model, string says)
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.PostAsync($"{{\"model\":\"{model}\"}}");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        JsonElement error = await GatewayFixture.ErrorAsync(response);
        Assert.Equal("model_not_found", error.GetProperty("code").GetString());
        Assert.Equal("model", error.GetProperty("param").GetString());
        Assert.Contains(says, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_tenants_model_does_not_exist()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        ModelService other = GatewayFixture.Service("chat", (GatewayFixture.HashV1, 100, [engine]));
        ModelReplica replica = GatewayFixture.Replica("r", GatewayFixture.HashV1, engine.Endpoint);
        gateway.Routes.Update(RoutingSnapshot.Build(
            [other with { Metadata = other.Metadata with { Namespace = "team-b" } }],
            [replica with { Metadata = replica.Metadata with { Namespace = "team-b" } }]));
        using HttpResponseMessage response = await gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        using JsonDocument list = JsonDocument.Parse(await gateway.Client.GetStringAsync("/v1/models", Cancel));
        Assert.Equal(0, list.RootElement.GetProperty("data").GetArrayLength());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_the_limit_is_refused_with_the_limit(bool chunked)
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { MaxRequestBytes = 1000 });
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions")
        {
            Content = new ByteArrayContent(new byte[5000]),
        };
        message.Headers.TransferEncodingChunked = chunked;
        using HttpResponseMessage response = await gateway.Client.SendAsync(message, Cancel);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        JsonElement error = await GatewayFixture.ErrorAsync(response);
        Assert.Contains("1000 bytes", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_urls_are_answered_with_the_known_ones_and_wrong_methods_with_the_right_ones()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        using HttpResponseMessage unknown = await gateway.PostAsync("{}", "/v1/files");
        Assert.Equal("unknown_url", (await GatewayFixture.ErrorAsync(unknown)).GetProperty("code").GetString());
        using HttpResponseMessage method = await gateway.Client.GetAsync("/v1/chat/completions", Cancel);
        JsonElement error = await GatewayFixture.ErrorAsync(method);
        Assert.Equal("/v1/chat/completions takes POST, not GET.", error.GetProperty("message").GetString());
        Assert.Equal("method_not_allowed", error.GetProperty("code").GetString());
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (method.StatusCode, method.Content.Headers.Allow.Single()));
        Assert.Equal("{\"status\":\"ok\"}", await gateway.Client.GetStringAsync("/health", Cancel));
        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total", "code=\"404\""));
        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total", "code=\"405\""));
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("<script>")]
    public async Task A_request_id_that_is_no_id_is_replaced(string id)
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        using HttpResponseMessage response = await gateway.PostAsync("{}", header: ("x-request-id", id));
        Assert.StartsWith("req_", response.Headers.GetValues("x-request-id").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_byte_order_mark_before_the_body_is_no_error()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/completions")
        {
            Content = new ByteArrayContent([0xEF, 0xBB, 0xBF, .. """{"model":"nobody"}"""u8]),
        };
        using HttpResponseMessage response = await gateway.Client.SendAsync(message, Cancel);
        Assert.Equal("model_not_found", (await GatewayFixture.ErrorAsync(response)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_compressed_body_is_refused()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        using var message = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = new ByteArrayContent([1, 2]) };
        message.Content.Headers.ContentEncoding.Add("gzip");
        using HttpResponseMessage response = await gateway.Client.SendAsync(message, Cancel);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }

    [Fact]
    public async Task Without_a_ready_replica_the_request_waits_and_is_then_asked_to_come_back()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(
            new GatewayOptions { ReadyWait = ReadyWait, RetryAfter = TimeSpan.FromSeconds(3) });
        gateway.Route();
        Task<HttpResponseMessage> waiting = gateway.ChatAsync();
        await gateway.Time.TimerAsync(ReadyWait, TestContext.Current.CancellationToken);
        gateway.Time.Advance(ReadyWait + TimeSpan.FromMilliseconds(1));
        using HttpResponseMessage response = await waiting;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("3", response.Headers.GetValues("Retry-After").Single());
        Assert.Equal("model_not_ready", (await GatewayFixture.ErrorAsync(response)).GetProperty("code").GetString());
        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total", "service=\"chat\"", "code=\"503\""));
    }

    [Fact]
    public async Task A_service_scaled_to_zero_answers_at_once_and_says_so()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { ReadyWait = ReadyWait });
        ModelService asleep = GatewayFixture.Service("chat", (GatewayFixture.HashV1, 100, [engine]));
        asleep = asleep with { Spec = asleep.Spec with { Replicas = 0 } };
        gateway.Routes.Update(RoutingSnapshot.Build([asleep], []));
        using HttpResponseMessage refused = await gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        JsonElement error = await GatewayFixture.ErrorAsync(refused);
        Assert.Equal("model_scaled_to_zero", error.GetProperty("code").GetString());
        Assert.Contains("spec.replicas is 0", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("false", refused.Headers.GetValues("x-should-retry").Single());

        // What still drains answers as long as it is there.
        gateway.Routes.Update(RoutingSnapshot.Build(
            [asleep], [GatewayFixture.Replica(engine.Name, GatewayFixture.HashV1, engine.Endpoint)]));
        using HttpResponseMessage answered = await gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
    }

    [Fact]
    public async Task A_service_that_cannot_start_answers_at_once_with_the_reason()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { ReadyWait = ReadyWait });
        ModelService failed = Unavailable("StartFailed", generation: 3);
        gateway.Routes.Update(RoutingSnapshot.Build([failed], []));
        using HttpResponseMessage refused = await gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        JsonElement error = await GatewayFixture.ErrorAsync(refused);
        Assert.Equal("model_cannot_start", error.GetProperty("code").GetString());
        Assert.Contains("r1: Too large.", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("false", refused.Headers.GetValues("x-should-retry").Single());

        // A replica that is ready answers, whatever the status still says.
        gateway.Routes.Update(RoutingSnapshot.Build(
            [failed], [GatewayFixture.Replica(engine.Name, GatewayFixture.HashV1, engine.Endpoint)]));
        using HttpResponseMessage answered = await gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
    }

    [Theory]
    [InlineData("FailedCreate")]
    [InlineData("ReleaseNotFound")]
    [InlineData("ReleaseNotUsable")]
    public async Task A_service_that_nothing_will_start_answers_at_once(string reason)
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { ReadyWait = ReadyWait });
        gateway.Routes.Update(RoutingSnapshot.Build([Unavailable(reason, generation: 3)], []));
        await RefusedAsync(gateway, HttpStatusCode.ServiceUnavailable, "model_cannot_start", "r1: Too large.");
    }

    [Fact]
    public async Task A_service_that_goes_is_not_waited_for()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { ReadyWait = ReadyWait });
        ModelService service = Unavailable("NoReadyReplica", generation: 3);
        gateway.Routes.Update(RoutingSnapshot.Build([service], []));
        Task<HttpResponseMessage> waiting = gateway.ChatUntilAsync(false, Cancel);
        await WaitingAsync(gateway, 1);

        // While finalizers hold it, it says so.
        ObjectMeta going = service.Metadata with { DeletionTimestamp = DateTimeOffset.UnixEpoch };
        gateway.Routes.Update(RoutingSnapshot.Build([service with { Metadata = going }], []));
        using HttpResponseMessage answer = await waiting;
        Assert.Equal("model_cannot_start", (await GatewayFixture.ErrorAsync(answer)).GetProperty("code").GetString());
        await RefusedAsync(gateway, HttpStatusCode.ServiceUnavailable, "model_cannot_start", "being deleted");
    }

    [Fact]
    public async Task A_service_that_is_gone_while_a_request_waits_is_not_waited_for()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { ReadyWait = ReadyWait });
        gateway.Routes.Update(RoutingSnapshot.Build([Unavailable("NoReadyReplica", generation: 3)], []));
        Task<HttpResponseMessage> waiting = gateway.ChatUntilAsync(false, Cancel);
        await WaitingAsync(gateway, 1);
        gateway.Routes.Update(RoutingSnapshot.Build([], []));
        using HttpResponseMessage answer = await waiting;
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Theory]
    [InlineData("NoReadyReplica", 3)]
    [InlineData("StartFailed", 2)] // Found of an older spec than the one that is being acted on.
    public async Task A_request_waits_while_a_start_is_under_way(string reason, int generation)
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { ReadyWait = ReadyWait });
        gateway.Routes.Update(RoutingSnapshot.Build([Unavailable(reason, generation)], []));
        Task<HttpResponseMessage> waiting = gateway.ChatUntilAsync(false, Cancel);
        await WaitingAsync(gateway, 1);

        // What fails meanwhile ends the wait.
        gateway.Routes.Update(RoutingSnapshot.Build([Unavailable("StartFailed", 3)], []));
        using HttpResponseMessage response = await waiting;
        Assert.Equal("model_cannot_start", (await GatewayFixture.ErrorAsync(response)).GetProperty("code").GetString());
    }

    private static async Task RefusedAsync(GatewayFixture gateway, HttpStatusCode status, string code, string words)
    {
        using HttpResponseMessage refused = await gateway.ChatAsync();
        Assert.Equal(status, refused.StatusCode);
        JsonElement error = await GatewayFixture.ErrorAsync(refused);
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.Contains(words, error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static ModelService Unavailable(string reason, long generation)
    {
        ModelService service = GatewayFixture.Service("chat", (GatewayFixture.HashV1, 100, []));
        var available = new Condition
        {
            Type = ModelServiceConditions.Available,
            Status = ConditionStatus.False,
            ObservedGeneration = generation,
            Reason = reason,
            Message = "r1: Too large.",
        };
        return service with
        {
            Metadata = service.Metadata with { Generation = 3 },
            Status = service.Status! with { Conditions = [available] },
        };
    }

    [Fact]
    public async Task A_waiting_request_is_answered_as_soon_as_a_replica_is_ready()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { ReadyWait = ReadyWait });
        gateway.Route();
        Task<HttpResponseMessage> waiting = gateway.ChatUntilAsync(false, Cancel);
        await WaitingAsync(gateway, 1);
        gateway.Route(engine);
        using HttpResponseMessage response = await waiting;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await gateway.SettledAsync();
        Assert.Equal(0, gateway.Queue.Waiting);
    }

    [Fact]
    public async Task A_request_that_waits_when_the_gateway_ends_is_told_so()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { ReadyWait = ReadyWait });
        gateway.Route();
        Task<HttpResponseMessage> waiting = gateway.ChatUntilAsync(false, Cancel);
        await WaitingAsync(gateway, 1);
        await gateway.StopAsync();
        using HttpResponseMessage told = await waiting;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, told.StatusCode);
        Assert.NotNull(told.Headers.RetryAfter);
        Assert.StartsWith(
            "The gateway is stopping",
            (await GatewayFixture.ErrorAsync(told)).GetProperty("message").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_requests_wait_than_allowed()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(
            new GatewayOptions { ReadyWait = ReadyWait, MaxWaitingRequests = 1 });
        gateway.Route();
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task<HttpResponseMessage> waiting = gateway.ChatUntilAsync(false, leave.Token);
        await WaitingAsync(gateway, 1);
        using HttpResponseMessage refused = await gateway.ChatAsync();
        Assert.Equal("overloaded", (await GatewayFixture.ErrorAsync(refused)).GetProperty("code").GetString());
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await gateway.SettledAsync();
        Assert.Equal(0, gateway.Queue.Waiting);
    }

    private static async Task WaitingAsync(GatewayFixture gateway, int requests)
    {
        await gateway.Time.TimerAsync(ReadyWait, Cancel);
        Assert.Equal(requests, gateway.Queue.Waiting);
    }
}
