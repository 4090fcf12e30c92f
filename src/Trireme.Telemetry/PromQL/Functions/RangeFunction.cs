using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Evaluation;
using Trireme.Telemetry.PromQL.Syntax;

namespace Trireme.Telemetry.PromQL.Functions;

/// <summary>A function of the samples of one series in a window that slides with the steps.</summary>
internal sealed class RangeFunction(string name, RangeFunction.Body apply, params ValueKind[] parameters)
    : Function(name, ValueKind.Vector, parameters)
{
    /// <summary>The value, or the stale marker for none.</summary>
    public delegate double Body(in SampleWindow window);

    /// <summary>True where the value is one of the samples, which the metric name still describes.</summary>
    public bool KeepsName { get; init; }

    public List<StepSeries> Evaluate(Evaluator evaluator, Call call, StepRange steps)
    {
        int rangeAt = call.Arguments[0].Kind == ValueKind.Matrix ? 0 : 1;
        RangeInput input = evaluator.Range(call.Arguments[rangeAt], steps);
        double[][] scalars = [.. call.Arguments.Where((_, i) => i != rangeAt).Select(argument => evaluator.Scalar(argument, steps))];
        var result = new List<StepSeries>();
        foreach (RangeSeries series in input.Series)
        {
            evaluator.Budget.Charge(steps.LongCount);
            LabelSet labels = KeepsName ? series.Labels : series.Labels.WithoutName();
            result.Add(new StepSeries(labels, Slide(series, input, scalars, evaluator.Budget)));
        }

        result.RemoveAll(static series => series.IsAbsent);
        return SameLabels.FailOnAny(result);
    }

    private double[] Slide(in RangeSeries series, RangeInput input, double[][] scalars, QueryBudget budget)
    {
        double[] values = input.Times.Steps.AllAbsent();
        var arguments = new double[scalars.Length];
        ReadOnlySpan<long> timestamps = series.Samples.Timestamps;
        int from = 0;
        int to = 0;
        for (int step = 0; step < values.Length; step++)
        {
            budget.CheckTime();
            long end = input.Times.At(step);
            long start = end - input.RangeMs;
            while (from < timestamps.Length && timestamps[from] < start) from++;
            if (to < from) to = from;
            while (to < timestamps.Length && timestamps[to] <= end) to++;
            if (from == to) continue;
            for (int i = 0; i < arguments.Length; i++) arguments[i] = scalars[i][step];
            var window = new SampleWindow(
                timestamps[from..to],
                series.Samples.Values[from..to],
                start,
                end,
                input.Times.Steps.At(step),
                arguments);
            values[step] = apply(window);
        }

        return values;
    }
}
