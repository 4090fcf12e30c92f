using Trireme.Telemetry.PromQL.Evaluation;

namespace Trireme.Telemetry.PromQL.Functions;

internal static class StepTimes
{
    /// <summary>The time of each step in seconds.</summary>
    public static double[] Of(StepRange steps)
    {
        var seconds = new double[steps.Count];
        for (int step = 0; step < seconds.Length; step++) seconds[step] = steps.At(step) / 1000.0;
        return seconds;
    }
}
