using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Scaling;
using Trireme.Gateway.Load;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Load;

/// <summary>Requests for a service that sleeps are held, wake it, and go on as its replica turns ready.</summary>
public sealed class HeldRequestTests
{
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_request_for_a_service_that_sleeps_wakes_it_and_is_answered_by_the_replica_that_starts()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Routes.Update(RoutingSnapshot.Build([Service()], []));
        LoadReadings loads = gateway.Services.GetRequiredService<LoadReadings>();
        var woken = new List<string>();
        loads.Waiting += (@namespace, service) => woken.Add($"{@namespace}/{service}");
        Task<HttpResponseMessage> first = gateway.ChatAsync();
        await Eventually(() => gateway.Queue.Waiting == 1);
        Task<HttpResponseMessage> second = gateway.ChatAsync();
        await Eventually(() => gateway.Queue.Waiting == 2);
        gateway.Time.Advance(TimeSpan.FromSeconds(20));

        ServiceLoad waiting = loads.Read("team-a", "chat")!;
        Assert.Equal((2, 0, 2L, 2.0), (waiting.Held, waiting.InFlight, waiting.Arrived, waiting.WorkInFlight));
        Assert.Equal(20, waiting.LongestHeld.TotalSeconds, 0.5);
        Assert.Equal(["team-a/chat"], woken);

        gateway.Routes.Update(RoutingSnapshot.Build(
            [Service()], [GatewayFixture.Replica("engine", GatewayFixture.HashV1, engine.Endpoint)]));
        using HttpResponseMessage one = await first;
        using HttpResponseMessage other = await second;
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (one.StatusCode, other.StatusCode));
        await gateway.SettledAsync();

        ServiceLoad after = loads.Read("team-a", "chat")!;
        Assert.True(after.Sequence > waiting.Sequence);
        Assert.Equal((0, 0, 2L), (after.Held, after.InFlight, after.Arrived));

        // They waited by intent: the wait is not held against the number of replicas.
        Assert.Equal((0L, 0L), (after.Judged, after.Met));
        Assert.Equal(2, after.Cells.Sum(static cell => cell.Judged));
        Assert.Equal((2.0, 0.0), (after.Work, after.WorkInFlight));
    }

    [Fact]
    public async Task A_hold_that_takes_too_long_ends_with_what_the_start_has_taken()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Routes.Update(RoutingSnapshot.Build([Service(Starting)], []));
        Task<HttpResponseMessage> held = gateway.ChatAsync();
        await gateway.Time.TimerAsync(Hold, TestContext.Current.CancellationToken);
        gateway.Time.Advance(Hold + TimeSpan.FromMilliseconds(1));
        using HttpResponseMessage refused = await held;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        JsonElement error = await GatewayFixture.ErrorAsync(refused);
        Assert.Equal(
            "No replica of \"chat\" became ready within 90 seconds. The last start: create 0.4 s (forecast 0.3 s), load 89 s so far "
                + "(forecast 9 s). Send the request again later.",
            error.GetProperty("message").GetString());
        Assert.Equal(0, gateway.Services.GetRequiredService<LoadReadings>().Read("team-a", "chat")!.Held);
    }

    [Fact]
    public async Task A_client_that_leaves_is_not_held_any_more()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Routes.Update(RoutingSnapshot.Build([Service()], []));
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task<HttpResponseMessage> held = gateway.ChatUntilAsync(stream: true, leave.Token);
        await Eventually(() => gateway.Queue.Waiting == 1);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
        await gateway.SettledAsync();
        Assert.Equal(0, gateway.Services.GetRequiredService<LoadReadings>().Read("team-a", "chat")!.Held);
    }

    [Fact]
    public async Task Answers_are_counted_by_how_many_shared_the_replica_and_whether_they_were_within_the_SLO()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Routes.Update(RoutingSnapshot.Build(
            [Service()], [GatewayFixture.Replica("engine", GatewayFixture.HashV1, engine.Endpoint)]));
        using HttpResponseMessage good = await gateway.ChatAsync(stream: true);
        await good.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        engine.Behave = FakeEngine.Status(400);
        using HttpResponseMessage wrong = await gateway.ChatAsync();
        await gateway.SettledAsync();
        ServiceLoad load = gateway.Services.GetRequiredService<LoadReadings>().Read("team-a", "chat")!;
        Assert.Equal((2L, 1L, 1L), (load.Arrived, load.Judged, load.Met));
        Assert.Equal(new LoadCell(1, 1), load.Cells[0]);
        Assert.Equal(new ReplicaLoad(0, 0, 2), load.Replicas["engine"]);
    }

    [Fact]
    public async Task A_request_with_a_longer_prompt_than_usual_is_more_work()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Routes.Update(RoutingSnapshot.Build(
            [Service()], [GatewayFixture.Replica("engine", GatewayFixture.HashV1, engine.Endpoint)]));
        const int Usual = 40;
        for (int i = 0; i < Usual; i++) (await gateway.ChatAsync()).Dispose();
        await gateway.SettledAsync();
        LoadReadings loads = gateway.Services.GetRequiredService<LoadReadings>();
        ServiceLoad before = loads.Read("team-a", "chat")!;
        Assert.Equal(Usual, before.Work, 0.1);
        (await gateway.ChatAsync(extra: $",\"user\":\"{new string('x', 4000)}\"")).Dispose();
        await gateway.SettledAsync();
        ServiceLoad after = loads.Read("team-a", "chat")!;

        // Five tokens of prompt and three that cost four times as much: prompts are five seventeenths of the work.
        Assert.InRange(after.Work - before.Work, 5, 50);
        Assert.Equal((0, 0.0), (after.InFlight, after.WorkInFlight));
    }

    [Fact]
    public async Task A_service_whose_number_a_person_sets_is_not_counted_and_refuses_at_zero()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        ModelService service = Service();
        gateway.Routes.Update(RoutingSnapshot.Build(
            [service with { Spec = service.Spec with { Scaling = null, Replicas = 0 } }], []));
        using HttpResponseMessage refused = await gateway.ChatAsync();
        Assert.Equal("model_scaled_to_zero", (await GatewayFixture.ErrorAsync(refused)).GetProperty("code").GetString());
        Assert.Null(gateway.Services.GetRequiredService<LoadReadings>().Read("team-a", "chat"));
    }

    private static IReadOnlyList<StartupPhase> Starting =>
    [
        new() { Phase = "create", Seconds = 0.4, Done = true, ForecastSeconds = 0.3 },
        new() { Phase = "load", Seconds = 89, ForecastSeconds = 9 },
    ];

    private static ModelService Service(IReadOnlyList<StartupPhase>? startup = null)
    {
        ModelService service = GatewayFixture.Service("chat");
        return service with
        {
            Spec = service.Spec with
            {
                Scaling = new ScalingSpec
                {
                    MinReplicas = 0, MaxReplicas = 2, HoldTimeout = new Duration(Hold), Slo = new SloSpec { Itl = Duration.FromSeconds(1) },
                },
            },
            Status = service.Status! with { Scaling = new ScalingStatus { Desired = 0, Reason = "", Startup = startup } },
        };
    }

    private static async Task Eventually(Func<bool> isSo)
    {
        while (!isSo()) await Task.Yield();
    }
}
