using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Contracts.Resources;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Shadowing;
using Trireme.Gateway.Tests.Harness;
using Trireme.Testing;

namespace Trireme.Gateway.Tests.Forwarding;

public class ShadowTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_copy_is_answered_for_nobody_and_counted_apart(bool stream)
    {
        await using FakeEngine serving = await FakeEngine.StartAsync("serving");
        await using FakeEngine shadow = await FakeEngine.StartAsync("shadow");
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        Route(gateway, serving, shadow);
        using HttpResponseMessage response = await gateway.ChatAsync(stream);
        Assert.Equal("v1@111111111111", response.Headers.GetValues("x-trireme-release").Single());
        string answer = await response.Content.ReadAsStringAsync(Cancel);
        Assert.DoesNotContain("usage\":{\"prompt_tokens\":11", answer);
        await SettledAsync(gateway);

        ReceivedRequest real = serving.Received.Single(), copy = shadow.Received.Single();
        Assert.Equal(real.Text, copy.Text);
        Assert.Equal("2147483647", copy.Headers["x-trireme-priority"]);
        Assert.Equal(real.Headers["x-trireme-tenant"], copy.Headers["x-trireme-tenant"]);
        Assert.Equal(real.Headers["x-request-id"] + "-shadow", copy.Headers["x-request-id"]);
        Assert.DoesNotContain("authorization", copy.Headers.Keys, StringComparer.OrdinalIgnoreCase);

        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total"));
        Assert.Equal(0, gateway.Metric("trireme_gateway_requests_total", "release=\"v2\""));
        Assert.Equal(0, gateway.Metric("trireme_gateway_generation_tokens_total", "release=\"v2\""));
        Assert.Equal(1, gateway.Metric("trireme_gateway_shadow_requests_total", "release=\"v2\"", "code=\"200\""));
        Assert.Equal(1, gateway.Metric("trireme_gateway_shadow_finished_answers_total", "finish_reason=\"stop\""));
        Assert.Equal(1, gateway.Metric("trireme_gateway_shadow_time_to_first_token_seconds_count"));
        Assert.Equal(stream ? 7 : 3, gateway.Metric("trireme_gateway_shadow_generation_tokens_total"));
        Assert.Equal(0, gateway.Metric("trireme_gateway_shadow_dropped_total"));
    }

    [Fact]
    public async Task A_shadow_that_fails_breaks_or_is_not_there_costs_no_client_anything()
    {
        await using FakeEngine serving = await FakeEngine.StartAsync("serving");
        await using FakeEngine shadow = await FakeEngine.StartAsync("shadow");
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        Route(gateway, serving, shadow);
        foreach (Func<Microsoft.AspNetCore.Http.HttpContext, Task> behave in
            (Func<Microsoft.AspNetCore.Http.HttpContext, Task>[])[FakeEngine.Status(500), FakeEngine.ResetAsync])
        {
            shadow.Behave = behave;
            using HttpResponseMessage response = await gateway.ChatAsync();
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await SettledAsync(gateway);
        }

        Assert.Equal(1, gateway.Metric("trireme_gateway_shadow_requests_total", "code=\"500\""));
        Assert.Equal(1, gateway.Metric("trireme_gateway_shadow_requests_total", "code=\"502\""));
        await shadow.DisposeAsync();
        using (HttpResponseMessage response = await gateway.ChatAsync()) Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await SettledAsync(gateway);
        Assert.Equal(1, gateway.Metric("trireme_gateway_shadow_dropped_total", "reason=\"no_replica\""));
        Assert.Equal(3, gateway.Metric("trireme_gateway_requests_total", "code=\"200\""));
    }

    [Fact]
    public async Task A_client_waits_for_no_copy_and_one_that_leaves_ends_its_copy()
    {
        var closed = new TaskCompletionSource();
        var arrived = new SemaphoreSlim(0);
        await using FakeEngine serving = await FakeEngine.StartAsync("serving");
        await using FakeEngine shadow = await FakeEngine.StartAsync("shadow", async context =>
        {
            using CancellationTokenRegistration _ = context.RequestAborted.Register(() => closed.TrySetResult());
            arrived.Release();
            await closed.Task;
        });
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        Route(gateway, serving, shadow);
        using (HttpResponseMessage response = await gateway.ChatAsync()) Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await arrived.WaitAsync(Cancel);
        Assert.Equal(1, Copies(gateway).Open);
        Assert.False(closed.Task.IsCompleted);

        serving.Behave = async context =>
        {
            var gone = new TaskCompletionSource();
            using CancellationTokenRegistration _ = context.RequestAborted.Register(() => gone.TrySetResult());
            await gone.Task;
        };
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        Task<HttpResponseMessage> left = gateway.ChatUntilAsync(stream: false, leave.Token);
        await arrived.WaitAsync(Cancel);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await closed.Task.WaitAsync(Patience, Cancel);
        await Eventually.True("the copy is counted as dropped", Patience, () =>
            Task.FromResult(gateway.Metric("trireme_gateway_shadow_dropped_total", "reason=\"client_left\"") == 1), Cancel);
    }

    [Fact]
    public async Task Beyond_the_bound_copies_are_dropped_and_counted_and_at_the_deadline_they_end()
    {
        var hold = new TaskCompletionSource();
        await using FakeEngine serving = await FakeEngine.StartAsync("serving");
        await using FakeEngine shadow = await FakeEngine.StartAsync("shadow", async context =>
        {
            using CancellationTokenRegistration _ = context.RequestAborted.Register(() => hold.TrySetResult());
            await hold.Task;
        });
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        Route(gateway, serving, shadow);
        for (int i = 0; i < ShadowCopies.OpenMax + 3; i++)
        {
            using HttpResponseMessage response = await gateway.ChatAsync();
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.Equal(ShadowCopies.OpenMax, Copies(gateway).Open);
        Assert.Equal(3, gateway.Metric("trireme_gateway_shadow_dropped_total", "reason=\"queue_full\""));
        gateway.Time.Advance(TimeSpan.FromMinutes(5));
        await SettledAsync(gateway);
        Assert.Equal(0, Copies(gateway).Open);
        Assert.True(gateway.Metric("trireme_gateway_shadow_dropped_total", "reason=\"deadline\"") > 0);
        Assert.Equal(0, gateway.Metric("trireme_gateway_shadow_requests_total", "code=\"5"));
    }

    [Fact]
    public async Task Only_the_share_that_the_status_names_is_copied()
    {
        await using FakeEngine serving = await FakeEngine.StartAsync("serving");
        await using FakeEngine shadow = await FakeEngine.StartAsync("shadow");
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        Route(gateway, serving, shadow, percent: 25);
        const int requests = 400;
        for (int i = 0; i < requests; i++) (await gateway.ChatAsync()).Dispose();
        await SettledAsync(gateway);
        double fourSigma = 4 * Math.Sqrt(0.25 * 0.75 * requests);
        Assert.InRange(shadow.Received.Count, (requests / 4) - fourSigma, (requests / 4) + fourSigma);
        Assert.Equal(requests, serving.Received.Count);
    }

    private static ShadowCopies Copies(GatewayFixture gateway) => gateway.Services.GetRequiredService<ShadowCopies>();

    private static async Task SettledAsync(GatewayFixture gateway)
    {
        await gateway.SettledAsync();
        await Eventually.True("no copy is open", Patience, () => Task.FromResult(Copies(gateway).Open == 0), Cancel);
    }

    /// <summary>All requests to one engine, copies to the other.</summary>
    private static void Route(GatewayFixture gateway, FakeEngine serving, FakeEngine shadow, int percent = 100)
    {
        ModelService service = GatewayFixture.Service(
            "chat", (GatewayFixture.HashV1, 100, [serving]), (GatewayFixture.HashV2, 0, [shadow]));
        IReadOnlyList<ReleaseTraffic> traffic = service.Status!.Traffic!;
        service = service with
        {
            Status = service.Status with { Traffic = [traffic[0], traffic[1] with { Shadow = percent }] },
        };
        gateway.Routes.Update(RoutingSnapshot.Build(
            [service],
            [
                GatewayFixture.Replica(serving.Name, GatewayFixture.HashV1, serving.Endpoint),
                GatewayFixture.Replica(shadow.Name, GatewayFixture.HashV2, shadow.Endpoint),
            ]));
    }
}
