using Trireme.Contracts.Resources;
using Trireme.Operator.ModelServices;

namespace Trireme.Operator.Tests.ModelServices;

public sealed class ServiceTransitionTests
{
    [Fact]
    public void News_are_changes_of_reason_and_bad_news_are_warnings()
    {
        ModelServiceStatus before = Status(ConditionStatus.True, "ReplicasReady");
        Assert.Empty(ServiceTransition.Between(before, before));
        ServiceTransition news = Assert.Single(ServiceTransition.Between(before, Status(ConditionStatus.False, "NoReadyReplica")));
        Assert.Equal((Kubernetes.EventType.Warning, "NoReadyReplica"), (news.Type, news.Reason));
        ServiceTransition back = Assert.Single(ServiceTransition.Between(Status(ConditionStatus.False, "NoReadyReplica"), before));
        Assert.Equal((Kubernetes.EventType.Normal, "ReplicasReady"), (back.Type, back.Reason));
    }

    [Fact]
    public void A_first_status_announces_every_condition_that_people_look_for()
    {
        Assert.Equal(3, ServiceTransition.Between(null, Status(ConditionStatus.True, "ReplicasReady")).Count());
    }

    [Theory]
    // What is on its way, or was asked for.
    [InlineData("ReleaseReady", ConditionStatus.True, ConditionStatus.Unknown, "ReleaseNotVerified", "Normal")]
    [InlineData("RolledOut", ConditionStatus.True, ConditionStatus.False, "Progressing", "Normal")]
    [InlineData("RolledOut", ConditionStatus.True, ConditionStatus.False, "GoingBack", "Normal")]
    [InlineData("RolledOut", ConditionStatus.True, ConditionStatus.False, "ReleaseNotReady", "Normal")]
    [InlineData("Available", ConditionStatus.True, ConditionStatus.False, "ScaledToZero", "Normal")]
    [InlineData("Available", null, ConditionStatus.False, "NoReadyReplica", "Normal")]
    // What does not get on by itself, from the first look on.
    [InlineData("ReleaseReady", null, ConditionStatus.False, "ReleaseNotFound", "Warning")]
    [InlineData("ReleaseReady", ConditionStatus.Unknown, ConditionStatus.False, "DigestMismatch", "Warning")]
    [InlineData("Available", null, ConditionStatus.False, "StartFailed", "Warning")]
    [InlineData("Available", ConditionStatus.False, ConditionStatus.False, "FailedCreate", "Warning")]
    [InlineData("Available", ConditionStatus.True, ConditionStatus.False, "NoReadyReplica", "Warning")]
    [InlineData("RolledOut", null, ConditionStatus.False, "StartFailed", "Warning")]
    [InlineData("RolledOut", null, ConditionStatus.False, "ProgressDeadlineExceeded", "Warning")]
    [InlineData("RolledOut", ConditionStatus.True, ConditionStatus.False, "RolledBack", "Warning")]
    [InlineData("RolledOut", ConditionStatus.True, ConditionStatus.False, "Held", "Warning")]
    public void Faults_are_warnings_and_progress_is_none(
        string type, ConditionStatus? then, ConditionStatus now, string reason, string expected)
    {
        ModelServiceStatus all = Status(ConditionStatus.True, "ReplicasReady");
        ModelServiceStatus before = With(all, type, then is { } status ? Condition(type, status, "Before") : null);
        ServiceTransition news = Assert.Single(ServiceTransition.Between(before, With(all, type, Condition(type, now, reason))));
        Assert.Equal((expected, reason), (news.Type.ToString(), news.Reason));
    }

    [Fact]
    public void A_service_that_was_made_with_none_has_no_news_of_that()
    {
        ModelServiceStatus all = Status(ConditionStatus.False, "ScaledToZero");
        Assert.DoesNotContain(ServiceTransition.Between(null, all), static news => news.Reason == "ScaledToZero");
        ModelServiceStatus served = Status(ConditionStatus.True, "ReplicasReady");
        Assert.Contains(ServiceTransition.Between(served, all), static news => news.Reason == "ScaledToZero");
    }

    [Fact]
    public void A_rollout_to_a_release_that_is_refused_is_a_fault()
    {
        ModelServiceStatus before = Status(ConditionStatus.True, "ReplicasReady");
        ModelServiceStatus refused = With(
            With(before, "ReleaseReady", Condition("ReleaseReady", ConditionStatus.False, "DigestMismatch")),
            "RolledOut",
            Condition("RolledOut", ConditionStatus.False, "ReleaseNotReady"));
        Assert.All(ServiceTransition.Between(before, refused), news => Assert.Equal(Kubernetes.EventType.Warning, news.Type));
    }

    private static ModelServiceStatus With(ModelServiceStatus status, string type, Condition? condition) => status with
    {
        Conditions = [.. status.Conditions!.Where(known => known.Type != type), .. condition is null ? (Condition[])[] : [condition]],
    };

    private static ModelServiceStatus Status(ConditionStatus available, string reason) => new()
    {
        Conditions =
        [
            Condition(ModelServiceConditions.Available, available, reason),
            Condition(ModelServiceConditions.RolledOut, ConditionStatus.True, "RolledOut"),
            Condition(ModelServiceConditions.ReleaseReady, ConditionStatus.True, "Verified"),
        ],
    };

    private static Condition Condition(string type, ConditionStatus status, string reason) =>
        new() { Type = type, Status = status, Reason = reason, Message = "" };
}
