using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;

namespace Trireme.Fleet.Rollouts.Strategies;

/// <summary>
/// One way from a release to another: what follows from what is there, which replicas that takes, and its words for people. What all
/// ways share, such as deadlines, what a person says and going back, is <see cref="RolloutMove"/>'s.
/// </summary>
internal abstract class RolloutStrategy
{
    private static readonly CanaryStrategy Canary = new();
    private static readonly BlueGreenStrategy BlueGreen = new();
    private static readonly ShadowStrategy Shadow = new();
    private static readonly RecreateStrategy Recreate = new();
    private static readonly InPlaceStrategy InPlace = new();

    public static RolloutStrategy Of(RolloutSpec plan) => plan.Strategy switch
    {
        RolloutStrategyType.BlueGreen => BlueGreen,
        RolloutStrategyType.Shadow => Shadow,
        RolloutStrategyType.Recreate => Recreate,
        RolloutStrategyType.InPlace => InPlace,
        _ => Canary,
    };

    /// <summary>How replicas of one release give way to those of another, also when a move was taken back.</summary>
    public virtual ReplicaExchange Exchange => ReplicaExchange.Surge;

    /// <summary>What follows while nobody has said anything, the new release can start and no gate has failed.</summary>
    public abstract RolloutDecision Advance(RolloutMove move);

    /// <summary>The part of both releases in the move's present stage.</summary>
    public abstract IReadOnlyList<ReleaseTarget> Targets(RolloutMove move);

    /// <summary>True while the new release answers requests, or copies of them, that tell what it does.</summary>
    public abstract bool IsJudged(RolloutStatus rollout);

    /// <summary>With what the new release's answers are compared.</summary>
    public virtual RolloutComparison Comparison(RolloutStatus rollout) => RolloutComparison.SameTime;

    /// <summary>What follows when a person has promoted the move.</summary>
    public virtual RolloutDecision Promote(RolloutMove move) => move.Finish("A person asked to promote it.");

    /// <summary>A sentence for the history on a move that came to its end by itself.</summary>
    public abstract string Done(RolloutSpec plan);

    /// <summary>The stages on the way, in the strategy's own words, the last one being its end.</summary>
    public abstract IReadOnlyList<string> Stages(RolloutStatus rollout);

    /// <summary>Which of the stages the move is in or prepares for.</summary>
    public virtual int Stage(RolloutStatus rollout) => rollout.Step;

    /// <summary>Percent of traffic that the present stage gives the new release; 0 before it gets any.</summary>
    public abstract int Share(RolloutStatus rollout);
}
