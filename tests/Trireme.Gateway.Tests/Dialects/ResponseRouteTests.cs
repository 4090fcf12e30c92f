using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Contracts.Audit;
using Trireme.Contracts.Identity;
using Trireme.Gateway.Dialects.Responses;
using Trireme.Gateway.Identity;
using Trireme.Gateway.Tests.Harness;
using Trireme.Governance.ApiKeys;
using static Trireme.Gateway.Tests.Harness.DialectText;

namespace Trireme.Gateway.Tests.Dialects;

/// <summary>Responses through the whole gateway, in front of a scripted engine, and what is kept of them.</summary>
public sealed class ResponseRouteTests : IAsyncDisposable
{
    private const string Path = "/v1/responses";

    private readonly MemoryResponses _store = new();
    private FakeEngine? _engine;
    private GatewayFixture? _gateway;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_response_is_a_chat_completion_for_the_engine_and_is_kept()
    {
        GatewayFixture gateway = await StartAsync();
        JsonObject response = await CreateAsync("\"input\":\"I am Bo.\",\"instructions\":\"Be brief.\"");
        Assert.Equal(("completed", true), ((string?)response["status"], (bool)response["store"]!));
        Assert.Equal("/v1/chat/completions", _engine!.Received.Single().Target);

        string id = (string)response["id"]!;
        Assert.Equal(response.ToJsonString(), (await GetAsync($"{Path}/{id}")).ToJsonString());
        KeptResponse kept = Assert.Single(_store.Kept.Values);
        Assert.Equal(($"team-a/{gateway.Key.Substring(4, 8)}", "chat"), (kept.Owner, kept.Model));
        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total", "code=\"200\"", "service=\"chat\""));
        Assert.Equal(3, gateway.Metric("trireme_gateway_generation_tokens_total"));
        Assert.Equal(0, gateway.HeldBytes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_conversation_goes_on_from_a_response(bool stream)
    {
        await StartAsync();
        string flag = stream ? ",\"stream\":true" : "";
        string first = (string)(await CreateAsync("\"input\":\"I am Bo.\",\"instructions\":\"Be brief.\"" + flag))["id"]!;
        JsonObject second = await CreateAsync(
            $$$"""
            "input":[{"role":"user","content":"And I?"}],"previous_response_id":"{{{first}}}"{{{flag}}}
            """);
        string said = stream ? "Grüße, Welt 🚣" : "hi";
        HasMessages(
            $$$$"""
            [{"role":"user","content":[{"type":"text","text":"I am Bo."}]},
             {"role":"assistant","content":[{"type":"text","text":"{{{{said}}}}"}]},{"role":"user","content":"And I?"}]
            """,
            _engine!.Received.Last());
        Assert.Equal(first, (string?)second["previous_response_id"]);

        // A third one has all of it, although the first is gone.
        Assert.Equal(HttpStatusCode.OK, (await DeleteAsync(first)).Status);
        await CreateAsync($"\"input\":\"Who?\",\"previous_response_id\":\"{second["id"]}\"");
        Assert.Equal(5, JsonNode.Parse(_engine.Received.Last().Text)!["messages"]!.AsArray().Count);
        Assert.Equal(HttpStatusCode.NotFound, (await DeleteAsync(first)).Status);
    }

    [Fact]
    public async Task Items_that_are_only_named_are_found_where_they_are_kept()
    {
        await StartAsync();
        JsonObject first = await CreateAsync("\"input\":\"I am Bo.\"");
        string item = (string)first["output"]![0]!["id"]!;
        JsonObject second = await CreateAsync(
            $$$"""
            "input":[{"role":"user","content":"a"},{"type":"item_reference","id":"{{{item}}}"},{"role":"user","content":"b"}]
            """);
        HasMessages(
            """
            [{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"text","text":"hi"}]},{"role":"user","content":"b"}]
            """,
            _engine!.Received.Last());
        KeptResponse kept = _store.Kept.Values.Single(one => one.Id == (string?)second["id"]);
        Assert.Equal("assistant", (string?)JsonNode.Parse(kept.Input.Span)![1]!["role"]);
    }

    [Fact]
    public async Task What_went_in_is_listed_page_by_page()
    {
        await StartAsync();
        string first = (string)(await CreateAsync("\"input\":\"a\""))["id"]!;
        string second = (string)(await CreateAsync($"\"input\":\"b\",\"previous_response_id\":\"{first}\""))["id"]!;
        JsonObject all = await GetAsync($"{Path}/{second}/input_items?order=asc");
        Assert.Equal(["a", "hi", "b"], all["data"]!.AsArray().Select(item => (string?)item!["content"]![0]!["text"]));
        Assert.Equal(["message", "message", "message"], all["data"]!.AsArray().Select(item => (string?)item!["type"]));
        JsonObject page = await GetAsync($"{Path}/{second}/input_items?limit=2");
        Assert.Equal(["b", "hi"], page["data"]!.AsArray().Select(item => (string?)item!["content"]![0]!["text"]));
        Assert.True((bool)page["has_more"]!);
        JsonObject rest = await GetAsync($"{Path}/{second}/input_items?limit=2&after={page["last_id"]}");
        Assert.Equal(["a"], rest["data"]!.AsArray().Select(item => (string?)item!["content"]![0]!["text"]));
        Assert.False((bool)rest["has_more"]!);
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(HttpMethod.Get, $"{Path}/{second}/input_items?limit=0")).Status);
    }

    [Theory]
    [InlineData("it is not to be kept", ",\"store\":false", false)]
    [InlineData("it cannot be kept", "", true)]
    public async Task A_response_that_is_not_kept_says_so_and_is_not_found(string why, string more, bool fails)
    {
        await StartAsync();
        _store.Fails = fails;
        JsonObject response = await CreateAsync("\"input\":\"hi\"" + more);
        Assert.True((string?)response["status"] == "completed", why);
        Assert.False((bool)response["store"]!);
        _store.Fails = false;
        Assert.Empty(_store.Kept);
        (HttpStatusCode status, JsonObject body) = await SendAsync(HttpMethod.Get, $"{Path}/{response["id"]}");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal($"Response with id '{response["id"]}' not found.", (string?)body["error"]!["message"]);
        (status, body) = await SendAsync(
            HttpMethod.Post, Path, $"{{\"model\":\"chat\",\"input\":\"a\",\"previous_response_id\":\"{response["id"]}\"}}");
        Assert.Equal((HttpStatusCode.BadRequest, "previous_response_not_found"), (status, (string?)body["error"]!["code"]));
    }

    [Fact]
    public async Task Another_key_finds_nothing_of_it()
    {
        GatewayFixture gateway = await StartAsync();
        string id = (string)(await CreateAsync("\"input\":\"a secret\""))["id"]!;
        string item = (string)JsonNode.Parse(_store.Kept.Values.Single().Response.Span)!["output"]![0]!["id"]!;
        NewApiKey other = ApiKey.Create("team-a", "other", DateTimeOffset.UnixEpoch);
        gateway.Services.GetRequiredService<ApiKeyTable>().Update(ApiKeyDirectory.Build([other.Secret]));
        gateway.Client.DefaultRequestHeaders.Authorization = new("Bearer", other.Plaintext);
        string absent = ResponseIds.OfResponse(ResponseIds.NewKey());
        foreach ((HttpMethod method, string path) in new[]
        {
            (HttpMethod.Get, $"{Path}/ID"), (HttpMethod.Get, $"{Path}/ID/input_items"), (HttpMethod.Delete, $"{Path}/ID"),
            (HttpMethod.Post, $"{Path}/ID/cancel"),
        })
        {
            (HttpStatusCode status, JsonObject theirs) = await SendAsync(method, path.Replace("ID", id, StringComparison.Ordinal));
            (_, JsonObject nobodys) = await SendAsync(method, path.Replace("ID", absent, StringComparison.Ordinal));
            Assert.Equal(HttpStatusCode.NotFound, status);
            Assert.Equal(nobodys.ToJsonString(), theirs.ToJsonString().Replace(id, absent, StringComparison.Ordinal));
        }

        Assert.Equal(HttpStatusCode.BadRequest,
            (await SendAsync(HttpMethod.Post, Path, $"{{\"model\":\"chat\",\"input\":\"a\",\"previous_response_id\":\"{id}\"}}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(
            HttpMethod.Post, Path, $"{{\"model\":\"chat\",\"input\":[{{\"type\":\"item_reference\",\"id\":\"{item}\"}}]}}")).Status);
        Assert.Single(_engine!.Received);
        Assert.Single(_store.Kept);
    }

    [Fact]
    public async Task A_key_that_may_not_use_the_service_any_more_does_not_find_it_either_and_each_look_is_recorded()
    {
        bool allows = true;
        var audit = new RecordedAudit();
        await StartAsync(services =>
        {
            services.AddSingleton<IAuthorizer>(new Switch(() => allows));
            services.AddSingleton<IAuditSink>(audit);
        });
        string id = (string)(await CreateAsync("\"input\":\"a\""))["id"]!;
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(HttpMethod.Get, $"{Path}/{id}")).Status);
        allows = false;
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, $"{Path}/{id}")).Status);
        await _gateway!.SettledAsync();
        Assert.Equal([200, 200, 404], audit.Events.Select(entry => entry.StatusCode));
        Assert.All(audit.Events, entry =>
            Assert.Equal("infer modelservices.trireme.dev \"chat\" in namespace \"team-a\"", entry.Access?.ToString()));
        Assert.Equal([true, true, false], audit.Events.Select(entry => entry.Decision!.Value.IsAllowed));
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_calls_nothing_gone()
    {
        await StartAsync();
        string id = (string)(await CreateAsync("\"input\":\"a\""))["id"]!;
        _store.Fails = true;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await SendAsync(HttpMethod.Get, $"{Path}/{id}")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable,
            (await SendAsync(HttpMethod.Post, Path, $"{{\"model\":\"chat\",\"input\":\"a\",\"previous_response_id\":\"{id}\"}}")).Status);
    }

    [Fact]
    public async Task Only_what_is_whole_is_kept_and_nothing_can_be_cancelled()
    {
        await StartAsync();
        string id = (string)(await CreateAsync("\"input\":\"a\""))["id"]!;
        (HttpStatusCode status, JsonObject body) = await SendAsync(HttpMethod.Post, $"{Path}/{id}/cancel", "{}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.StartsWith("Cannot cancel a synchronous response.", (string?)body["error"]!["message"], StringComparison.Ordinal);

        var seen = new TaskCompletionSource();
        _engine!.Behave = async context =>
        {
            await FakeEngine.StreamAsync(context, $"data: {Chunk("""{"content":"a"}""")}\n\n");
            await seen.Task;
            context.Abort();
        };
        using HttpResponseMessage broken = await _gateway!.PostAsync("{\"model\":\"chat\",\"input\":\"a\",\"stream\":true}", Path);
        seen.SetResult();
        List<(string Name, JsonObject Data)> events = Events(await broken.Content.ReadAsStringAsync(Cancel));
        Assert.True(events is [.., ("error", _), ("response.failed", _)]);
        await _gateway.SettledAsync();
        Assert.Single(_store.Kept);
        Assert.Equal(1, _gateway.Metric("trireme_gateway_broken_streams_total"));
    }

    [Theory]
    [InlineData("max_tokens must be at most 512.", "max_tokens", "max_output_tokens must be at most 512.", "max_output_tokens")]
    [InlineData("messages[0].content is wrong.", "messages[0].content", "input is wrong.", "input")]
    [InlineData("It is wrong.", "seed", "It is wrong.", "seed")]
    public async Task What_an_engine_refuses_has_the_names_of_the_client(string said, string field, string told, string named)
    {
        await StartAsync();
        _engine!.Behave = FakeEngine.Status(
            400, $"{{\"error\":{{\"message\":\"{said}\",\"type\":\"invalid_request_error\",\"param\":\"{field}\",\"code\":\"invalid\"}}}}");
        (HttpStatusCode status, JsonObject body) = await SendAsync(HttpMethod.Post, Path, "{\"model\":\"chat\",\"input\":\"a\"}");
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal((told, named, "invalid"),
            ((string?)body["error"]!["message"], (string?)body["error"]!["param"], (string?)body["error"]!["code"]));
    }

    [Fact]
    public async Task Tokens_of_a_response_are_counted_by_the_engine()
    {
        await StartAsync();
        _engine!.Behave = FakeEngine.Status(200, "{\"count\":13}");
        (_, JsonObject body) = await SendAsync(HttpMethod.Post, Path + "/input_tokens", "{\"model\":\"chat\",\"input\":\"a\"}");
        Assert.Equal("""{"object":"response.input_tokens","input_tokens":13}""", body.ToJsonString());
        Assert.Equal("/tokenize", _engine.Received.Single().Target);
    }

    [Fact]
    public async Task Without_a_store_nothing_is_kept_and_answers_say_so()
    {
        _engine = await FakeEngine.StartAsync();
        _gateway = await GatewayFixture.StartAsync();
        _gateway.Route(_engine);
        JsonObject response = await CreateAsync("\"input\":\"a\"");
        Assert.False((bool)response["store"]!);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(HttpMethod.Get, $"{Path}/{response["id"]}")).Status);
    }

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null) await _gateway.DisposeAsync();
        if (_engine is not null) await _engine.DisposeAsync();
    }

    private async Task<GatewayFixture> StartAsync(Action<IServiceCollection>? register = null)
    {
        _engine = await FakeEngine.StartAsync();
        _gateway = await GatewayFixture.StartAsync(configure: builder =>
        {
            builder.Services.AddSingleton<IResponseStore>(_store);
            register?.Invoke(builder.Services);
        });
        _gateway.Route(_engine);
        return _gateway;
    }

    /// <summary>The response, of a stream that which its last event has.</summary>
    private async Task<JsonObject> CreateAsync(string fields)
    {
        using HttpResponseMessage response = await _gateway!.PostAsync($"{{\"model\":\"chat\",{fields}}}", Path);
        string text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.IsSuccessStatusCode, text);
        return response.Content.Headers.ContentType?.MediaType == "text/event-stream"
            ? Events(text)[^1].Data["response"]!.AsObject()
            : JsonNode.Parse(text)!.AsObject();
    }

    private async Task<JsonObject> GetAsync(string path)
    {
        (HttpStatusCode status, JsonObject body) = await SendAsync(HttpMethod.Get, path);
        Assert.Equal(HttpStatusCode.OK, status);
        return body;
    }

    private Task<(HttpStatusCode Status, JsonObject Body)> DeleteAsync(string id) => SendAsync(HttpMethod.Delete, $"{Path}/{id}");

    private async Task<(HttpStatusCode Status, JsonObject Body)> SendAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = new StringContent(body);
        using HttpResponseMessage response = await _gateway!.Client.SendAsync(request, Cancel);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!.AsObject());
    }

    private static void HasMessages(string expected, ReceivedRequest received) =>
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), JsonNode.Parse(received.Text)!["messages"]!.ToJsonString());

    private sealed class Switch(Func<bool> allows) : IAuthorizer
    {
        public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) =>
            new(allows() ? AccessDecision.Allow("scripted") : AccessDecision.Deny("scripted"));
    }
}
