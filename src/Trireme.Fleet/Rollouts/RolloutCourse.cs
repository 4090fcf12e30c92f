using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts.Strategies;

namespace Trireme.Fleet.Rollouts;

/// <summary>Where a move is on its strategy's way, for those who show it or read samples of it.</summary>
public static class RolloutCourse
{
    /// <summary>The stages in the strategy's own words, such as shares of traffic; the last one is the end.</summary>
    public static IReadOnlyList<string> Stages(RolloutStatus rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return RolloutStrategy.Of(rollout.Plan).Stages(rollout);
    }

    /// <summary>Index of the stage that the move is in or prepares for.</summary>
    public static int Stage(RolloutStatus rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return RolloutStrategy.Of(rollout.Plan).Stage(rollout);
    }

    /// <summary>Percent of traffic that the present stage gives the new release; 0 where it gets none.</summary>
    public static int Share(RolloutStatus rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return RolloutStrategy.Of(rollout.Plan).Share(rollout);
    }

    /// <summary>True while there are answers of the new release to judge.</summary>
    public static bool IsJudged(RolloutStatus rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return RolloutPlanner.IsMoving(rollout) && RolloutStrategy.Of(rollout.Plan).IsJudged(rollout);
    }

    /// <summary>With what they are compared.</summary>
    public static RolloutComparison Comparison(RolloutStatus rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return RolloutStrategy.Of(rollout.Plan).Comparison(rollout);
    }
}
