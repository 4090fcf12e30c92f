using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Syntax;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>Binary operators with at least one scalar operand.</summary>
internal static class ScalarOperation
{
    public static double[] Apply(Binary node, double[] left, double[] right)
    {
        var values = new double[left.Length];
        for (int step = 0; step < values.Length; step++)
        {
            double value = node.Operator.Apply(left[step], right[step]);
            values[step] = node.ReturnsBool ? AsBool(value) : value;
        }

        return values;
    }

    /// <summary>A comparison keeps the value of the vector's element, whichever side it is on.</summary>
    public static List<StepSeries> Apply(Binary node, List<StepSeries> vector, double[] scalars, bool vectorOnLeft)
    {
        var result = new List<StepSeries>(vector.Count);
        bool dropsName = node.Operator.DropsMetricName || node.ReturnsBool;
        foreach (StepSeries series in vector)
        {
            var values = new double[scalars.Length];
            for (int step = 0; step < values.Length; step++)
            {
                double element = series.Values[step];
                values[step] = StaleMarker.IsStale(element) ? element : Apply(node, element, scalars[step], vectorOnLeft);
            }

            result.Add(new StepSeries(dropsName ? series.Labels.WithoutName() : series.Labels, values));
        }

        return dropsName ? SameLabels.MergeOrFail(result) : result;
    }

    public static double AsBool(double comparison) => StaleMarker.IsStale(comparison) ? 0 : 1;

    private static double Apply(Binary node, double element, double scalar, bool vectorOnLeft)
    {
        double value = vectorOnLeft ? node.Operator.Apply(element, scalar) : node.Operator.Apply(scalar, element);
        if (node.ReturnsBool) return AsBool(value);
        return node.Operator.IsComparison && !StaleMarker.IsStale(value) ? element : value;
    }
}
