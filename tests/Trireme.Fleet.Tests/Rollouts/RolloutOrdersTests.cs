using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>The writes that say something of a move, as the command line and the dashboard make them.</summary>
public sealed class RolloutOrdersTests
{
    private const string Nonce = "n1";

    private static readonly ReleaseRef V1 = new() { Name = "v1", ContentHash = "sha256:aa" };
    private static readonly ReleaseRef Stranger = new() { Name = "iris", ContentHash = "sha256:ff" };
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
            OrderRefusalKind.TakenBackAlready, "the last move of tiny was taken back already, and its release is v2"),
        ["an undo of what the judge rejected and a person put right"] =
        (
            () => RolloutOrders.Undo(Service(V1, V2, Move(RolloutPhase.Superseded), "v1"), null, Usable(V2), Nonce),
            OrderRefusalKind.TakenBackAlready, "and its release is v1"),
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
        ["an undo to a release of another engine that never served"] =
        (
            () => RolloutOrders.Undo(Service(V2, V1, null), "iris", Usable(Stranger, EngineSpec.Onnx), Nonce, Usable(V2)),
            OrderRefusalKind.NeverServed,
            "iris has never served tiny, as far as its last 10 moves tell, and is for the engine onnx, where v2 is for trireme"),
        ["an undo to another model that never served"] =
        (
            () => RolloutOrders.Undo(Service(V2, V1, null), "iris", Usable(Stranger), Nonce, Usable(V2)),
            OrderRefusalKind.NeverServed, "and is of the model iris, where v2 is of v2"),
        ["an undo to a release that never served, where the serving one is gone"] =
        (
            () => RolloutOrders.Undo(Service(V2, V1, null), "iris", Usable(Stranger), Nonce),
            OrderRefusalKind.NeverServed, "iris has never served tiny"),
        ["an undo to the release that serves"] =
        (
            () => RolloutOrders.Undo(Service(V2, V1, null), "v2", Usable(V2), Nonce),
            OrderRefusalKind.ServesAlready, "v2 is the release of tiny already"),
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
    public void A_release_that_never_served_is_gone_to_when_a_person_insists() => Assert.Equal(
        Stranger, RolloutOrders.Undo(Service(V2, V1, null), "iris", Usable(Stranger), Nonce, Usable(V2), insists: true).Write!.Target);

    [Fact]
    public void A_release_of_the_record_is_gone_to_whatever_its_engine_and_however_long_its_replicas_are_gone()
    {
        ModelService service = Service(V2, V1, null);
        RolloutRecord record = new()
        {
            Revision = 1, From = Stranger, To = V1, Outcome = RolloutPhase.Promoted, Evidence = "",
        };
        service = service with { Status = service.Status! with { History = [record] } };
        Assert.True(RolloutOrders.Undo(service, "iris", Usable(Stranger, EngineSpec.Onnx), Nonce, Usable(V2)).IsPossible);

        // The name counts where the content is another one, and the content where the name is.
        ReleaseRef renamed = Stranger with { Name = "iris-again" }, changed = Stranger with { ContentHash = "sha256:00" };
        Assert.True(RolloutOrders.Undo(service, renamed.Name, Usable(renamed), Nonce).IsPossible);
        Assert.True(RolloutOrders.Undo(service, changed.Name, Usable(changed), Nonce).IsPossible);
    }

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

    [Fact]
    public void A_release_that_never_was_is_not_said_to_be_gone() => Assert.Equal(
        "release nope does not exist", RolloutOrders.Undo(Service(V2, V1, null), "nope", null, Nonce).Refusal!.Message);

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

    private static Release Usable(ReleaseRef release, string engine = EngineSpec.Trireme) => new()
    {
        Metadata = new ObjectMeta { Name = release.Name, Namespace = "default" },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = release.Name }, Engine = new EngineSpec { Name = engine } },
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
