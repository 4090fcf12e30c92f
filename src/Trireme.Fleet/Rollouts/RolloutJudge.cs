using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts;

/// <summary>Compares the new release with the serving one over all signals.</summary>
public static class RolloutJudge
{
    public static RolloutVerdict Judge(RolloutSamples samples, RolloutGates gates)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(gates);
        return new RolloutVerdict { Judgement = Judgement.Inconclusive, Reason = "No signal is compared yet." };
    }
}
