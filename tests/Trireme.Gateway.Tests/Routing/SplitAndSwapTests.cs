using System.Collections.Concurrent;
using System.Net;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Routing;

public class SplitAndSwapTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_without_a_client_id_are_split_by_weight()
    {
        await using FakeEngine stable = await FakeEngine.StartAsync("stable");
        await using FakeEngine candidate = await FakeEngine.StartAsync("candidate");
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.RouteReleases((GatewayFixture.HashV1, 75, [stable]), (GatewayFixture.HashV2, 25, [candidate]));
        const int requests = 600;
        var eight = new ParallelOptions { MaxDegreeOfParallelism = 8 };
        await Parallel.ForAsync(0, requests, eight, async (_, cancel) => (await gateway.ChatUntilAsync(false, cancel)).Dispose());
        double share = candidate.Received.Count / (double)requests;
        double fourSigma = 4 * Math.Sqrt(0.25 * 0.75 / requests);
        Assert.InRange(share, 0.25 - fourSigma, 0.25 + fourSigma);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_stays_on_its_release_while_the_share_grows(bool byHeader)
    {
        await using FakeEngine stable = await FakeEngine.StartAsync("stable");
        await using FakeEngine candidate = await FakeEngine.StartAsync("candidate");
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        var before = new bool[60];
        foreach (int weight in new[] { 10, 50, 90 })
        {
            gateway.RouteReleases((GatewayFixture.HashV1, 100 - weight, [stable]), (GatewayFixture.HashV2, weight, [candidate]));
            for (int client = 0; client < before.Length; client++)
            {
                bool first = await IsCandidateAsync(gateway, client, byHeader);
                Assert.Equal(first, await IsCandidateAsync(gateway, client, byHeader));
                Assert.True(first || !before[client], "a client was moved back");
                before[client] = first;
            }
        }

        Assert.InRange(before.Count(moved => moved), 42, 60);
    }

    [Fact]
    public async Task A_release_without_ready_replicas_is_stood_in_for()
    {
        await using FakeEngine candidate = await FakeEngine.StartAsync("candidate");
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.RouteReleases((GatewayFixture.HashV1, 100, []), (GatewayFixture.HashV2, 0, [candidate]));
        using HttpResponseMessage response = await gateway.ChatAsync();
        Assert.Equal("v2@aaaaaaaaaaaa", response.Headers.GetValues("x-trireme-release").Single());
    }

    [Fact]
    public async Task A_release_that_failed_a_request_is_charged_with_it_although_another_answered()
    {
        await using FakeEngine stable = await FakeEngine.StartAsync("stable");
        await using FakeEngine candidate = await FakeEngine.StartAsync("candidate", FakeEngine.Status(500));
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.RouteReleases((GatewayFixture.HashV1, 1, [stable]), (GatewayFixture.HashV2, 99, [candidate]));
        while (candidate.Received.IsEmpty)
        {
            using HttpResponseMessage response = await gateway.ChatAsync();
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total", "release=\"v2\"", "code=\"500\""));
        Assert.True(gateway.Metric("trireme_gateway_requests_total", "release=\"v1\"", "code=\"200\"") >= 1);
    }

    [Fact]
    public async Task Requests_go_to_the_replica_with_the_fewest_in_flight_and_counts_survive_a_swap()
    {
        var release = new TaskCompletionSource();
        var arrived = new SemaphoreSlim(0);
        var held = new ConcurrentBag<string>();
        await using FakeEngine first = await FakeEngine.StartAsync("first");
        await using FakeEngine second = await FakeEngine.StartAsync("second");
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        foreach (FakeEngine engine in new[] { first, second })
        {
            engine.Behave = async context =>
            {
                held.Add(engine.Name);
                arrived.Release();
                await release.Task;
                await FakeEngine.AnswerAsync(context);
            };
        }

        gateway.Route(first, second);
        var open = new List<Task<HttpResponseMessage>>();
        for (int i = 0; i < 8; i++)
        {
            open.Add(gateway.ChatAsync());
            await arrived.WaitAsync(Cancel);
            // The replica leaves the routes and comes back; its open requests must still count.
            if (i % 2 == 0) gateway.Route(second);
            gateway.Route(first, second);
        }

        Assert.Equal(4, held.Count(name => name == "first"));
        Assert.Equal(8, gateway.Metric("trireme_gateway_requests_in_flight"));
        release.SetResult();
        foreach (Task<HttpResponseMessage> request in open) (await request).Dispose();
    }

    [Fact]
    public async Task Swapping_routes_under_load_loses_no_request()
    {
        await using FakeEngine first = await FakeEngine.StartAsync("first");
        await using FakeEngine second = await FakeEngine.StartAsync("second");
        await using FakeEngine third = await FakeEngine.StartAsync("third");
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(first);
        using var done = new CancellationTokenSource();
        Task swapping = Task.Run(async () =>
        {
            var random = new Random(5);
            while (!done.IsCancellationRequested)
            {
                int weight = random.Next(101);
                FakeEngine[] stable = random.Next(2) == 0 ? [first] : [first, second];
                FakeEngine[] candidate = random.Next(3) == 0 ? [] : [third];
                gateway.RouteReleases((GatewayFixture.HashV1, 100 - weight, stable), (GatewayFixture.HashV2, weight, candidate));
                await Task.Yield();
            }
        }, Cancel);

        var failures = new ConcurrentBag<string>();
        await Parallel.ForAsync(0, 600, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancel) =>
        {
            bool stream = i % 2 == 0;
            using HttpResponseMessage response = await gateway.ChatUntilAsync(stream, cancel);
            string text = await response.Content.ReadAsStringAsync(cancel);
            string expected = stream ? FakeEngine.StreamText + FakeEngine.DoneText : FakeEngine.AnswerText;
            if (text != expected) failures.Add($"{response.StatusCode}: {text}");
        });
        await done.CancelAsync();
        await swapping;

        Assert.Empty(failures);
        await gateway.SettledAsync();
        Assert.Equal(600, gateway.Metric("trireme_gateway_requests_total", "code=\"200\""));
        Assert.Equal(600, gateway.Metric("trireme_gateway_requests_total"));
        gateway.Route();
        Assert.Equal(0, gateway.Metric("trireme_gateway_requests_in_flight"));
    }

    private static async Task<bool> IsCandidateAsync(GatewayFixture gateway, int client, bool byHeader)
    {
        using HttpResponseMessage response = byHeader
            ? await gateway.PostAsync("{\"model\":\"chat\"}", header: ("x-session-id", $"client-{client}"))
            : await gateway.PostAsync($"{{\"model\":\"chat\",\"user\":\"client-{client}\"}}");
        return response.Headers.GetValues("x-trireme-replica").Single() == "candidate";
    }
}
