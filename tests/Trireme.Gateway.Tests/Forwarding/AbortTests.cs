using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Trireme.Gateway.Tests.Harness;
using Trireme.Testing;

namespace Trireme.Gateway.Tests.Forwarding;

public class AbortTests
{
    /// <summary>The engine must learn of it within this time; a generating engine wastes work until then.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(100);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("before the first byte of a stream", true, false)]
    [InlineData("in the middle of a stream", true, true)]
    [InlineData("before an unstreamed answer", false, false)]
    [InlineData("within an unstreamed answer", false, true)]
    public async Task A_client_that_leaves_ends_the_engines_work(string when, bool stream, bool begun)
    {
        var arrived = new TaskCompletionSource();
        var closed = new TaskCompletionSource<long>();
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: async context =>
        {
            using CancellationTokenRegistration _ = context.RequestAborted.Register(() => closed.TrySetResult(Stopwatch.GetTimestamp()));
            if (begun && stream) await FakeEngine.StreamAsync(context, "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n");
            if (begun && !stream) await context.Response.WriteAsync("{\"half\":");
            arrived.SetResult();
            await closed.Task;
        });
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        // A first request warms the connections and the code, which are not what is measured.
        Func<HttpContext, Task> scripted = engine.Behave;
        engine.Behave = FakeEngine.AnswerAsync;
        for (int i = 0; i < 3; i++) await (await gateway.ChatAsync(stream)).Content.ReadAsByteArrayAsync(Cancel);
        engine.Behave = scripted;

        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task<HttpResponseMessage> request = gateway.ChatUntilAsync(stream, leave.Token);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        HttpResponseMessage? response = stream && begun ? await request : null;
        long left = Stopwatch.GetTimestamp();
        if (response is not null) response.Dispose();
        else await leave.CancelAsync();

        long seen = await closed.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        TimeSpan delay = Stopwatch.GetElapsedTime(left, seen);
        Assert.True(delay < Limit, $"{when}: seen after {delay.TotalMilliseconds} ms");
        await Eventually.True(
            "the request is counted as 499",
            TimeSpan.FromSeconds(10),
            () => Task.FromResult(gateway.Metric("trireme_gateway_requests_total", "code=\"499\"") == 1),
            Cancel);
        Assert.Equal(0, gateway.Metric("trireme_gateway_broken_streams_total"));
        Assert.Equal(0, gateway.Metric("trireme_gateway_requests_in_flight"));
        if (response is null) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
    }
}
