using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Scaling;

/// <summary>Whether an answer was within the SLO.</summary>
public static class SloCheck
{
    /// <param name="slo">What clients are to get.</param>
    /// <param name="firstToken">Time to the first token; null for an answer that was not streamed.</param>
    /// <param name="duration">Time to the last byte.</param>
    /// <param name="tokens">Generated tokens; null where the answer reports none.</param>
    /// <returns>Null where it cannot be told: how long a whole answer took says nothing without a time per token.</returns>
    public static bool? IsMet(SloSpec slo, TimeSpan? firstToken, TimeSpan duration, long? tokens)
    {
        ArgumentNullException.ThrowIfNull(slo);
        long gaps = Math.Max(0, (tokens ?? 0) - 1);
        if (firstToken is { } first)
        {
            return first <= slo.Ttft && (slo.Itl is not { } limit || gaps == 0 || (duration - first) / gaps <= limit);
        }

        if (slo.Itl is { } itl) return duration <= slo.Ttft.Value + (itl.Value * gaps);
        return gaps == 0 ? duration <= slo.Ttft : null;
    }
}
