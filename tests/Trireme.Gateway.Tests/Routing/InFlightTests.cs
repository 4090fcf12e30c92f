using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Resources;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Routing;

public class InFlightTests
{
    private const string Name = "trireme_gateway_requests_in_flight";

    [Fact]
    public async Task A_replica_that_came_back_on_another_port_keeps_its_gauge()
    {
        await using var held = new HeldEngines();
        await using FakeEngine before = await held.StartAsync();
        await using FakeEngine after = await held.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(before);
        gateway.Route(after);
        Task<HttpResponseMessage> request = gateway.ChatAsync();
        await held.ArrivedAsync();
        Assert.Equal(1, gateway.Metric(Name, "replica=\"r\""));
        held.Release();
        (await request).Dispose();
        await gateway.SettledAsync();
        Assert.Single(Lines(gateway));
        Assert.Equal(0, gateway.Metric(Name, "replica=\"r\""));
    }

    [Fact]
    public async Task While_the_old_process_still_answers_both_count_under_the_one_name()
    {
        await using var held = new HeldEngines();
        await using FakeEngine before = await held.StartAsync();
        await using FakeEngine after = await held.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(before);
        Task<HttpResponseMessage> old = gateway.ChatAsync();
        await held.ArrivedAsync();
        gateway.Route(after);
        Task<HttpResponseMessage> recent = gateway.ChatAsync();
        await held.ArrivedAsync();
        Assert.Equal(2, gateway.Metric(Name, "replica=\"r\""));
        Assert.Single(Lines(gateway));

        held.Release();
        (await old).Dispose();
        (await recent).Dispose();
        await gateway.SettledAsync();
        // The next change of routes forgets the old process and leaves the new one's series.
        gateway.Route(after);
        Assert.Single(Lines(gateway));
        gateway.Route();
        Assert.Empty(Lines(gateway));
    }

    [Fact]
    public async Task A_name_that_moved_to_another_release_leaves_no_series_behind()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync("r");
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.RouteReleases((GatewayFixture.HashV1, 100, [engine]));
        gateway.RouteReleases((GatewayFixture.HashV2, 100, [engine]));
        Assert.Contains("release=\"v2\"", Assert.Single(Lines(gateway)), StringComparison.Ordinal);
    }

    private static string[] Lines(GatewayFixture gateway) =>
        [.. gateway.Metrics.Split('\n').Where(line => line.StartsWith(Name + "{", StringComparison.Ordinal))];

    /// <summary>Engines of one replica name that answer when they are told to.</summary>
    private sealed class HeldEngines : IAsyncDisposable
    {
        private readonly SemaphoreSlim _arrived = new(0);
        private readonly TaskCompletionSource _release = new();

        public Task<FakeEngine> StartAsync() => FakeEngine.StartAsync("r", async context =>
        {
            _arrived.Release();
            await _release.Task;
            await FakeEngine.AnswerAsync(context);
        });

        public Task ArrivedAsync() => _arrived.WaitAsync(TestContext.Current.CancellationToken);

        public void Release() => _release.TrySetResult();

        public ValueTask DisposeAsync()
        {
            Release();
            _arrived.Dispose();
            return default;
        }
    }
}
