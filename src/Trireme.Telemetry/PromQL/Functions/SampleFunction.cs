using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Evaluation;
using Trireme.Telemetry.PromQL.Syntax;

namespace Trireme.Telemetry.PromQL.Functions;

/// <summary>A function of each sample alone, with optional scalars. It makes a new quantity, so the metric name goes.</summary>
internal sealed class SampleFunction(string name, SampleFunction.Body apply, params ValueKind[] parameters)
    : Function(name, ValueKind.Vector, parameters)
{
    /// <summary>The new value, or the stale marker for none.</summary>
    public delegate double Body(double value, ReadOnlySpan<double> scalars);

    /// <summary>True where a call without arguments works on the time of the step.</summary>
    public bool DefaultsToTime { get; init; }

    public List<StepSeries> Evaluate(Evaluator evaluator, Call call, StepRange steps)
    {
        if (DefaultsToTime && call.Arguments.Count == 0) return [new StepSeries(LabelSet.Empty, Apply(StepTimes.Of(steps), []))];
        List<StepSeries> operand = evaluator.Vector(call.Arguments[0], steps);
        double[][] scalars = [.. call.Arguments.Skip(1).Select(argument => evaluator.Scalar(argument, steps))];
        var result = new List<StepSeries>(operand.Count);
        foreach (StepSeries series in operand) result.Add(new StepSeries(series.Labels.WithoutName(), Apply(series.Values, scalars)));
        return SameLabels.MergeOrFail(result);
    }

    private double[] Apply(double[] operand, double[][] scalars)
    {
        var values = new double[operand.Length];
        var arguments = new double[scalars.Length];
        for (int step = 0; step < values.Length; step++)
        {
            for (int i = 0; i < arguments.Length; i++) arguments[i] = scalars[i][step];
            values[step] = StaleMarker.IsStale(operand[step]) ? operand[step] : apply(operand[step], arguments);
        }

        return values;
    }
}
