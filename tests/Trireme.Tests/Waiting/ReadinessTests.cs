using Trireme.Contracts.Resources;
using Trireme.Waiting;

namespace Trireme.Tests.Waiting;

public sealed class ReadinessTests
{
    private static readonly ReleaseRef New = new() { Name = "v2", ContentHash = "h2" };
    private static readonly ReleaseRef Old = new() { Name = "v1", ContentHash = "h1" };

    [Theory]
    [InlineData(ConditionStatus.True, 2, nameof(ReadinessState.Ready))]
    [InlineData(ConditionStatus.True, 1, nameof(ReadinessState.Waiting))]
    [InlineData(ConditionStatus.False, 2, nameof(ReadinessState.Impossible))]
    public void A_release_is_ready_once_this_very_spec_is_verified(ConditionStatus verified, long observed, string expected)
    {
        var release = new Release
        {
            Metadata = new ObjectMeta { Name = "v2", Generation = 2 },
            Spec = new ReleaseSpec { Source = new ModelSource { Path = "m" } },
            Status = new ReleaseStatus { Conditions = [Condition(ReleaseConditions.Verified, verified, observed)] },
        };
        Assert.Equal(expected, Readiness.Of(release).State.ToString());
        Assert.Equal(ReadinessState.Waiting, Readiness.Of(release with { Status = null }).State);
    }

    [Theory]
    [InlineData("all as wanted", "", ReplicaPhase.Ready, RolloutPhase.Promoted, nameof(ReadinessState.Ready))]
    [InlineData("a rollout under way", "RolledOut", ReplicaPhase.Ready, RolloutPhase.Progressing, nameof(ReadinessState.Waiting))]
    [InlineData("replicas starting", "Scaled", ReplicaPhase.Starting, RolloutPhase.Promoted, nameof(ReadinessState.Waiting))]
    [InlineData("a crash that is tried again", "Available", ReplicaPhase.BackingOff, RolloutPhase.Promoted, nameof(ReadinessState.Waiting))]
    [InlineData("an unusable release", "ReleaseReady", ReplicaPhase.Ready, RolloutPhase.Promoted, nameof(ReadinessState.Impossible))]
    [InlineData("a rollout rolled back", "RolledOut", ReplicaPhase.Ready, RolloutPhase.RolledBack, nameof(ReadinessState.Impossible))]
    [InlineData("a rollout held", "RolledOut", ReplicaPhase.Ready, RolloutPhase.Held, nameof(ReadinessState.Impossible))]
    [InlineData("an engine that cannot serve", "Available", ReplicaPhase.Failed, RolloutPhase.Promoted, nameof(ReadinessState.Impossible))]
    public void A_service_waits_for_what_may_come_and_fails_for_what_cannot(
        string _, string unmet, ReplicaPhase replica, RolloutPhase rollout, string expected)
    {
        Readiness seen = Readiness.Of(Service(unmet, rollout), [Replica(replica)]);
        Assert.Equal(expected, seen.State.ToString());
        if (unmet.Length > 0) Assert.Contains("because", seen.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Available", "FailedCreate")]
    [InlineData("Available", "StartFailed")]
    [InlineData("Available", "ReleaseNotUsable")]
    [InlineData("Scaled", "FailedCreate")]
    public void A_service_that_nothing_will_start_is_not_waited_for(string type, string reason)
    {
        ModelService service = Service(type, RolloutPhase.Promoted);
        ModelServiceStatus status = service.Status!;
        IReadOnlyList<Condition> conditions =
        [
            .. status.Conditions!.Select(condition =>
                condition with { ObservedGeneration = 4, Reason = condition.Type == type ? reason : "" }),
        ];
        Readiness seen = Readiness.Of(service with { Status = status with { Conditions = conditions } }, []);
        Assert.Equal((ReadinessState.Impossible, "because."), (seen.State, seen.Message));
    }

    /// <summary>Until the last replicas are there a promoted move keeps the phase in which it was promoted.</summary>
    [Fact]
    public void A_held_rollout_that_a_person_has_promoted_is_waited_for()
    {
        ModelService held = Service("RolledOut", RolloutPhase.Held);
        RolloutStatus promoted = held.Status!.Rollout! with { Order = RolloutOrder.Promote };
        ModelService finishing = held with { Status = held.Status with { Rollout = promoted } };
        Assert.Equal(ReadinessState.Impossible, Readiness.Of(held, []).State);
        Assert.Equal(ReadinessState.Waiting, Readiness.Of(finishing, []).State);
    }

    [Fact]
    public void A_status_of_an_older_spec_says_nothing()
    {
        ModelService service = Service("ReleaseReady", RolloutPhase.RolledBack);
        ModelService edited = service with { Metadata = service.Metadata with { Generation = 5 } };
        Assert.Equal(ReadinessState.Waiting, Readiness.Of(edited, []).State);
    }

    [Fact]
    public void A_service_scaled_to_zero_is_as_wanted_without_an_answer()
    {
        ModelService service = Service("Available", RolloutPhase.Promoted);
        Assert.Equal(
            ReadinessState.Ready, Readiness.Of(service with { Spec = service.Spec with { Replicas = 0 } }, []).State);
    }

    private static Condition Condition(string type, ConditionStatus status, long? observed = null) =>
        new() { Type = type, Status = status, Reason = "Because", Message = "because.", ObservedGeneration = observed };

    private static ModelService Service(string unmet, RolloutPhase rollout) => new()
    {
        Metadata = new ObjectMeta { Name = "s", Generation = 4 },
        Spec = new ModelServiceSpec { Release = "v2" },
        Status = new ModelServiceStatus
        {
            ObservedGeneration = 4,
            Conditions =
            [
                .. new[]
                {
                    ModelServiceConditions.Available, ModelServiceConditions.RolledOut, ModelServiceConditions.Scaled,
                    ModelServiceConditions.ReleaseReady,
                }.Select(type => Condition(type, type == unmet ? ConditionStatus.False : ConditionStatus.True)),
            ],
            Rollout = new RolloutStatus { Phase = rollout, From = Old, To = New, Plan = new RolloutSpec() },
        },
    };

    private static ModelReplica Replica(ReplicaPhase phase) => new()
    {
        Metadata = new ObjectMeta { Name = "r" },
        Spec = new ModelReplicaSpec { Service = "s", Release = "v2", ContentHash = "h2", Model = ArtifactSource.OfFile("/m") },
        Status = new ModelReplicaStatus
        {
            Phase = phase,
            Conditions =
            [
                Condition(ModelReplicaConditions.Ready, phase == ReplicaPhase.Ready ? ConditionStatus.True : ConditionStatus.False),
            ],
        },
    };
}
