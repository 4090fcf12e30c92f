using Trireme.Contracts.Resources;
using Trireme.Dashboard.Fleet;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Tests.Views;

public sealed class ReplicaRowTests
{
    private static readonly Dictionary<string, (ModelReplica Replica, HealthLevel Level, string Label)> Phases = new()
    {
        ["a replica without a status is pending"] = (Samples.Replica(null), HealthLevel.Busy, "Pending"),
        ["a replica that loads its model is starting"] = (Samples.Replica(ReplicaPhase.Starting), HealthLevel.Busy, "Starting"),
        ["a replica that answers is ready"] = (Samples.Replica(ReplicaPhase.Ready), HealthLevel.Good, "Ready"),
        ["a ready replica that is being deleted drains"] =
            (Samples.Replica(ReplicaPhase.Ready, deleting: true), HealthLevel.Idle, "Draining"),
        ["a replica that ended by itself backs off"] = (Samples.Replica(ReplicaPhase.BackingOff), HealthLevel.Bad, "Backing off"),
    };

    public static TheoryData<string> PhaseCases => [.. Phases.Keys];

    [Theory]
    [MemberData(nameof(PhaseCases))]
    public void A_phase_becomes_a_word_and_a_colour(string sentence)
    {
        (ModelReplica replica, HealthLevel level, string label) = Phases[sentence];
        Health health = ReplicaRow.From(replica, new FleetMetrics()).Health;
        Assert.Equal((level, label), (health.Level, health.Label));
    }

    [Fact]
    public void Each_reason_stands_once_also_beside_what_the_page_says_above()
    {
        ModelReplica[] replicas =
            [Failing("first"), Failing("first"), Failing("second"), Failing("third"), Samples.Replica(ReplicaPhase.Ready)];
        IReadOnlyList<ReplicaRow> rows = ReplicaRow.From(replicas, new FleetMetrics(), told: "1 of 2 replicas are ready. second");
        Assert.Equal(["first", "as said above", "as said above", "third", null], rows.Select(row => row.Reason));

        static ModelReplica Failing(string message)
        {
            ModelReplica replica = Samples.Replica(ReplicaPhase.BackingOff);
            var ready = new Condition
            {
                Type = ModelReplicaConditions.Ready, Status = ConditionStatus.False, Reason = "Because", Message = message,
            };
            return replica with { Status = replica.Status! with { Conditions = [ready] } };
        }
    }

    [Fact]
    public void A_row_tells_the_load_and_what_the_start_took()
    {
        var metrics = new FleetMetrics
        {
            ReplicaRunning = [Samples.ReplicaMetric(8, "elsewhere"), Samples.ReplicaMetric(2)],
            ReplicaKvUse = [Samples.ReplicaMetric(0.5)],
        };
        ModelReplica replica = Samples.Replica(
            ReplicaPhase.Ready,
            startup: [new StartupStage { Stage = "weights", Seconds = 0.3 }, new StartupStage { Stage = "warm-up", Seconds = 0.2 }]);

        ReplicaRow row = ReplicaRow.From(replica, metrics);

        Assert.Equal((2, null, 0.5), (row.Running, row.Waiting, row.KvUse));
        Assert.Equal("500 ms: weights 300 ms, warm-up 200 ms", row.Startup);
        Assert.Equal((3, "http://127.0.0.1:9"), (row.Restarts, row.Endpoint));
    }
}
