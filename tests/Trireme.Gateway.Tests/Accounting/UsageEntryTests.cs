using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Contracts.Resources;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Limits;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Surface;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Accounting;

/// <summary>Every address that uses a service × streamed or not × every end: one entry, with the same numbers.</summary>
public sealed class UsageEntryTests : IAsyncLifetime
{
    /// <summary>What the engines of these tests report.</summary>
    private const int Prompt = 11, Cached = 4, Output = 3;

    private const string Usage =
        "\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":3,\"prompt_tokens_details\":{\"cached_tokens\":4}}";

    private readonly RecordedUsage _ledger = new();
    private GatewayFixture _gateway = null!;
    private FakeEngine _engine = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Addresses that have entries, those that stream twice. A new one is here by itself.</summary>
    public static TheoryData<string, bool> Addresses =>
    [
        .. Ledgered.Select(static path => (path, false)),
        .. Ledgered.Where(static path => ApiSurface.Routes.Single(route => route.Path == path && route.IsLedgered).Streams)
            .Select(static path => (path, true)),
    ];

    private static IEnumerable<string> Ledgered =>
        ApiSurface.Routes.Where(static route => route.IsLedgered).Select(static route => route.Path);

    public async ValueTask InitializeAsync()
    {
        _gateway = await GatewayFixture.StartAsync(configure: builder => builder.Services.AddSingleton<IUsageLedger>(_ledger));
        _engine = await FakeEngine.StartAsync(behave: AnswerAsync);
        Route(_engine);
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _engine.DisposeAsync();
    }

    [Fact]
    public void Every_operation_is_known_to_use_a_service_or_not()
    {
        var others = new HashSet<ApiOperation>
        {
            ApiOperation.ListModels, ApiOperation.GetModel, ApiOperation.GetUsage, ApiOperation.Health, ApiOperation.GetResponse,
            ApiOperation.ListResponseInput, ApiOperation.DeleteResponse, ApiOperation.CancelResponse, ApiOperation.Refuse,
        };
        Assert.Equal(Enum.GetValues<ApiOperation>().ToHashSet(), [.. others, ApiOperation.Infer]);
        Assert.All(ApiSurface.Routes, route => Assert.Equal(!others.Contains(route.Operation), route.IsLedgered));
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_whole_answer(string path, bool stream)
    {
        string text = await TextAsync(await SendAsync(path, stream));
        RecordedEntry entry = await EntryAsync(path, UsageOutcome.Completed, 200, attempts: 1);
        Assert.Equal(Counted(path), entry.Counts);
        Assert.Equal(["v1@111111111111"], entry.Releases);
        Assert.True(entry.IsWhole, "what was told before the end holds if the gateway dies at it");
        Assert.NotEmpty(text);
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task An_answer_of_another_replica_after_one_that_failed(string path, bool stream)
    {
        await using FakeEngine bad = await FakeEngine.StartAsync("bad", FakeEngine.ResetAsync);
        Route(bad, _engine);
        for (int i = 0; i < 40 && bad.Received.IsEmpty; i++)
        {
            _ledger.Entries.Clear();
            await TextAsync(await SendAsync(path, stream));
            await _gateway.SettledAsync();
        }

        RecordedEntry entry = await EntryAsync(path, UsageOutcome.Completed, 200, attempts: 2);
        Assert.Equal(Counted(path), entry.Counts);
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_refusal_of_the_engine(string path, bool stream)
    {
        _engine.Behave = FakeEngine.Status(400);
        await TextAsync(await SendAsync(path, stream));
        Assert.Equal(default, (await EntryAsync(path, UsageOutcome.Rejected, 400, attempts: 1)).Counts);
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_failure_of_the_only_engine(string path, bool stream)
    {
        _engine.Behave = FakeEngine.Status(503);
        await TextAsync(await SendAsync(path, stream));
        Assert.Equal(default, (await EntryAsync(path, UsageOutcome.Failed, 503, attempts: 1)).Counts);
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_refusal_for_want_of_room(string path, bool stream)
    {
        Tenant(new UsageSpec { CostPerDay = 0.000000001 });
        await TextAsync(await SendAsync(path, stream));
        await TextAsync(await SendAsync(path, stream));
        await _gateway.SettledAsync();
        bool generates = ApiSurface.Routes.Single(route => route.Path == path && route.IsLedgered).Generates;
        bool counts = path is not ("/tokenize" or "/v1/messages/count_tokens" or "/v1/responses/input_tokens");
        RecordedEntry last = _ledger.Entries.Last();
        Assert.Equal(2, _ledger.Entries.Count);
        Assert.Equal(generates || counts ? UsageOutcome.Limited : UsageOutcome.Completed, last.End!.Value.Outcome);
        if (generates) Assert.Equal((default, 0), (last.Counts, last.End.Value.Attempts));
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_client_that_leaves(string path, bool stream)
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.Behave = async context =>
        {
            if (stream) await FakeEngine.StreamAsync(context, Chunk(1));
            asked.SetResult();
            await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
        };
        using var leave = new CancellationTokenSource();
        Task<HttpResponseMessage> answer = SendAsync(path, stream, leave.Token);
        await asked.Task.WaitAsync(Cancel);
        if (stream) await (await answer).Content.ReadAsStreamAsync(Cancel);
        await leave.CancelAsync();
        if (stream) (await answer).Dispose();
        else await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        RecordedEntry entry = await EntryAsync(path, UsageOutcome.ClientLeft, 499, attempts: 1);
        if (stream) Assert.Equal(Priced(Prompt, Cached, 1), entry.Counts);
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_stream_that_breaks_off(string path, bool stream)
    {
        if (!stream) return;
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.Behave = async context =>
        {
            await FakeEngine.StreamAsync(context, Chunk(1) + Chunk(2));
            await begun.Task;
            context.Abort();
        };
        using HttpResponseMessage response = await SendAsync(path, stream);
        begun.SetResult();
        await response.Content.ReadAsStringAsync(Cancel);
        RecordedEntry entry = await EntryAsync(path, UsageOutcome.Cut, 200, attempts: 1);
        Assert.Equal(Priced(Prompt, Cached, 2), entry.Counts);
        Assert.False(entry.IsWhole);
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_stream_that_a_limit_ends(string path, bool stream)
    {
        if (!stream) return;
        Tenant(new UsageSpec { TokensPerMinute = Prompt + 2 });
        await TextAsync(await SendAsync(path, stream));
        RecordedEntry entry = await EntryAsync(path, UsageOutcome.Limited, 200, attempts: 1);
        Assert.Equal(Priced(Prompt, Cached, 2), entry.Counts);
    }

    [Fact]
    public async Task Requests_side_by_side_share_what_their_replica_s_time_costs()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _engine.Behave = async context =>
        {
            await release.Task;
            await AnswerAsync(context);
        };
        Route([_engine], pricePerHour: 36);
        Task<HttpResponseMessage>[] answers = [.. Enumerable.Range(0, 4).Select(_ => SendAsync("/v1/completions", stream: false))];
        while (_engine.Received.Count < 4) await Task.Yield();
        _gateway.Time.Advance(TimeSpan.FromSeconds(10));
        release.SetResult();
        foreach (Task<HttpResponseMessage> answer in answers) (await answer).Dispose();
        await _gateway.SettledAsync();
        UsageEnd[] ends = [.. _ledger.Entries.Select(static entry => entry.End!.Value)];
        Assert.All(ends, static end => Assert.Equal(10, end.ReplicaTime.TotalSeconds));

        // Ten seconds of a replica cost 0.1, whoever shares it; who comes first and goes last meets fewer beside it.
        Assert.InRange(ends.Sum(static end => end.ReplicaCost), 90_000_000, 210_000_000);
        Assert.All(ends, static end => Assert.InRange(end.ReplicaCost, 25_000_000, 100_000_000));
    }

    [Fact]
    public async Task What_a_dialect_cannot_say_has_an_entry_that_asked_nobody()
    {
        await TextAsync(await _gateway.PostAsync("""{"model":"chat","max_tokens":-1,"messages":[]}""", "/v1/messages"));
        RecordedEntry entry = await EntryAsync("/v1/messages", UsageOutcome.Rejected, 400, attempts: 0);
        Assert.Equal((default, "team-a", "chat"), (entry.Counts, entry.Subject.Namespace, entry.Subject.Service));
    }

    [Fact]
    public async Task What_is_not_the_caller_s_has_none()
    {
        await TextAsync(await _gateway.PostAsync("""{"model":"nothing","messages":[]}"""));
        await TextAsync(await _gateway.PostAsync("no JSON"));
        await _gateway.SettledAsync();
        Assert.Empty(_ledger.Entries);
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        string body = ((ReceivedRequest)context.Items["received"]!).Text;
        if (context.Request.Path == "/tokenize") await FakeEngine.Status(200, """{"count":3}""")(context);
        else if (body.Contains("\"stream\":true", StringComparison.Ordinal)) await FakeEngine.StreamAsync(context, WholeStream());
        else await FakeEngine.Status(200, WholeAnswer)(context);
    }

    private const string WholeAnswer =
        "{\"id\":\"c1\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"hi\"},\"finish_reason\":\"stop\"}]," + Usage + "}";

    private static string WholeStream() => Chunk(1) + Chunk(2)
        + "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"c\"},\"finish_reason\":\"stop\"}]," + Usage + "}\n\n"
        + "data: {\"id\":\"c1\",\"choices\":[]," + Usage + "}\n\n" + FakeEngine.DoneText;

    private static string Chunk(int tokens) =>
        "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\"finish_reason\":null}],"
        + Usage.Replace("\"completion_tokens\":3", $"\"completion_tokens\":{tokens}", StringComparison.Ordinal) + "}\n\n";

    private static UsageCounts Counted(string path) => path switch
    {
        "/tokenize" or "/v1/messages/count_tokens" or "/v1/responses/input_tokens" => default,
        _ => Priced(Prompt, Cached, Output),
    };

    /// <summary>At 1, 0.5 and 2 for a million tokens.</summary>
    private static UsageCounts Priced(long prompt, long cached, long output) =>
        new(prompt, cached, output, ((prompt - cached) * 1000) + (cached * 500) + (output * 2000));

    private async Task<RecordedEntry> EntryAsync(string path, UsageOutcome outcome, int status, int attempts)
    {
        await _gateway.SettledAsync();
        RecordedEntry entry = Assert.Single(_ledger.Entries);
        Assert.Equal(path, entry.Subject.Route);
        Assert.Equal((outcome, status, attempts), (entry.End!.Value.Outcome, entry.End.Value.Status, entry.End.Value.Attempts));
        return entry;
    }

    private Task<HttpResponseMessage> SendAsync(string path, bool stream, CancellationToken? leave = null)
    {
        string body = path.Split('/') switch
        {
            [_, _, "messages", ..] => """{"model":"chat","max_tokens":9,"messages":[{"role":"user","content":"hi"}]}""",
            [_, _, "responses", ..] => """{"model":"chat","input":"hi"}""",
            _ => """{"model":"chat","messages":[]}""",
        };
        if (stream) body = body[..^1] + ",\"stream\":true}";
        string address = path.Replace("{model}", "chat", StringComparison.Ordinal).Replace("{version}", "1", StringComparison.Ordinal);
        var message = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
        };
        return _gateway.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, leave ?? Cancel);
    }

    private static async Task<string> TextAsync(HttpResponseMessage response)
    {
        using (response) return await response.Content.ReadAsStringAsync(Cancel);
    }

    private void Route(params FakeEngine[] engines) => Route(engines, pricePerHour: 0);

    private void Route(FakeEngine[] engines, double pricePerHour)
    {
        ModelService service = GatewayFixture.Service("chat", (GatewayFixture.HashV1, 100, engines));
        var price = new PriceSpec { Prompt = 1, CachedPrompt = 0.5, Output = 2 };
        _gateway.Routes.Update(RoutingSnapshot.Build(
            [service with { Spec = service.Spec with { Price = price } }],
            engines.Select(static engine => GatewayFixture.Replica(engine.Name, GatewayFixture.HashV1, engine.Endpoint)),
            prices: _ => pricePerHour));
    }

    private void Tenant(UsageSpec together) => _gateway.Services.GetRequiredService<UsageLimiter>().Update([new TenantPolicy
    {
        Metadata = new ObjectMeta { Name = TenantPolicy.OnlyName, Namespace = "team-a" },
        Spec = new TenantPolicySpec { Usage = together },
    }]);
}
