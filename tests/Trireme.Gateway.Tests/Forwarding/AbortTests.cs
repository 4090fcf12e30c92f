using Microsoft.AspNetCore.Http;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Forwarding;

public class AbortTests
{
    /// <summary>The gateway's time stands still in these tests, so nothing but the client's leaving can end the engine's work.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("before the first byte of a stream", true, false)]
    [InlineData("in the middle of a stream", true, true)]
    [InlineData("before an unstreamed answer", false, false)]
    [InlineData("within an unstreamed answer", false, true)]
    public async Task A_client_that_leaves_ends_the_engines_work(string when, bool stream, bool begun)
    {
        var arrived = new TaskCompletionSource();
        var closed = new TaskCompletionSource();
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: async context =>
        {
            using CancellationTokenRegistration _ = context.RequestAborted.Register(() => closed.TrySetResult());
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
        await arrived.Task.WaitAsync(Patience, Cancel);
        HttpResponseMessage? response = stream && begun ? await request : null;
        if (response is not null) response.Dispose();
        else await leave.CancelAsync();

        await closed.Task.WaitAsync(Patience, Cancel);
        await gateway.SettledAsync();
        Assert.True(gateway.Metric("trireme_gateway_requests_total", "code=\"499\"") == 1, when);
        Assert.Equal(0, gateway.Metric("trireme_gateway_broken_streams_total"));
        Assert.Equal(0, gateway.Metric("trireme_gateway_requests_in_flight"));
        if (response is null) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
    }
}
