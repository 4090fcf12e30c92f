using Trireme.Contracts.Resources;
using Trireme.Dashboard.Views;
using Trireme.Fleet.Rollouts;

namespace Trireme.Dashboard.Charts;

/// <summary>Where in a chart a service's moves began, took a step and ended.</summary>
internal static class RolloutMarks
{
    /// <summary>How far the time of an event may be from that in the status it tells of.</summary>
    private static readonly TimeSpan EventLag = TimeSpan.FromSeconds(5);

    /// <param name="service">The service; its status has its moves and the step that is under way.</param>
    /// <param name="events">Events of any object; those of the service have the steps before.</param>
    /// <param name="range">Time that the chart shows.</param>
    public static IReadOnlyList<ChartMark> Of(ModelService service, IEnumerable<Event> events, TimeRange range)
    {
        var marks = new List<ChartMark>();
        DateTimeOffset end = range.TimeAt(range.Points - 1).ToLocalTime();
        bool isStepTold = false;
        foreach (Event item in events.Where(item => IsOf(item, service)))
        {
            if (item.LastTimestamp is not { } last) continue;
            if (item.Reason == RolloutReasons.Held) Add(last, "held", HealthLevel.Warning);
            if (item.Reason != RolloutReasons.Progressing) continue;
            string label = item.Message?.Split(". ")[0].TrimEnd('.') ?? "";
            isStepTold |= last >= service.Status?.Rollout?.StepStartedAt - EventLag;
            Add(last, label, HealthLevel.Busy);
            if (item.FirstTimestamp < last - EventLag) Add(item.FirstTimestamp.Value, label, HealthLevel.Busy);
        }

        foreach (RolloutRecord record in service.Status?.History ?? [])
        {
            Add(record.StartedAt, $"rollout to {record.To.Name} begins", HealthLevel.Busy);
            Add(record.EndedAt, Ending(record), record.Outcome switch
            {
                RolloutPhase.Promoted => HealthLevel.Good,
                RolloutPhase.RolledBack => HealthLevel.Bad,
                _ => HealthLevel.Idle,
            });
        }

        if (service.Status?.Rollout is { Phase: RolloutPhase.Preparing or RolloutPhase.Progressing or RolloutPhase.Held } rollout)
        {
            Add(rollout.StartedAt, $"rollout to {rollout.To.Name} begins", HealthLevel.Busy);
            int weight = RolloutCourse.Share(rollout);
            bool isInStep = rollout.Phase != RolloutPhase.Preparing && weight > 0;
            if (isInStep && !isStepTold) Add(rollout.StepStartedAt, $"{rollout.To.Name} gets {weight}% of traffic", HealthLevel.Busy);
        }

        return [.. marks.OrderBy(mark => mark.Time)];

        void Add(DateTimeOffset time, string label, HealthLevel level)
        {
            double position = range.PositionOf(time);
            if (position is < 0 or > 1) return;
            bool isOfAnotherDay = time.ToLocalTime().Date != end.Date;
            marks.Add(new ChartMark(time, position, label, level) { IsOfAnotherDay = isOfAnotherDay });
        }
    }

    private static bool IsOf(Event item, ModelService service) =>
        item.InvolvedObject.Kind == ModelService.TypeKind
        && item.InvolvedObject.Name == service.Metadata.Name
        && item.Metadata.Namespace == service.Metadata.Namespace;

    private static string Ending(RolloutRecord record)
    {
        string outcome = OutcomeWords.Of(record);
        return (record.Outcome, record.Order) switch
        {
            (RolloutPhase.Superseded, _) => $"rollout to {record.To.Name} {outcome}",
            (RolloutPhase.Promoted, RolloutOrder.Undo) => $"back on {record.To.Name}: {outcome}",
            _ => $"{record.To.Name} {outcome}",
        };
    }
}
