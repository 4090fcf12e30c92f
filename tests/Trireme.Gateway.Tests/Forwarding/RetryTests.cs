using System.Net;
using Microsoft.AspNetCore.Http;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Forwarding;

public class RetryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Sentences() => [.. Failures.Keys];

    private static readonly Dictionary<string, (Func<HttpContext, Task> Behave, string Reason)> Failures = new()
    {
        ["A replica that resets the connection"] = (FakeEngine.ResetAsync, "reset"),
        ["A replica that drains"] = (FakeEngine.Status(503), "status"),
        ["A replica that fails"] = (FakeEngine.Status(500), "status"),
        ["A replica behind a broken proxy"] = (FakeEngine.Status(502), "status"),
        ["A replica that dies after its headers"] = (async context =>
        {
            await FakeEngine.StreamAsync(context, "");
            context.Abort();
        }, "reset"),
        ["A replica that dies after the role"] = (async context =>
        {
            await FakeEngine.StreamAsync(context, "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n");
            context.Abort();
        }, "reset"),
        ["A replica that ends its stream without content"] = (context => FakeEngine.StreamAsync(context, "data: [DONE]\n\n"), "reset"),
        ["A replica that dies within an unstreamed answer"] = (async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("{\"half\":");
            await context.Response.Body.FlushAsync();
            context.Abort();
        }, "reset"),
    };

    [Theory]
    [MemberData(nameof(Sentences))]
    public async Task Is_replaced_by_another_without_the_client_noticing(string sentence)
    {
        (Func<HttpContext, Task> behave, string reason) = Failures[sentence];
        await using FakeEngine bad = await FakeEngine.StartAsync("bad", behave);
        await using FakeEngine good = await FakeEngine.StartAsync("good");
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(bad, good);
        for (int i = 0; bad.Received.IsEmpty; i++)
        {
            Assert.True(i < 100, "the bad replica was never chosen");
            using HttpResponseMessage response = await gateway.ChatAsync(stream: true);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(FakeEngine.StreamText + FakeEngine.DoneText, await response.Content.ReadAsStringAsync(Cancel));
            Assert.Equal("good", response.Headers.GetValues("x-trireme-replica").Single());
        }

        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_retries_total", $"reason=\"{reason}\""));
        Assert.Equal(0, gateway.Metric("trireme_gateway_requests_in_flight"));
    }

    [Fact]
    public async Task A_replica_that_refuses_connections_is_put_aside()
    {
        await using FakeEngine good = await FakeEngine.StartAsync("good");
        FakeEngine gone = await FakeEngine.StartAsync("gone");
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { EjectionTime = TimeSpan.FromMinutes(5) });
        gateway.Route(gone, good);
        await gone.DisposeAsync();
        for (int i = 0; i < 40; i++)
        {
            using HttpResponseMessage response = await gateway.ChatAsync();
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(1, gateway.Metric("trireme_gateway_retries_total", "reason=\"connect\""));
    }

    [Fact]
    public async Task A_replica_that_comes_back_after_refusing_is_asked_again()
    {
        TimeSpan ejection = TimeSpan.FromSeconds(5);
        FakeEngine first = await FakeEngine.StartAsync("only");
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(
            new GatewayOptions { EjectionTime = ejection, ReadyWait = TimeSpan.FromSeconds(10) });
        gateway.Route(first);
        int port = first.Port;
        await first.DisposeAsync();
        Task<HttpResponseMessage> waiting = gateway.ChatAsync();
        await gateway.Time.TimerAsync(ejection, Cancel);
        await using FakeEngine again = await FakeEngine.StartAsync("only", port: port);
        gateway.Time.Advance(ejection + TimeSpan.FromMilliseconds(1));
        using HttpResponseMessage response = await waiting;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task At_most_three_replicas_are_asked_and_the_client_is_told_not_to_repeat()
    {
        var engines = new List<FakeEngine>();
        for (int i = 0; i < 4; i++) engines.Add(await FakeEngine.StartAsync($"e{i}", FakeEngine.Status(503)));
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route([.. engines]);
        using HttpResponseMessage response = await gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
        Assert.Equal("scripted", (await GatewayFixture.ErrorAsync(response)).GetProperty("message").GetString());
        Assert.Equal(3, engines.Sum(engine => engine.Received.Count));
        foreach (FakeEngine engine in engines) await engine.DisposeAsync();
    }

    [Fact]
    public async Task The_only_replicas_overload_is_passed_on_and_the_client_may_come_back()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: FakeEngine.Status(503));
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.False(response.Headers.Contains("x-should-retry"));
        Assert.Single(engine.Received);
    }

    [Fact]
    public async Task Replicas_that_all_break_the_connection_are_a_bad_gateway()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: FakeEngine.ResetAsync);
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
        Assert.Equal("replica_unreachable", (await GatewayFixture.ErrorAsync(response)).GetProperty("code").GetString());

        // The request may be what ends them, so that the third attempt is not made.
        Assert.Equal(2, engine.Received.Count);
    }

    [Fact]
    public async Task A_request_that_ends_replicas_costs_two_of_them_and_not_the_third()
    {
        var engines = new List<FakeEngine>();
        for (int i = 0; i < 3; i++) engines.Add(await FakeEngine.StartAsync($"e{i}", FakeEngine.ResetAsync));
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route([.. engines]);
        using HttpResponseMessage response = await gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal(2, engines.Count(engine => !engine.Received.IsEmpty));
        foreach (FakeEngine engine in engines) await engine.DisposeAsync();
    }

    [Fact]
    public async Task A_replica_that_ran_out_of_memory_over_a_request_is_the_last_one_asked()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync("full", OutOfMemoryAsync);
        await using FakeEngine other = await FakeEngine.StartAsync("other", OutOfMemoryAsync);
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine, other);
        using HttpResponseMessage response = await gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
        Assert.Equal(1, engine.Received.Count + other.Received.Count);
    }

    [Fact]
    public async Task A_silent_replica_is_a_gateway_timeout_and_not_repeated()
    {
        var arrived = new TaskCompletionSource();
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: context =>
        {
            arrived.SetResult();
            return Forever(context.RequestAborted);
        });
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        Task<HttpResponseMessage> waiting = gateway.ChatAsync();
        await arrived.Task.WaitAsync(Cancel);
        gateway.Time.Advance(new GatewayOptions().ResponseTimeout);
        using HttpResponseMessage response = await waiting;
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Single(engine.Received);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(501)]
    public async Task Other_answers_are_passed_on_as_they_are(int status)
    {
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: FakeEngine.Status(status));
        await using FakeEngine other = await FakeEngine.StartAsync("other", FakeEngine.Status(status));
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine, other);
        using HttpResponseMessage response = await gateway.ChatAsync(stream: true);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(1, engine.Received.Count + other.Received.Count);
    }

    [Fact]
    public async Task A_stream_that_dies_after_its_first_content_is_never_repeated_and_ends_with_an_error()
    {
        const string begun = "data: {\"choices\":[{\"delta\":{\"content\":\"half \"}}]}\n\n";
        var seen = new TaskCompletionSource();
        await using FakeEngine bad = await FakeEngine.StartAsync("bad", async context =>
        {
            await FakeEngine.StreamAsync(context, begun + "data: {\"choices\":[{\"del");
            await seen.Task;
            context.Abort();
        });
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(bad);
        using HttpResponseMessage response = await gateway.ChatAsync(stream: true);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
        string first = await reader.ReadLineAsync(Cancel) + "\n" + await reader.ReadLineAsync(Cancel) + "\n";
        seen.SetResult();
        string rest = await reader.ReadToEndAsync(Cancel);

        Assert.Equal(begun, first);
        Assert.StartsWith("data: {\"error\":{\"message\":", rest, StringComparison.Ordinal);
        Assert.EndsWith("\n\n", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", rest, StringComparison.Ordinal);
        Assert.Single(bad.Received);
        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_broken_streams_total", "release=\"v1\""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("data: [DONE]\n\n")]
    public async Task A_stream_without_a_finish_reason_is_broken_however_cleanly_it_ends(string ending)
    {
        var seen = new TaskCompletionSource();
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: async context =>
        {
            await FakeEngine.StreamAsync(context, "data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n");
            await seen.Task;
            await FakeEngine.StreamAsync(context, ending);
        });
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.ChatAsync(stream: true);
        seen.SetResult();
        string received = await response.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("half", received, StringComparison.Ordinal);
        Assert.Contains("stream_broken", received, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", received, StringComparison.Ordinal);
        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_broken_streams_total"));
    }

    [Fact]
    public async Task An_engines_own_error_event_is_passed_on_once()
    {
        const string text = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n"
            + "data: {\"error\":{\"message\":\"out of memory\"}}\n\ndata: [DONE]\n\n";
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: context => FakeEngine.StreamAsync(context, text));
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.ChatAsync(stream: true);
        Assert.Equal(text, await response.Content.ReadAsStringAsync(Cancel));
        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_broken_streams_total"));
    }

    [Fact]
    public async Task Retries_stay_within_a_fifth_of_the_requests()
    {
        await using FakeEngine bad = await FakeEngine.StartAsync("a", FakeEngine.Status(503));
        await using FakeEngine worse = await FakeEngine.StartAsync("b", FakeEngine.Status(503));
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { RetryBudgetReserve = 5 });
        gateway.Route(bad, worse);
        for (int i = 0; i < 50; i++) (await gateway.ChatAsync()).Dispose();
        Assert.Equal(50 + 5, bad.Received.Count + worse.Received.Count);
    }

    private static Task OutOfMemoryAsync(HttpContext context)
    {
        context.Response.Headers["x-should-retry"] = "false";
        return FakeEngine.Status(503)(context);
    }

    private static async Task Forever(CancellationToken cancellationToken)
    {
        var never = new TaskCompletionSource();
        await using CancellationTokenRegistration _ = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
        await never.Task;
    }
}
