using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>The writes that say something of a move, as the command line and the dashboard make them.</summary>
public sealed class RolloutOrdersTests
{
    private const string Nonce = "n1";

    private static readonly ReleaseRef V1 = new() { Name = "v1", ContentHash = "sha256:aa" };
    private static readonly ReleaseRef V2 = new() { Name = "v2", ContentHash = "sha256:bb" };

    private static readonly Dictionary<string, (Func<RolloutOrderOutcome> Say, OrderRefusalKind Kind, string Words)> Refusals = new()
    {
        ["a promotion while nothing moves"] =
            (() => RolloutOrders.Promote(Service(V2, V1, null), Nonce), OrderRefusalKind.NothingMoves, "no rollout of tiny is under way"),
        ["a promotion of a move that has ended"] =
            (() => RolloutOrders.Promote(Service(V2, V1, Move(RolloutPhase.Promoted)), Nonce), OrderRefusalKind.NothingMoves, "under way"),
        ["a promotion while a person goes back"] = (
            () => RolloutOrders.Promote(Service(V1, null, Move(RolloutPhase.Preparing, RolloutOrder.Undo)), Nonce),
            OrderRefusalKind.GoesBack, "a person asked tiny to go back to v2"),
        ["an undo of a service that has never served"] =
        (
            () => RolloutOrders.Undo(Service(null, null, null), null, Usable(V1), Nonce),
            OrderRefusalKind.NothingServed, "no release has served tiny yet"),
        ["an undo of a service's first release"] =
        (
            () => RolloutOrders.Undo(Service(V1, null, null, "v1"), null, null, Nonce),
            OrderRefusalKind.NothingBefore, "no other release has served tiny"),
        ["an undo while a person goes back"] =
        (
            () => RolloutOrders.Undo(Service(V1, null, Move(RolloutPhase.Preparing, RolloutOrder.Undo)), null, Usable(V1), Nonce),
            OrderRefusalKind.GoesBackAlready, "tiny goes back to v2 already"),
        ["an undo that follows one which no decision has taken up"] =
        (
            () => RolloutOrders.Undo(Said(Service(V1, V2, Move(RolloutPhase.Promoted)), "m1/sha256:bb/n0"), null, Usable(V1), Nonce),
            OrderRefusalKind.GoesBackAlready, "tiny goes back to v2 already"),
        ["an undo of an undo"] =
        (
            () => RolloutOrders.Undo(Service(V2, V1, Move(RolloutPhase.Promoted, RolloutOrder.Undo)), null, Usable(V1), Nonce),
            OrderRefusalKind.TakenBackAlready, "the last move of tiny was taken back already, and v2 serves"),
        ["an undo of what the judge rejected and a person put right"] =
        (
            () => RolloutOrders.Undo(Service(V1, V2, Move(RolloutPhase.Superseded), "v1"), null, Usable(V2), Nonce),
            OrderRefusalKind.TakenBackAlready, "and v1 serves"),
        ["an undo to a release that was deleted"] =
        (
            () => RolloutOrders.Undo(Service(V2, V1, null), null, null, Nonce),
            OrderRefusalKind.ReleaseGone, "v1 does not exist any more"),
        ["an undo to a release that is being verified"] = (
            () => RolloutOrders.Undo(Service(V2, V1, null), "v1", Usable(V1) with { Status = null }, Nonce),
            OrderRefusalKind.ReleaseUnusable, "v1 is not usable: it is being verified"),
        ["an undo to a release whose name stands for other content"] = (
            () => RolloutOrders.Undo(Service(V2, V1, null), null, Usable(V1 with { ContentHash = "sha256:cc" }), Nonce),
            OrderRefusalKind.ReleaseChanged, "its content is another one now"),
        ["an undo to the release that serves"] =
        (
            () => RolloutOrders.Undo(Service(V2, V1, null), "v2", Usable(V2), Nonce),
            OrderRefusalKind.ServesAlready, "serves tiny already"),
    };

    public static TheoryData<string> RefusalCases => [.. Refusals.Keys];

    [Theory]
    [MemberData(nameof(RefusalCases))]
    public void What_would_do_nothing_is_refused_in_words(string sentence)
    {
        (Func<RolloutOrderOutcome> say, OrderRefusalKind kind, string words) = Refusals[sentence];
        RolloutOrderOutcome outcome = say();
        Assert.False(outcome.IsPossible);
        Assert.Equal(kind, outcome.Refusal.Kind);
        Assert.Contains(words, outcome.Refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_promotion_names_its_move_and_counts_for_the_service_as_it_was_seen()
    {
        RolloutOrderOutcome outcome = RolloutOrders.Promote(Service(V1, null, Move(RolloutPhase.Held)), Nonce);
        Assert.Equal(V2, outcome.Write!.Target);
        Assert.Equal(
            """{"metadata":{"resourceVersion":"7","annotations":{"trireme.dev/promote":"m1/sha256:bb/n1"}}}""",
            outcome.Write.Patch.ToJsonString());
    }

    [Fact]
    public void A_rollout_that_was_rolled_back_can_still_be_promoted() =>
        Assert.True(RolloutOrders.Promote(Service(V1, null, Move(RolloutPhase.RolledBack)), Nonce).IsPossible);

    [Fact]
    public void An_undo_says_where_to_and_that_nobody_judges()
    {
        RolloutOrderOutcome outcome = RolloutOrders.Undo(Service(V2, V1, Move(RolloutPhase.Promoted)), null, Usable(V1), Nonce);
        Assert.Equal(
            """{"metadata":{"resourceVersion":"7","annotations":{"trireme.dev/undo":"m1/sha256:aa/n1"}},"spec":{"release":"v1"}}""",
            outcome.Write!.Patch.ToJsonString());
    }

    [Fact]
    public void A_named_release_is_gone_to_after_an_undo_too() => Assert.True(
        RolloutOrders.Undo(Service(V2, V1, Move(RolloutPhase.Promoted, RolloutOrder.Undo)), "v1", Usable(V1), Nonce).IsPossible);

    [Fact]
    public void An_undo_of_a_rejected_release_goes_to_what_serves() => Assert.Equal(
        "v1", RolloutOrders.Undo(Service(V1, null, Move(RolloutPhase.RolledBack)), null, Usable(V1), Nonce).Write!.Target.Name);

    [Fact]
    public void An_undo_during_a_rollout_only_makes_the_spec_agree_with_what_serves()
    {
        RolloutOrderOutcome outcome = RolloutOrders.Undo(Service(V1, null, Move(RolloutPhase.Progressing)), null, Usable(V1), Nonce);
        Assert.Equal(
            """{"metadata":{"resourceVersion":"7"},"spec":{"release":"v1"}}""", outcome.Write!.Patch.ToJsonString());
    }

    private static ModelService Service(ReleaseRef? stable, ReleaseRef? previous, RolloutStatus? rollout, string release = "v2") => new()
    {
        Metadata = new ObjectMeta { Name = "tiny", Namespace = "default", ResourceVersion = "7" },
        Spec = new ModelServiceSpec { Release = release },
        Status = new ModelServiceStatus { StableRelease = stable, PreviousRelease = previous, Rollout = rollout },
    };

    private static ModelService Said(ModelService service, string undo) => service with
    {
        Metadata = service.Metadata with { Annotations = new Dictionary<string, string> { [TriremeApi.UndoAnnotation] = undo } },
    };

    private static RolloutStatus Move(RolloutPhase phase, RolloutOrder? order = null) =>
        new() { Phase = phase, From = V1, To = V2, Id = "m1", Order = order, Plan = new RolloutSpec() };

    private static Release Usable(ReleaseRef release) => new()
    {
        Metadata = new ObjectMeta { Name = release.Name, Namespace = "default" },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = "/models/tiny" } },
        Status = new ReleaseStatus
        {
            ContentHash = release.ContentHash,
            Conditions =
            [
                new Condition
                {
                    Type = ReleaseConditions.Verified, Status = ConditionStatus.True, Reason = "DigestsMatch", Message = "",
                },
            ],
        },
    };
}
