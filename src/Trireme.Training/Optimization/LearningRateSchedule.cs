using Trireme.Contracts.Resources;

namespace Trireme.Training.Optimization;

/// <summary>Linear warm-up, then half a cosine down to a tenth of the peak (Hoffmann et al. 2022).</summary>
internal static class LearningRateSchedule
{
    public const double FinalShare = 0.1;

    /// <summary>Rate of a step counted from 0.</summary>
    public static double At(int step, OptimizationSpec spec)
    {
        if (step < spec.WarmupSteps) return spec.LearningRate * (step + 1) / spec.WarmupSteps;
        double progress = (double)(step - spec.WarmupSteps) / Math.Max(1, spec.Steps - spec.WarmupSteps);
        double share = FinalShare + ((1 - FinalShare) * 0.5 * (1 + Math.Cos(Math.PI * progress)));
        return spec.LearningRate * share;
    }
}
