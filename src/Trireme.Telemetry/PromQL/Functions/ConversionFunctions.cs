using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Evaluation;
using Trireme.Telemetry.PromQL.Syntax;
using static Trireme.Telemetry.PromQL.Syntax.ValueKind;

namespace Trireme.Telemetry.PromQL.Functions;

/// <summary>Functions between vectors, scalars and time, and those that only change the order.</summary>
internal static class ConversionFunctions
{
    public static IEnumerable<Function> All { get; } =
    [
        new ScalarFunction("pi", static (_, _, steps) => Constant(Math.PI, steps)),
        new ScalarFunction("scalar", static (evaluator, call, steps) =>
            OnlyElement(evaluator.Vector(call.Arguments[0], steps), steps), Vector),
        new ScalarFunction("time", static (_, _, steps) => StepTimes.Of(steps)) { DependsOnTime = true },
        new VectorFunction("sort", static (evaluator, call, steps) =>
            Sort(evaluator.Vector(call.Arguments[0], steps), steps, direction: 1), Vector),
        new VectorFunction("sort_desc", static (evaluator, call, steps) =>
            Sort(evaluator.Vector(call.Arguments[0], steps), steps, direction: -1), Vector),
        new VectorFunction("timestamp", Timestamp, Vector) { DependsOnTime = true },
        new VectorFunction("vector", static (evaluator, call, steps) =>
            [new StepSeries(LabelSet.Empty, evaluator.Scalar(call.Arguments[0], steps))], Scalar),
    ];

    private static double[] Constant(double value, StepRange steps)
    {
        var values = new double[steps.Count];
        Array.Fill(values, value);
        return values;
    }

    /// <summary>The value of the only element, NaN where there are none or several.</summary>
    private static double[] OnlyElement(List<StepSeries> vector, StepRange steps)
    {
        double[] values = Constant(double.NaN, steps);
        for (int step = 0; step < values.Length; step++)
        {
            int present = 0;
            foreach (StepSeries series in vector)
            {
                if (StaleMarker.IsStale(series.Values[step])) continue;
                values[step] = series.Values[step];
                present++;
            }

            if (present != 1) values[step] = double.NaN;
        }

        return values;
    }

    /// <summary>By value with NaN last. Over several steps there is no order to give, and the result is sorted by labels later.</summary>
    private static List<StepSeries> Sort(List<StepSeries> vector, StepRange steps, int direction) =>
        steps.Count > 1
            ? vector
            : [.. vector.OrderBy(static series => double.IsNaN(series.Values[0])).ThenBy(series => series.Values[0] * direction)];

    /// <summary>When the sample of a selector was taken; of any other vector the time of the step.</summary>
    private static List<StepSeries> Timestamp(Evaluator evaluator, Call call, StepRange steps)
    {
        List<StepSeries> stamped = call.Arguments[0].Unwrapped is VectorSelector selector
            ? evaluator.Timestamps(selector, steps)
            : StampSteps(evaluator.Vector(call.Arguments[0], steps), steps);
        return SameLabels.MergeOrFail(stamped.ConvertAll(static series => series with { Labels = series.Labels.WithoutName() }));
    }

    private static List<StepSeries> StampSteps(List<StepSeries> vector, StepRange steps)
    {
        var stamped = new List<StepSeries>(vector.Count);
        foreach (StepSeries series in vector)
        {
            var values = (double[])series.Values.Clone();
            for (int step = 0; step < values.Length; step++)
            {
                if (!StaleMarker.IsStale(values[step])) values[step] = steps.At(step) / 1000.0;
            }

            stamped.Add(series with { Values = values });
        }

        return stamped;
    }
}
