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
