using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>Nobody is promised what has to start first.</summary>
public sealed class OrderForecastTests
{
    [Theory]
    [InlineData(2, "2 of its 2 replicas are ready, and it gets all traffic at once")]
    [InlineData(1, "1 of its 2 replicas is ready, and it gets")]
    [InlineData(null, "0 of its 2 replicas are ready, and it gets")]
    public void What_follows_depends_on_the_replicas_that_are_ready(int? ready, string expected)
    {
        ModelService service = Service(replicas: 2, ready);
        string undo = ready == 2 ? "" : " its traffic as they become ready, each after its start";
        string promotion = ready == 2 ? "" : " all traffic once all of them are";
        Assert.Equal(
            (expected + undo, expected + promotion), (OrderForecast.OfUndo(service, "v1"), OrderForecast.OfPromotion(service, "v1")));
    }

    /// <summary>As after a rollback, which has given it back already.</summary>
    [Theory]
    [InlineData(100, "it has all traffic already, and spec.release names it again")]
    [InlineData(90, "2 of its 2 replicas are ready, and it gets all traffic at once")]
    public void An_undo_to_what_has_all_traffic_promises_no_move(int weight, string expected)
    {
        ModelService service = Service(replicas: 2, ready: 2);
        ReleaseTraffic[] traffic = [service.Status!.Traffic![0] with { Weight = weight }, service.Status.Traffic[1]];
        Assert.Equal(expected, OrderForecast.OfUndo(service with { Status = service.Status with { Traffic = traffic } }, "v1"));
    }

    [Fact]
    public void A_service_that_is_scaled_to_zero_starts_nothing() => Assert.Equal(
        "the service is scaled to zero, and it starts once spec.replicas is raised", OrderForecast.OfUndo(Service(replicas: 0, 0), "v1"));

    [Theory]
    [InlineData(RolloutStrategyType.Recreate, 2, 0, "the strategy is Recreate: what answers now is stopped before it starts, and the")]
    [InlineData(RolloutStrategyType.InPlace, 1, 0, "the strategy is InPlace and there is one replica: what answers now is stopped")]
    [InlineData(RolloutStrategyType.InPlace, 2, 0, "0 of its 2 replicas are ready, and it gets")]
    [InlineData(RolloutStrategyType.Canary, 1, 0, "0 of its 1 replicas are ready, and it gets")]
    [InlineData(RolloutStrategyType.Recreate, 2, 2, "2 of its 2 replicas are ready, and it gets all traffic at once")]
    public void Time_without_an_answer_is_said_before_it_is_ordered(
        RolloutStrategyType strategy, int replicas, int ready, string expected)
    {
        ModelService service = Service(replicas, ready, strategy, others: replicas);
        Assert.StartsWith(expected, OrderForecast.OfUndo(service, "v1"), StringComparison.Ordinal);
        Assert.StartsWith(expected, OrderForecast.OfPromotion(service, "v1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_answers_nothing_is_stopped() => Assert.Equal(
        "the strategy is Recreate: the service does not answer until its first replica is ready",
        OrderForecast.OfUndo(Service(2, 0, RolloutStrategyType.Recreate), "v1"));

    [Fact]
    public void A_move_under_way_is_promoted_by_the_plan_that_it_keeps()
    {
        ModelService service = Service(2, 0, RolloutStrategyType.Recreate, others: 2);
        var v1 = new ReleaseRef { Name = "v1", ContentHash = "h" };
        service = service with
        {
            Status = service.Status! with
            {
                Rollout = new RolloutStatus { Phase = RolloutPhase.Preparing, From = v1, To = v1, Plan = new RolloutSpec() },
            },
        };
        Assert.StartsWith("0 of its 2 replicas", OrderForecast.OfPromotion(service, "v1"), StringComparison.Ordinal);
    }

    private static ModelService Service(
        int replicas, int? ready, RolloutStrategyType strategy = RolloutStrategyType.Canary, int others = 0) => new()
    {
        Metadata = new ObjectMeta { Name = "s" },
        Spec = new ModelServiceSpec { Release = "v2", Replicas = replicas, Rollout = new RolloutSpec { Strategy = strategy } },
        Status = new ModelServiceStatus
        {
            Traffic =
            [
                new ReleaseTraffic { Name = "v1", ContentHash = "h", ReadyReplicas = ready ?? 0 },
                new ReleaseTraffic { Name = "v2", ContentHash = "g", ReadyReplicas = others },
            ],
        },
    };
}
