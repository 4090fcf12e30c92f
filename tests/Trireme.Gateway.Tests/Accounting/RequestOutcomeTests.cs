using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Accounting;

public class RequestOutcomeTests
{
    private const string Begun = "data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n";

    private const string CachedAnswer =
        "{\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":1,\"prompt_tokens_details\":{\"cached_tokens\":8}},"
        + "\"choices\":[{\"finish_reason\":\"length\"}]}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Sentences() => [.. Cases.Keys];

    private static readonly Dictionary<string, (bool Stream, Func<HttpContext, Task, Task> Behave, Expected Expected)> Cases = new()
    {
        ["A whole stream"] = (true, (context, _) => FakeEngine.AnswerAsync(context),
            new(200, RequestEnd.Replica, true) { Finish = "stop", Usage = new TokenUsage(11, 7), TimedFirstToken = true }),
        ["A whole answer"] = (false, (context, _) => FakeEngine.AnswerAsync(context),
            new(200, RequestEnd.Replica, true) { Finish = "stop", Usage = new TokenUsage(5, 3), TimedFirstToken = true }),
        ["An answer that says what was cached"] = (false, (context, _) => context.Response.WriteAsync(CachedAnswer),
            new(200, RequestEnd.Replica, true) { Finish = "length", Usage = new TokenUsage(9, 1, 8), TimedFirstToken = true }),
        ["A refusal of the replica"] = (true, (context, _) => FakeEngine.Status(400)(context), new(400, RequestEnd.Replica, true)),
        ["A failure of the only replica"] = (true, (context, _) => FakeEngine.Status(503)(context), new(503, RequestEnd.Replica, true)),
        ["A replica that always breaks the connection"] = (true, (context, _) => FakeEngine.ResetAsync(context),
            new(502, RequestEnd.Gateway, true) { Attempts = 2 }),
        ["A stream that dies"] = (true, async (context, clientBegun) =>
        {
            await FakeEngine.StreamAsync(context, Begun);
            await clientBegun;
            context.Abort();
        }, new(200, RequestEnd.Replica, false) { TimedFirstToken = true }),
        ["A stream that ends without a finish reason"] = (true, async (context, clientBegun) =>
        {
            await FakeEngine.StreamAsync(context, Begun);
            await clientBegun;
            await FakeEngine.StreamAsync(context, FakeEngine.DoneText);
        },
            new(200, RequestEnd.Replica, false) { TimedFirstToken = true }),
        ["A stream that ends with an error of the engine"] = (true,
            (context, _) => FakeEngine.StreamAsync(context, Begun + "data: {\"error\":{\"message\":\"x\"}}\n\n"),
            new(200, RequestEnd.Replica, false) { TimedFirstToken = true }),
        ["An event without end"] = (true, (context, _) => FakeEngine.StreamAsync(context, Begun + "data: " + new string('x', 200_000)),
            new(200, RequestEnd.Gateway, false) { TimedFirstToken = true }),
        ["A long answer that dies"] = (false, async (context, _) =>
        {
            context.Response.ContentLength = 1_000_000;
            await context.Response.WriteAsync(new string('x', 100_000));
            await context.Response.Body.FlushAsync();
            context.Abort();
        }, new(200, RequestEnd.Replica, false) { TimedFirstToken = true }),
    };

    [Theory]
    [MemberData(nameof(Sentences))]
    public async Task Says_how_it_ended(string sentence)
    {
        (bool stream, Func<HttpContext, Task, Task> behave, Expected expected) = Cases[sentence];
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { MaxHeldResponseBytes = 50_000 });
        gateway.Route(engine);
        using DirectRequest direct = await DirectRequest.CreateAsync(gateway, stream, Cancel);
        engine.Behave = context => behave(context, direct.Answer.Begun);
        RequestOutcome outcome = await direct.ForwardAsync();

        Assert.Equal((expected.Status, expected.EndedBy, expected.IsComplete), (outcome.Status, outcome.EndedBy, outcome.IsComplete));
        Assert.Equal((expected.Finish, expected.Usage, expected.Attempts), (outcome.FinishReason, outcome.Usage, outcome.Attempts));
        Assert.Equal(expected.TimedFirstToken, outcome.TimeToFirstToken is not null);
        Assert.Equal("v1@111111111111", outcome.Release?.Route.Label);
        Assert.Equal("engine", outcome.Replica?.Name);
        Assert.Equal(direct.Answer.Length, outcome.BytesToClient);
        Assert.Equal(expected.Status, direct.Request.Http.Response.StatusCode);
    }

    [Fact]
    public async Task A_retry_is_an_attempt_and_the_release_that_answered_is_the_one()
    {
        await using FakeEngine bad = await FakeEngine.StartAsync("bad", FakeEngine.Status(500));
        await using FakeEngine good = await FakeEngine.StartAsync("good");
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.RouteReleases((GatewayFixture.HashV1, 0, [good]), (GatewayFixture.HashV2, 100, [bad]));
        using DirectRequest direct = await DirectRequest.CreateAsync(gateway, stream: true, Cancel);
        RequestOutcome outcome = await direct.ForwardAsync();
        Assert.Equal((200, 2, "v1", "good"), (outcome.Status, outcome.Attempts, outcome.Release?.Route.Name, outcome.Replica?.Name));
        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total", "release=\"v2\"", "code=\"500\""));
    }

    [Fact]
    public async Task Without_a_replica_the_gateway_ends_it_and_asks_nobody()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { MaxWaitingRequests = 0 });
        gateway.Route();
        using DirectRequest direct = await DirectRequest.CreateAsync(gateway, stream: true, Cancel);
        RequestOutcome outcome = await direct.ForwardAsync();
        Assert.Equal((503, RequestEnd.Gateway, true, 0), (outcome.Status, outcome.EndedBy, outcome.IsComplete, outcome.Attempts));
        Assert.Null(outcome.Release);
        Assert.Null(outcome.Replica);
    }

    [Theory]
    [InlineData(false, 504, true)]
    [InlineData(true, 200, false)]
    public async Task A_replica_that_falls_silent_is_given_up_by_the_gateway(bool begun, int status, bool isComplete)
    {
        var silent = new TaskCompletionSource();
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: async context =>
        {
            if (begun) await FakeEngine.StreamAsync(context, Begun);
            silent.SetResult();
            var never = new TaskCompletionSource();
            await using CancellationTokenRegistration _ = context.RequestAborted.Register(() => never.TrySetResult());
            await never.Task;
        });
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using DirectRequest direct = await DirectRequest.CreateAsync(gateway, stream: true, Cancel);
        Task<RequestOutcome> forwarding = direct.ForwardAsync();
        await silent.Task.WaitAsync(Cancel);
        if (begun) await direct.Answer.Begun.WaitAsync(Cancel);
        gateway.Time.Advance(new GatewayOptions().ResponseTimeout);
        RequestOutcome outcome = await forwarding;
        Assert.Equal((status, RequestEnd.Gateway, isComplete), (outcome.Status, outcome.EndedBy, outcome.IsComplete));
    }

    [Fact]
    public async Task Of_a_client_that_leaves_is_kept_what_was_known_by_then()
    {
        const string counted = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],"
            + "\"usage\":{\"prompt_tokens\":4,\"completion_tokens\":1}}\n\n";
        using var leave = new CancellationTokenSource();
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: async context =>
        {
            await FakeEngine.StreamAsync(context, counted);
            var never = new TaskCompletionSource();
            await using CancellationTokenRegistration _ = context.RequestAborted.Register(() => never.TrySetResult());
            await never.Task;
        });
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using DirectRequest direct = await DirectRequest.CreateAsync(gateway, stream: true, leave.Token);
        Task<RequestOutcome> forwarding = direct.ForwardAsync();
        await direct.Answer.Begun.WaitAsync(Cancel);
        await leave.CancelAsync();
        Exception exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => forwarding);

        RequestOutcome outcome = await gateway.Services.GetRequiredService<ExceptionFence>().EndAsync(direct.Request, exception);
        Assert.Equal((499, RequestEnd.Client, false), (outcome.Status, outcome.EndedBy, outcome.IsComplete));
        Assert.Equal(new TokenUsage(4, 1), outcome.Usage);
        Assert.Equal(Encoding.UTF8.GetByteCount(counted), outcome.BytesToClient);
        Assert.NotNull(outcome.TimeToFirstToken);

        gateway.Services.GetRequiredService<RequestAccount>().Close(direct.Request, outcome);
        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total", "release=\"v1\"", "code=\"499\""));
        Assert.Equal(4, gateway.Metric("trireme_gateway_prompt_tokens_total", "release=\"v1\""));
        Assert.Equal(0, gateway.Metric("trireme_gateway_broken_streams_total"));
        Assert.Equal(0, gateway.Metric("trireme_gateway_unexpected_exceptions_total"));
    }

    private sealed record Expected(int Status, RequestEnd EndedBy, bool IsComplete)
    {
        public string? Finish { get; init; }

        public TokenUsage? Usage { get; init; }

        public int Attempts { get; init; } = 1;

        public bool TimedFirstToken { get; init; }
    }
}
