using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Scaling;

/// <summary>
/// The share of work that may be late in what is planned, so that as much is late in truth as the SLO lets miss: it follows what was
/// measured, as in adaptive conformal inference (I. Gibbs, E. Candès, NeurIPS 2021). Misses make it small, and what moved it is forgotten.
/// </summary>
/// <param name="Moved">What it was moved by, in parts of what the SLO lets miss; 0 before anything was measured.</param>
public readonly record struct MissAllowance(double Moved)
{
    /// <summary>Part of what the SLO lets miss that is aimed at; the rest is for what was not foreseen.</summary>
    private const double AimedPart = 0.8;

    /// <summary>What misses beyond what is aimed at move it by, in parts of that, if they last for a rate window.</summary>
    private const double Loss = 0.1;

    /// <summary>What fewer move it by: slowly, or it would try again and again what has just been found to be too much.</summary>
    private const double Gain = 0.02;

    /// <summary>Time in which it forgets what moved it, so that one bad minute is not paid for all day.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(30);

    private const double MovedMin = -AimedPart;
    private const double MovedMax = 1;

    /// <summary>Takes up what a status has recorded.</summary>
    public static MissAllowance Read(ScalingCapacity? recorded) =>
        recorded is { Risk: var moved } && double.IsFinite(moved) ? new MissAllowance(Math.Clamp(moved, MovedMin, MovedMax)) : default;

    /// <summary>The share that may be late.</summary>
    public double Share(SloSpec slo)
    {
        ArgumentNullException.ThrowIfNull(slo);
        return Math.Max(0, AimedPart + Moved) * (1 - slo.Attainment);
    }

    /// <summary>The allowance after further answers.</summary>
    /// <param name="slo">What clients are to get.</param>
    /// <param name="missedShare">Share of the answers that were outside it.</param>
    /// <param name="weight">How many answers that were, in parts of those of a rate window.</param>
    /// <param name="elapsed">Time in which they came.</param>
    public MissAllowance With(SloSpec slo, double missedShare, double weight, TimeSpan elapsed)
    {
        ArgumentNullException.ThrowIfNull(slo);
        double off = AimedPart - (missedShare / (1 - slo.Attainment));
        double moved = (Moved * Math.Exp(-elapsed / Memory)) + ((off < 0 ? Loss : Gain) * weight * off);
        return new MissAllowance(Math.Clamp(moved, MovedMin, MovedMax));
    }
}
