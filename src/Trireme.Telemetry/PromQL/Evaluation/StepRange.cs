using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>The times an expression is evaluated at: from start to end, both included.</summary>
internal readonly record struct StepRange(long StartMs, long EndMs, long StepMs)
{
    public long LongCount => EndMs < StartMs ? 0 : ((EndMs - StartMs) / StepMs) + 1;

    /// <summary>Fits an integer once the budget has taken the count.</summary>
    public int Count => (int)LongCount;

    public static StepRange Single(long timestampMs) => new(timestampMs, timestampMs, 1);

    public long At(int step) => StartMs + (step * StepMs);

    /// <summary>A value per step, all absent.</summary>
    public double[] AllAbsent()
    {
        var values = new double[Count];
        Array.Fill(values, StaleMarker.Value);
        return values;
    }
}
