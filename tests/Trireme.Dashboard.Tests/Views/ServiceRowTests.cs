using Trireme.Contracts.Resources;
using Trireme.Dashboard.Fleet;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Tests.Views;

public sealed class ServiceRowTests
{
    private static readonly Dictionary<string, (ModelService Service, HealthLevel Level, string Label)> Healths = new()
    {
        ["a service being deleted is ending, whatever else it is"] =
            (Samples.Service(status: Samples.Status(failing: "Available"), deleting: true), HealthLevel.Idle, "Ending"),
        ["a service that wants no replicas is asleep and not down"] =
            (Samples.Service(replicas: 0, status: Samples.Status(failing: "Available")), HealthLevel.Idle, "Asleep"),
        ["a service without a status is starting"] = (Samples.Service(), HealthLevel.Busy, "Starting"),
        ["a service that does not answer is down, even in the middle of a rollout"] =
        (
            Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.Progressing), failing: "Available")),
            HealthLevel.Bad,
            "Down"),
        ["a rollout under way makes the service busy"] =
            (Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.Progressing))), HealthLevel.Busy, "Rolling out"),
        ["a rollout that prepares makes the service busy"] =
            (Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.Preparing))), HealthLevel.Busy, "Rolling out"),
        ["a held rollout asks for attention"] =
            (Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.Held))), HealthLevel.Warning, "Held"),
        ["a rollback asks for attention although the service answers"] =
        (
            Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.RolledBack), failing: "RolledOut")),
            HealthLevel.Warning,
            "Rolled back"),
        ["a rollback that was undone since is history"] =
            (Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.RolledBack))), HealthLevel.Good, "Available"),
        ["a promoted rollout leaves the service available"] =
            (Samples.Service(status: Samples.Status(Samples.Rollout(RolloutPhase.Promoted))), HealthLevel.Good, "Available"),
        ["a missing replica makes the service scaling"] =
            (Samples.Service(status: Samples.Status(failing: "Scaled")), HealthLevel.Busy, "Scaling"),
        ["a service whose conditions hold is available"] =
            (Samples.Service(status: Samples.Status()), HealthLevel.Good, "Available"),
    };

    public static TheoryData<string> HealthCases => [.. Healths.Keys];

    [Theory]
    [MemberData(nameof(HealthCases))]
    public void The_most_pressing_condition_speaks_for_the_service(string sentence)
    {
        (ModelService service, HealthLevel level, string label) = Healths[sentence];
        Health health = ServiceRow.HealthOf(service, []);
        Assert.Equal((level, label), (health.Level, health.Label));
    }

    [Fact]
    public void A_replica_that_fails_beside_others_that_serve_is_a_problem_and_one_that_starts_is_none()
    {
        ModelService service = Samples.Service(status: Samples.Status(ready: 1, failing: "Scaled"));
        Health failing = ServiceRow.HealthOf(service, [Samples.Replica(ReplicaPhase.Ready), Samples.Replica(ReplicaPhase.BackingOff)]);
        Assert.Equal((HealthLevel.Warning, "Degraded", "message of Scaled"), (failing.Level, failing.Label, failing.Detail));
        Assert.Equal("Scaling", ServiceRow.HealthOf(service, [Samples.Replica(ReplicaPhase.Starting)]).Label);
    }

    [Fact]
    public void The_detail_is_the_message_of_the_condition_that_speaks()
    {
        Assert.Equal("message of Available", ServiceRow.HealthOf(Samples.Service(status: Samples.Status(failing: "Available")), []).Detail);
        ModelServiceStatus held = Samples.Status(Samples.Rollout(RolloutPhase.Held));
        Assert.Equal("message of RolledOut", ServiceRow.HealthOf(Samples.Service(status: held), []).Detail);
    }

    [Fact]
    public void A_row_takes_the_values_of_its_own_service_and_namespace_only()
    {
        var metrics = new FleetMetrics
        {
            RequestsPerSecond = [Samples.Metric(7, "other"), Samples.Metric(9, @namespace: "elsewhere"), Samples.Metric(4)],
            FailuresPerSecond = [Samples.Metric(1)],
            TtftP95 = [Samples.Metric(double.NaN)],
        };
        ServiceRow row = ServiceRow.From(Samples.Service(status: Samples.Status()), metrics, []);
        Assert.Equal(4, row.RequestsPerSecond);
        Assert.Equal(0.25, row.ErrorShare);
        Assert.Null(row.TtftP95Seconds);
        Assert.Null(row.TokensPerSecond);
    }

    [Fact]
    public void Without_requests_there_is_no_share_of_errors()
    {
        var metrics = new FleetMetrics { RequestsPerSecond = [Samples.Metric(0)], FailuresPerSecond = [Samples.Metric(0)] };
        Assert.Null(ServiceRow.From(Samples.Service(), metrics, []).ErrorShare);
    }

    [Fact]
    public void A_name_is_escaped_in_the_address_of_its_page() =>
        Assert.Equal("services/default/a%2Fb", ServiceRow.From(Samples.Service("a/b"), new FleetMetrics(), []).Href);
}
