using System.Diagnostics;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Syntax;
using Trireme.Telemetry.Queries;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>Evaluates the root of a query and gives its value the shape that callers see.</summary>
internal static class ResultShape
{
    /// <summary>The value at the one step; elements come in the order of their evaluation, which sort and topk decide.</summary>
    public static QueryValue Instant(Evaluator evaluator, Expression expression, StepRange steps)
    {
        long at = steps.StartMs;
        return expression.Kind switch
        {
            ValueKind.Scalar => new ScalarValue(new Sample(at, evaluator.Scalar(expression, steps)[0])),
            ValueKind.Text => new StringValue(at, Evaluator.Text(expression)),
            ValueKind.Matrix => Matrix(evaluator.Range(expression, steps)),
            ValueKind.Vector => new VectorValue(evaluator.Vector(expression, steps).ConvertAll(
                series => new VectorSample(series.Labels, new Sample(at, series.Values[0])))),
            _ => throw new UnreachableException(),
        };
    }

    /// <summary>The values at all steps, sorted by labels.</summary>
    public static MatrixValue Range(Evaluator evaluator, Expression expression, StepRange steps)
    {
        List<StepSeries> vector = expression.Kind == ValueKind.Scalar
            ? [new StepSeries(LabelSet.Empty, evaluator.Scalar(expression, steps))]
            : evaluator.Vector(expression, steps);
        return Sorted(SameLabels.MergeOrFail(vector).ConvertAll(series => new MatrixSeries(series.Labels, Samples(series, steps))));
    }

    private static MatrixValue Matrix(RangeInput input)
    {
        var result = new List<MatrixSeries>();
        foreach (RangeSeries series in input.Series)
        {
            var samples = new Sample[series.Samples.Count];
            for (int i = 0; i < samples.Length; i++) samples[i] = new Sample(series.Samples.Timestamps[i], series.Samples.Values[i]);
            if (samples.Length > 0) result.Add(new MatrixSeries(series.Labels, samples));
        }

        return Sorted(result);
    }

    private static MatrixValue Sorted(List<MatrixSeries> series)
    {
        series.Sort(static (x, y) => LabelSet.Order.Compare(x.Labels, y.Labels));
        return new MatrixValue(series);
    }

    private static Sample[] Samples(StepSeries series, StepRange steps)
    {
        int count = 0;
        foreach (double value in series.Values)
        {
            if (!StaleMarker.IsStale(value)) count++;
        }

        var samples = new Sample[count];
        int next = 0;
        for (int step = 0; step < series.Values.Length; step++)
        {
            if (!StaleMarker.IsStale(series.Values[step])) samples[next++] = new Sample(steps.At(step), series.Values[step]);
        }

        return samples;
    }
}
