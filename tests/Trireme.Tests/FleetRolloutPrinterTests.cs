using Trireme.Contracts.Resources;
using Trireme.Output;

namespace Trireme.Tests;

/// <summary>How a fleet rollout is shown: where it stands, then each service with what came of it.</summary>
public sealed class FleetRolloutPrinterTests
{
    private static readonly FleetRollout Rollout = new()
    {
        Metadata = new ObjectMeta { Name = "chat-v2" },
        Spec = new FleetRolloutSpec { Selector = new LabelSelector(), Release = "v2" },
        Status = new FleetRolloutStatus
        {
            Phase = FleetRolloutPhase.Stopped,
            Conditions =
            [
                new Condition
                {
                    Type = FleetRolloutConditions.Complete,
                    Status = ConditionStatus.False,
                    Reason = "ServiceFailed",
                    Message = "Of 2 services 1 waits for its turn, 1 was rolled back. Nothing more is begun.",
                },
            ],
            Services =
            [
                Member("b", 2, FleetMemberOutcome.Pending),
                Member("a", 1, FleetMemberOutcome.Failed) with { Message = "The new release is worse: error rate 50%." },
            ],
        },
    };

    [Fact]
    public void The_services_stand_in_the_order_of_their_waves_with_what_came_of_them()
    {
        using var output = new StringWriter { NewLine = "\n" };
        FleetRolloutPrinter.Print(Rollout, output);
        Assert.Equal(
            """
            fleet rollout chat-v2, stopped, to v2
            Of 2 services 1 waits for its turn, 1 was rolled back. Nothing more is begun.

            WAVE  SERVICE  FROM  TO  OUTCOME
            1     a        v1    v2  was rolled back
                The new release is worse: error rate 50%.
            2     b        v1    v2  waits for its turn

            """.ReplaceLineEndings("\n"),
            output.ToString());
    }

    [Fact]
    public void One_that_nobody_has_looked_at_says_so() => Assert.Equal(
        "chat-v2, pending: It has not been looked at yet.", FleetRolloutPrinter.Line(Rollout with { Status = null }));

    private static FleetRolloutMember Member(string name, int wave, FleetMemberOutcome outcome) => new()
    {
        Name = name, Uid = name, Wave = wave, From = "v1", To = "v2", Outcome = outcome,
    };
}
