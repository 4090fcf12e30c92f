using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Contracts.Resources;
using Trireme.Gateway.Identity;
using Trireme.Gateway.Limits;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Surface;
using Trireme.Gateway.Tests.Harness;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Tests.Limits;

public sealed class LimitTests : IAsyncLifetime
{
    private const int PromptTokens = 3;

    private GatewayFixture _gateway = null!;
    private FakeEngine _engine = null!;

    /// <summary>Every address that has a replica answer. A new one is here by itself.</summary>
    public static TheoryData<string, string> Addresses =>
    [
        .. ApiSurface.Routes
            .Where(static route => route.Operation == ApiOperation.Infer)
            .Select(static route => (route.Path.Replace("{model}", "chat").Replace("{version}", "1"), route.Dialect.ToString())),
    ];

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayFixture.StartAsync();
        _engine = await FakeEngine.StartAsync();
        _gateway.Route(_engine);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _engine.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_limit_holds_at_every_address_and_is_told_in_its_dialect(string path, string dialect)
    {
        Tenant(new UsageSpec { RequestsPerMinute = 1 });
        _engine.Behave = context => context.Request.Path == "/tokenize"
            ? FakeEngine.Status(200, """{"count":3}""")(context)
            : FakeEngine.AnswerAsync(context);
        Assert.Equal(HttpStatusCode.OK, (await _gateway.PostAsync(BodyOf(path), path)).StatusCode);
        using HttpResponseMessage refused = await _gateway.PostAsync(BodyOf(path), path);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 61);
        JsonElement error = await GatewayFixture.ErrorAsync(refused);
        string message = dialect == nameof(ApiDialect.OpenInference) ? error.GetString()! : error.GetProperty("message").GetString()!;
        Assert.StartsWith(
            "The limit of tenant team-a, 1 requests a minute, has no room for this request: all were begun. There is room again in ",
            message,
            StringComparison.Ordinal);
        Assert.Single(_engine.Received);
    }

    [Theory]
    [InlineData(true, "")]
    [InlineData(true, ",\"stream_options\":{\"include_usage\":true}")]
    [InlineData(false, "")]
    public async Task Fifty_streams_that_want_more_together_get_all_there_is_and_no_more(bool reports, string extra)
    {
        _engine.Behave = context => StreamTokensAsync(context, 1200, reports);
        Tenant(new UsageSpec { TokensPerMinute = 1000 });
        string[] streams = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            using HttpResponseMessage response = await _gateway.ChatAsync(stream: true, extra);
            return await response.Content.ReadAsStringAsync(Cancel);
        }));
        await _gateway.SettledAsync();

        int begun = streams.Count(stream => stream.Contains("\"tok\"", StringComparison.Ordinal));
        int tokens = streams.Sum(stream => stream.Split("\"tok\"").Length - 1);
        Assert.InRange(tokens + (reports ? begun * PromptTokens : begun), 950, 1000);
        Assert.All(streams, stream => Assert.Contains("rate_limit_exceeded", stream, StringComparison.Ordinal));
        Assert.All(streams, stream => Assert.DoesNotContain("[DONE]", stream, StringComparison.Ordinal));
        if (extra.Length == 0) Assert.All(streams, stream => Assert.DoesNotContain("usage", stream, StringComparison.Ordinal));

        // What was used stays used, and is free again when its minute is over. One that was told nothing gave its prompt back at its end.
        using HttpResponseMessage next = await _gateway.ChatAsync(stream: true, extra);
        string further = await next.Content.ReadAsStringAsync(Cancel);
        Assert.InRange(tokens + (further.Split("\"tok\"").Length - 1), 1, 1000);
        Assert.Contains("rate_limit_exceeded", further, StringComparison.Ordinal);
        _gateway.Time.Advance(TimeSpan.FromSeconds(62));
        Assert.Equal(HttpStatusCode.OK, (await _gateway.ChatAsync(stream: true, extra)).StatusCode);
    }

    [Theory]
    [InlineData("/v1/messages", "error")]
    [InlineData("/v1/responses", "response.failed")]
    public async Task A_stream_in_another_dialect_is_held_to_the_limit_token_by_token_and_told_so(string path, string last)
    {
        _engine.Behave = context => StreamTokensAsync(context, 1200, reports: true);
        Tenant(new UsageSpec { TokensPerMinute = 100 });
        using HttpResponseMessage response = await _gateway.PostAsync(BodyOf(path).TrimEnd('}') + ",\"stream\":true}", path);
        List<(string Name, JsonObject Data)> events = DialectText.Events(await response.Content.ReadAsStringAsync(Cancel));
        string said = string.Concat(events
            .Where(static one => one.Name is "content_block_delta" or "response.output_text.delta")
            .Select(static one => one.Data["delta"] is JsonValue text ? (string?)text : (string?)one.Data["delta"]!["text"]));
        Assert.InRange((said.Length / 3) + PromptTokens, 95, 100);
        Assert.Equal(last, events[^1].Name);
        Assert.Contains(
            "100 tokens a minute",
            (string)events.Last(static one => one.Name == "error").Data["error"]!["message"]!,
            StringComparison.Ordinal);
        Assert.DoesNotContain(events, static one => one.Name is "message_stop" or "response.completed");

        // An unstreamed answer without room is refused before it is seen.
        _engine.Behave = FakeEngine.AnswerAsync;
        using HttpResponseMessage refused = await _gateway.PostAsync(BodyOf(path), path);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.DoesNotContain("\"hi\"", await refused.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_without_room_for_its_tokens_is_refused_before_it_is_seen()
    {
        Tenant(new UsageSpec { TokensPerMinute = 12 });
        Assert.Equal(HttpStatusCode.OK, (await _gateway.ChatAsync()).StatusCode);
        await _gateway.SettledAsync();
        _gateway.Time.Advance(TimeSpan.FromSeconds(62));

        // Of eight tokens each only one answer fits. What the engine did for the other one is counted: else it could be sent for ever.
        Assert.Equal(HttpStatusCode.OK, (await _gateway.ChatAsync()).StatusCode);
        using HttpResponseMessage refused = await _gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("tokens", (await GatewayFixture.ErrorAsync(refused)).GetProperty("type").GetString());
        int computed = _engine.Received.Count;
        Assert.Equal(HttpStatusCode.TooManyRequests, (await _gateway.ChatAsync()).StatusCode);
        Assert.Equal(computed, _engine.Received.Count);
        await _gateway.SettledAsync();
        Assert.Equal(2, _gateway.Metric(
            "trireme_gateway_limit_denials_total", "holder=\"tenant\"", "limit=\"tokens_per_minute\"", "service=\"chat\""));
    }

    [Theory]
    [InlineData(",\"metadata\":{\"a\":\"LONG\"}")]
    [InlineData(",\"user\":\"LONG\"")]
    public async Task What_is_no_prompt_counts_for_none(string extra)
    {
        Tenant(new UsageSpec { TokensPerMinute = 8 });
        string fields = extra.Replace("LONG", new string('x', 5000), StringComparison.Ordinal);
        using HttpResponseMessage answer = await _gateway.ChatAsync(extra: fields);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_budget_counts_what_tokens_cost_and_clients_are_told_not_to_repeat()
    {
        Tenant(new UsageSpec { CostPerMonth = 0.00002 }, price: new PriceSpec { Prompt = 1, Output = 2 });
        Assert.Equal(HttpStatusCode.OK, (await _gateway.ChatAsync()).StatusCode);
        using HttpResponseMessage refused = await _gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("false", refused.Headers.GetValues("x-should-retry").Single());
        JsonElement error = await GatewayFixture.ErrorAsync(refused);
        Assert.Equal("insufficient_quota", error.GetProperty("code").GetString());
        Assert.Contains("tenant team-a, 0.00002 a month", error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_hundred_first_calls_at_once_never_pass_a_budget()
    {
        _engine.Behave = context => StreamTokensAsync(context, 20, reports: true);
        Tenant(new UsageSpec { CostPerDay = 0.001 }, price: new PriceSpec { Prompt = 1, Output = 2 });
        string[] streams = await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
        {
            using HttpResponseMessage response = await _gateway.ChatAsync(stream: true);
            return await response.Content.ReadAsStringAsync(Cancel);
        }));
        int begun = streams.Count(stream => stream.Contains("\"tok\"", StringComparison.Ordinal));
        int tokens = streams.Sum(stream => stream.Split("\"tok\"").Length - 1);

        // Of those that began together, some hold a prompt for which no token is left.
        Assert.InRange((begun * PromptTokens) + (2 * tokens), 600, 1000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_place_is_free_again_however_its_request_ends(bool clientLeaves)
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.Behave = async context =>
        {
            await FakeEngine.StreamAsync(context, FakeEngine.StreamText);
            await open.Task.WaitAsync(context.RequestAborted);
            context.Abort();
        };
        Tenant(new UsageSpec { ConcurrentRequests = 1 });
        using var leave = new CancellationTokenSource();
        using HttpResponseMessage first = await _gateway.ChatUntilAsync(stream: true, leave.Token);
        using HttpResponseMessage second = await _gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        if (clientLeaves) first.Dispose();
        else open.SetResult();
        _engine.Behave = FakeEngine.AnswerAsync;
        await _gateway.SettledAsync();
        Assert.Equal(HttpStatusCode.OK, (await _gateway.ChatAsync()).StatusCode);
    }

    [Fact]
    public async Task What_no_engine_has_answered_is_not_counted()
    {
        Tenant(new UsageSpec { TokensPerMinute = 20 });
        _engine.Behave = FakeEngine.Status(400);
        for (int i = 0; i < 10; i++) Assert.Equal(HttpStatusCode.BadRequest, (await _gateway.ChatAsync()).StatusCode);
        await _gateway.SettledAsync();
        _engine.Behave = FakeEngine.AnswerAsync;
        Assert.Equal(HttpStatusCode.OK, (await _gateway.ChatAsync()).StatusCode);
    }

    [Fact]
    public async Task A_keys_own_limits_come_before_what_the_tenant_gives_each()
    {
        NewApiKey own = Key(new ApiKeyTerms { Usage = new UsageSpec { RequestsPerMinute = 2 } });
        NewApiKey other = Key(new ApiKeyTerms());
        Keys(own, other);
        Tenant(UsageSpec.Unlimited, perKey: new UsageSpec { RequestsPerMinute = 1 });
        Assert.Equal((int[])[200, 200, 429], await AskAsync(own, 3));
        Assert.Equal((int[])[200, 429], await AskAsync(other, 2));
    }

    [Fact]
    public async Task A_key_opens_what_it_names_until_it_expires()
    {
        NewApiKey narrow = Key(new ApiKeyTerms { Services = ["embed"], Expires = _gateway.Time.GetUtcNow() + TimeSpan.FromHours(1) });
        NewApiKey wide = Key(new ApiKeyTerms { Services = ["chat", "embed"] });
        Keys(narrow, wide);
        Assert.Equal((int[])[404], await AskAsync(narrow, 1));
        Assert.Equal((int[])[200], await AskAsync(wide, 1));
        Assert.Equal((string[])["embed"], await ModelsAsync(narrow));
        Assert.Equal((string[])["chat", "embed"], await ModelsAsync(wide));
        _gateway.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal((int[])[401], await AskAsync(narrow, 1));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Body() => """{"model":"chat","messages":[]}""";

    /// <summary>A request in the dialect of the address.</summary>
    private static string BodyOf(string path) => path.Split('/') switch
    {
        [_, _, "messages", ..] => """{"model":"chat","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}""",
        [_, _, "responses", ..] => """{"model":"chat","input":"hi"}""",
        _ => Body(),
    };

    private static NewApiKey Key(ApiKeyTerms terms) => ApiKey.Create("team-a", "k", DateTimeOffset.UnixEpoch, terms);

    private void Keys(params NewApiKey[] keys) =>
        _gateway.Services.GetRequiredService<ApiKeyTable>().Update(ApiKeyDirectory.Build(keys.Select(static key => key.Secret)));

    private void Tenant(UsageSpec together, UsageSpec? perKey = null, PriceSpec? price = null)
    {
        _gateway.Services.GetRequiredService<UsageLimiter>().Update([new TenantPolicy
        {
            Metadata = new ObjectMeta { Name = TenantPolicy.OnlyName, Namespace = "team-a" },
            Spec = new TenantPolicySpec { Usage = together, UsagePerKey = perKey ?? UsageSpec.Unlimited },
        }]);
        if (price is null) return;
        ModelService service = GatewayFixture.Service("chat", (GatewayFixture.HashV1, 100, [_engine]));
        _gateway.Routes.Update(RoutingSnapshot.Build(
            [service with { Spec = service.Spec with { Price = price } }],
            [GatewayFixture.Replica(_engine.Name, GatewayFixture.HashV1, _engine.Endpoint)]));
    }

    private async Task<int[]> AskAsync(NewApiKey key, int times)
    {
        var statuses = new List<int>();
        for (int i = 0; i < times; i++)
        {
            using HttpResponseMessage response = await SendAsync(key, HttpMethod.Post, "/v1/chat/completions");
            statuses.Add((int)response.StatusCode);
        }

        return [.. statuses];
    }

    private async Task<string[]> ModelsAsync(NewApiKey key)
    {
        using HttpResponseMessage response = await SendAsync(key, HttpMethod.Get, "/v1/models");
        using var models = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancel));
        return [.. models.RootElement.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()!)];
    }

    private Task<HttpResponseMessage> SendAsync(NewApiKey key, HttpMethod method, string path)
    {
        var message = new HttpRequestMessage(method, path);
        if (method == HttpMethod.Post) message.Content = new StringContent(Body(), Encoding.UTF8, "application/json");
        message.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key.Plaintext}");
        return _gateway.Client.SendAsync(message, Cancel);
    }

    /// <summary>Streams a token an event, and tells them in each where it is asked to and knows how.</summary>
    private static async Task StreamTokensAsync(HttpContext context, int tokens, bool reports)
    {
        bool tells = reports
            && ((ReceivedRequest)context.Items["received"]!).Text.Contains("\"continuous_usage_stats\":true", StringComparison.Ordinal);
        for (int i = 1; i <= tokens; i++)
        {
            string usage = tells ? $",\"usage\":{{\"prompt_tokens\":{PromptTokens},\"completion_tokens\":{i}}}" : "";
            string finish = i == tokens ? "\"stop\"" : "null";
            string choice = $"{{\"index\":0,\"delta\":{{\"content\":\"tok\"}},\"finish_reason\":{finish}}}";
            await FakeEngine.StreamAsync(context, $"data: {{\"choices\":[{choice}]{usage}}}\n\n");
        }

        await FakeEngine.StreamAsync(context, FakeEngine.DoneText);
    }
}
