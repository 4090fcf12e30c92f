using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>
/// Which fields of a rollout belong to which strategy. One that says nothing else than its absence is let be, because programs write
/// objects back with everything spelled out.
/// </summary>
internal static class RolloutStrategyRules
{
    private const string Field = "spec.rollout";

    private static readonly RolloutSpec Default = new();

    public static void Validate(RolloutSpec rollout, FieldErrors errors)
    {
        RolloutStrategyType strategy = rollout.Strategy;
        Only("blueGreen", rollout.BlueGreen is not null, RolloutStrategyType.BlueGreen);
        Only("shadow", rollout.Shadow is not null, RolloutStrategyType.Shadow);
        Only("inPlace", rollout.InPlace is not null, RolloutStrategyType.InPlace);
        Only("steps", !CanonicalJson.Same(rollout.Steps, Default.Steps), RolloutStrategyType.Canary, RolloutStrategyType.Shadow);
        Only(
            "onInconclusive",
            rollout.OnInconclusive != Default.OnInconclusive,
            RolloutStrategyType.Canary,
            RolloutStrategyType.Shadow);

        if (strategy == RolloutStrategyType.Recreate && !CanonicalJson.Same(rollout.Gates, Default.Gates))
        {
            errors.Invalid(
                $"{Field}.gates",
                "compare releases that run together, and with the strategy Recreate none do; remove them, or name another strategy");
        }

        if (rollout.Shadow is not { } shadow || strategy != RolloutStrategyType.Shadow) return;
        if (shadow.MinDuration > shadow.MaxDuration)
        {
            errors.Invalid(
                $"{Field}.shadow.minDuration", $"{shadow.MinDuration} is too long; must be at most maxDuration, {shadow.MaxDuration}");
        }

        if (shadow.Then != ShadowNext.Canary && !CanonicalJson.Same(rollout.Steps, Default.Steps))
        {
            errors.Invalid(
                $"{Field}.steps",
                $"follow a shadow only where shadow.then is {ShadowNext.Canary}; it is {shadow.Then}: remove the steps, or set it so");
        }

        void Only(string field, bool isSet, params RolloutStrategyType[] strategies)
        {
            if (!isSet || strategies.Contains(strategy)) return;
            errors.Invalid(
                $"{Field}.{field}",
                $"is only for the strateg{(strategies.Length == 1 ? "y" : "ies")} {string.Join(" and ", strategies)}, and "
                    + $"{Field}.strategy is {strategy}; remove it, or set the strategy to {strategies[0]}");
        }
    }
}
