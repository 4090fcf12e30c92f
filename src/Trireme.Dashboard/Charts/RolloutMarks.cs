using Trireme.Contracts.Resources;
using Trireme.Dashboard.Views;

namespace Trireme.Dashboard.Charts;

/// <summary>Where in a chart a service's moves began, took a step and ended.</summary>
internal static class RolloutMarks
{
    public static IReadOnlyList<ChartMark> Of(ModelService service, TimeRange range)
    {
        var marks = new List<ChartMark>();
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
            bool isInStep = rollout.Phase != RolloutPhase.Preparing && rollout.Step < rollout.Plan.Steps.Count;
            if (isInStep) Add(rollout.StepStartedAt, $"{rollout.Plan.Steps[rollout.Step].Weight} % to {rollout.To.Name}", HealthLevel.Busy);
        }

        return [.. marks.OrderBy(mark => mark.Time)];

        void Add(DateTimeOffset time, string label, HealthLevel level)
        {
            double position = range.PositionOf(time);
            if (position is >= 0 and <= 1) marks.Add(new ChartMark(time, position, label, level));
        }
    }

    private static string Ending(RolloutRecord record) => record.Outcome switch
    {
        RolloutPhase.Promoted when record.Order == RolloutOrder.Undo => $"back on {record.To.Name}",
        RolloutPhase.Promoted => $"{record.To.Name} promoted",
        RolloutPhase.RolledBack => $"{record.To.Name} rolled back",
        _ => $"rollout to {record.To.Name} called off",
    };
}
