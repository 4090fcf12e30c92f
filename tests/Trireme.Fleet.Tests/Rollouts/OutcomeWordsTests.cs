using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>What is said of a move, and of what a person said about it.</summary>
public sealed class OutcomeWordsTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ReleaseRef V1 = new() { Name = "v1", ContentHash = "sha256:aa" };
    private static readonly ReleaseRef V2 = new() { Name = "v2", ContentHash = "sha256:bb" };

    [Theory]
    [InlineData(RolloutPhase.Superseded, null, RolloutPhase.RolledBack, "rolled back")]
    [InlineData(RolloutPhase.Superseded, null, RolloutPhase.Superseded, "called off")]
    [InlineData(RolloutPhase.Superseded, null, null, "called off")]
    [InlineData(RolloutPhase.RolledBack, null, RolloutPhase.RolledBack, "rolled back")]
    [InlineData(RolloutPhase.Promoted, RolloutOrder.Undo, RolloutPhase.Promoted, "undo by a person")]
    [InlineData(RolloutPhase.Promoted, RolloutOrder.Promote, RolloutPhase.Promoted, "promoted by a person")]
    [InlineData(RolloutPhase.Promoted, null, RolloutPhase.Promoted, "promoted")]
    [InlineData(RolloutPhase.Preparing, RolloutOrder.Undo, null, "undo by a person")]
    [InlineData(RolloutPhase.Held, null, null, "held")]
    public void A_move_is_told_as_its_record_tells_it(RolloutPhase phase, RolloutOrder? order, RolloutPhase? recorded, string expected)
    {
        RolloutRecord? record = recorded is not { } outcome ? null : new RolloutRecord
        {
            Revision = 2, To = V2, Outcome = outcome, Order = order, StartedAt = Start, Evidence = "",
        };
        ModelService service = Service("v2", Move(phase, order)) is var plain && record is null
            ? plain
            : plain with { Status = plain.Status! with { History = [record] } };
        Assert.Equal(expected, OutcomeWords.Of(service));
        if (record is not null) Assert.Equal(expected, OutcomeWords.Of(record));
    }

    [Fact]
    public void An_order_is_news_once_with_both_releases()
    {
        ModelService before = Service("v2", Move(RolloutPhase.Progressing));
        ModelServiceStatus promoted = before.Status! with { Rollout = Move(RolloutPhase.Preparing, RolloutOrder.Promote, "word") };
        OrderNews news = OrderNews.Of(before, promoted)!;
        Assert.Equal("PromoteOrdered", news.Reason);
        Assert.Contains("promoted v2: all traffic moves from v1", news.Message, StringComparison.Ordinal);
        Assert.Null(OrderNews.Of(before with { Status = promoted }, promoted));

        ModelServiceStatus back = before.Status! with { Rollout = Move(RolloutPhase.Preparing, RolloutOrder.Undo, "undo", V2, V1) };
        Assert.Equal("A person undid the move: from v2 back to v1.", OrderNews.Of(before, back)!.Message);
        Assert.Null(OrderNews.Of(before, before.Status!));
    }

    [Theory]
    [InlineData(RolloutPhase.RolledBack, TriremeApi.UndoFieldManager, true)]
    [InlineData(RolloutPhase.Progressing, TriremeApi.UndoFieldManager, true)]
    [InlineData(RolloutPhase.RolledBack, "kubectl-edit", false)]
    [InlineData(RolloutPhase.Superseded, TriremeApi.UndoFieldManager, false)]
    public void An_undo_of_a_move_that_never_ended_well_is_news_too(RolloutPhase phase, string writer, bool isNews)
    {
        ModelService service = Service("v1", Move(phase));
        using JsonDocument fields = JsonDocument.Parse("""{"f:spec":{"f:release":{}}}""");
        ManagedFieldsEntry entry = new() { Manager = writer, FieldsV1 = fields.RootElement.Clone() };
        service = service with { Metadata = service.Metadata with { ManagedFields = [entry] } };
        ModelServiceStatus after = service.Status! with { Rollout = Move(RolloutPhase.Superseded) };
        string? expected = isNews ? "A person undid the move: from v2 back to v1." : null;
        Assert.Equal(expected, OrderNews.Of(service, after)?.Message);
    }

    private static ModelService Service(string release, RolloutStatus rollout) => new()
    {
        Metadata = new ObjectMeta { Name = "tiny", Namespace = "default" },
        Spec = new ModelServiceSpec { Release = release },
        Status = new ModelServiceStatus { StableRelease = V1, Rollout = rollout },
    };

    private static RolloutStatus Move(
        RolloutPhase phase, RolloutOrder? order = null, string? said = null, ReleaseRef? from = null, ReleaseRef? to = null) => new()
    {
        Phase = phase, Revision = 2, Id = "m2", From = from ?? V1, To = to ?? V2, Order = order, OrderedBy = said, StartedAt = Start,
        Plan = new RolloutSpec(),
    };
}
