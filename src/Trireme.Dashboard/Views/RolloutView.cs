using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

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

    /// <summary>How it goes, where that is not by shares of traffic.</summary>
    public string? Strategy { get; init; }

    /// <summary>What a person said about it; null where the judge decides.</summary>
    public string? Order { get; init; }

    public RolloutVerdict? Verdict { get; init; }

    /// <summary>The verdict's reason, unless the message has it already; each reason is shown once.</summary>
    public string? VerdictReason { get; init; }

    public static RolloutView? Of(ModelService service, DateTimeOffset now)
    {
        if (service.Status?.Rollout is not { } rollout) return null;
        int present = RolloutCourse.Stage(rollout);

        // The first stage of a way without shares is to make replicas ready, or to stop some.
        bool isBegun = rollout.Plan.Strategy is not (RolloutStrategyType.Canary or RolloutStrategyType.Shadow);
        RolloutPhase phase = OutcomeWords.Phase(service);
        string message = service.Status.Conditions.Find(ModelServiceConditions.RolledOut)?.Message ?? "";
        return new RolloutView
        {
            From = rollout.From,
            To = rollout.To,
            Health = HealthOf(service, message),
            Stages =
            [
                .. RolloutCourse.Stages(rollout).Select((stage, i) =>
                    new RolloutStage(stage.Replace("%", " %", StringComparison.Ordinal), StateOf(phase, present, i, isBegun))),
            ],
            Strategy = rollout.Plan.Strategy == RolloutStrategyType.Canary ? null : rollout.Plan.Strategy.ToString(),
            TimeInStep = rollout.Phase switch
            {
                RolloutPhase.Preparing => Format.Age(rollout.StartedAt, now),
                RolloutPhase.Progressing or RolloutPhase.Held => Format.Age(rollout.StepStartedAt, now),
                _ => null,
            },
            Order = rollout.Order is { } order ? OutcomeWords.OfOrder(order) : null,
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

    private static StageState StateOf(RolloutPhase phase, int step, int stage, bool isBegun)
    {
        if (phase == RolloutPhase.Promoted || stage < step) return StageState.Done;
        if (stage > step) return StageState.Ahead;
        return phase switch
        {
            RolloutPhase.RolledBack => StageState.Failed,
            RolloutPhase.Progressing or RolloutPhase.Held => StageState.Current,
            RolloutPhase.Preparing when isBegun => StageState.Current,
            _ => StageState.Ahead,
        };
    }

    private static Health HealthOf(ModelService service, string message)
    {
        string word = OutcomeWords.Of(OutcomeWords.Phase(service));
        RolloutStatus rollout = service.Status!.Rollout!;
        HealthLevel level = rollout.Phase switch
        {
            RolloutPhase.Promoted => HealthLevel.Good,
            RolloutPhase.RolledBack => HealthLevel.Bad,
            RolloutPhase.Held when OutcomeWords.IsHeld(rollout) => HealthLevel.Warning,
            // Settled since, it is history.
            RolloutPhase.Superseded => HealthLevel.Idle,
            _ => HealthLevel.Busy,
        };
        return new Health(level, char.ToUpperInvariant(word[0]) + word[1..], message);
    }
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
