using Trireme.Contracts.Resources;

namespace Trireme.Dashboard.Views;

/// <summary>A rollout as the service page shows it.</summary>
public sealed record RolloutView
{
    public required ReleaseRef From { get; init; }

    public required ReleaseRef To { get; init; }

    public required Health Health { get; init; }

    public required IReadOnlyList<RolloutStage> Stages { get; init; }

    /// <summary>How long the current step, or the preparation, has taken; null once the rollout has ended.</summary>
    public string? TimeInStep { get; init; }

    /// <summary>What a person said about it; null where the judge decides.</summary>
    public string? Order { get; init; }

    public RolloutVerdict? Verdict { get; init; }

    /// <summary>The verdict's reason, unless the message has it already; each reason is shown once.</summary>
    public string? VerdictReason { get; init; }

    public static RolloutView? Of(ModelService service, DateTimeOffset now)
    {
        if (service.Status?.Rollout is not { } rollout) return null;
        IEnumerable<int> weights = rollout.Plan.Steps.Select(step => step.Weight).Append(100);
        string message = service.Status.Conditions.Find(ModelServiceConditions.RolledOut)?.Message ?? "";
        return new RolloutView
        {
            From = rollout.From,
            To = rollout.To,
            Health = HealthOf(rollout.Phase, message),
            Stages = [.. weights.Select((weight, i) => new RolloutStage($"{weight} %", StateOf(rollout, i)))],
            TimeInStep = rollout.Phase switch
            {
                RolloutPhase.Preparing => Format.Age(rollout.StartedAt, now),
                RolloutPhase.Progressing or RolloutPhase.Held => Format.Age(rollout.StepStartedAt, now),
                _ => null,
            },
            Order = rollout.Order switch
            {
                RolloutOrder.Promote => "promoted by a person",
                RolloutOrder.Undo => "undone by a person",
                _ => null,
            },
            Verdict = rollout.Verdict,
            VerdictReason = rollout.Verdict is { } verdict && !message.Contains(verdict.Reason, StringComparison.Ordinal)
                ? verdict.Reason
                : null,
        };
    }

    /// <summary>A signal's reason, unless the message or the verdict says it already.</summary>
    public string? ReasonOf(SignalVerdict signal)
    {
        ArgumentNullException.ThrowIfNull(signal);
        bool isTold = Health.Detail.Contains(signal.Reason, StringComparison.Ordinal)
            || Verdict?.Reason.Contains(signal.Reason, StringComparison.Ordinal) == true;
        return isTold ? null : signal.Reason;
    }

    private static StageState StateOf(RolloutStatus rollout, int stage)
    {
        if (rollout.Phase == RolloutPhase.Promoted || stage < rollout.Step) return StageState.Done;
        if (stage > rollout.Step) return StageState.Ahead;
        return rollout.Phase switch
        {
            RolloutPhase.RolledBack => StageState.Failed,
            RolloutPhase.Progressing or RolloutPhase.Held => StageState.Current,
            _ => StageState.Ahead,
        };
    }

    private static Health HealthOf(RolloutPhase phase, string message) => phase switch
    {
        RolloutPhase.Promoted => new Health(HealthLevel.Good, "Promoted", message),
        RolloutPhase.RolledBack => new Health(HealthLevel.Bad, "Rolled back", message),
        RolloutPhase.Held => new Health(HealthLevel.Warning, "Held", message),
        RolloutPhase.Superseded => new Health(HealthLevel.Idle, "Superseded", message),
        RolloutPhase.Preparing => new Health(HealthLevel.Busy, "Preparing", message),
        _ => new Health(HealthLevel.Busy, "Progressing", message),
    };
}

/// <summary>One share of traffic on the way to all of it.</summary>
public sealed record RolloutStage(string Label, StageState State);

public enum StageState
{
    Ahead,
    Current,
    Done,
    Failed,
}
