using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Evaluation;
using Trireme.Telemetry.PromQL.Syntax;
using static Trireme.Telemetry.PromQL.Syntax.ValueKind;

namespace Trireme.Telemetry.PromQL.Functions;

/// <summary>
/// Quantiles of classic histograms: buckets with an upper bound in the label le and cumulative counts. Within a bucket the
/// observations are taken to be spread evenly.
/// </summary>
internal static class HistogramQuantile
{
    private static readonly string[] BoundLabel = [LabelNames.BucketBound];

    public static Function Function { get; } = new VectorFunction("histogram_quantile", Evaluate, Scalar, Vector);

    private static List<StepSeries> Evaluate(Evaluator evaluator, Call call, StepRange steps)
    {
        double[] quantiles = evaluator.Scalar(call.Arguments[0], steps);
        var histograms = new Dictionary<LabelSet, List<(double Bound, double[] Counts)>>();
        foreach (StepSeries series in evaluator.Vector(call.Arguments[1], steps))
        {
            if (!FloatText.TryParse(series.Labels.Get(LabelNames.BucketBound), out double bound)) continue;
            LabelSet labels = series.Labels.Drop(BoundLabel);
            if (!histograms.TryGetValue(labels, out List<(double, double[])>? buckets)) histograms.Add(labels, buckets = []);
            buckets.Add((bound, series.Values));
        }

        var result = new List<StepSeries>(histograms.Count);
        foreach ((LabelSet labels, List<(double Bound, double[] Counts)> columns) in histograms)
        {
            columns.Sort(static (x, y) => x.Bound.CompareTo(y.Bound));
            result.Add(new StepSeries(labels.WithoutName(), Quantiles(columns, quantiles, steps, evaluator.Budget)));
        }

        return SameLabels.MergeOrFail(result);
    }

    private static double[] Quantiles(
        List<(double Bound, double[] Counts)> columns,
        double[] quantiles,
        StepRange steps,
        QueryBudget budget)
    {
        double[] values = steps.AllAbsent();
        var buckets = new List<Bucket>(columns.Count);
        for (int step = 0; step < values.Length; step++)
        {
            budget.CheckTime();
            buckets.Clear();
            foreach ((double bound, double[] counts) in columns)
            {
                if (!StaleMarker.IsStale(counts[step])) Add(buckets, new Bucket(bound, counts[step]));
            }

            if (buckets.Count > 0) values[step] = Of(quantiles[step], buckets);
        }

        return values;
    }

    /// <summary>Buckets with one bound, written differently, are one bucket.</summary>
    private static void Add(List<Bucket> buckets, Bucket bucket)
    {
        if (buckets.Count > 0 && buckets[^1].Bound.Equals(bucket.Bound))
        {
            buckets[^1] = bucket with { Count = buckets[^1].Count + bucket.Count };
        }
        else
        {
            buckets.Add(bucket);
        }
    }

    private static double Of(double quantile, List<Bucket> buckets)
    {
        if (double.IsNaN(quantile)) return double.NaN;
        if (quantile < 0) return double.NegativeInfinity;
        if (quantile > 1) return double.PositiveInfinity;
        if (!double.IsPositiveInfinity(buckets[^1].Bound) || buckets.Count < 2) return double.NaN;
        MakeMonotonic(buckets);
        double observations = buckets[^1].Count;
        if (observations == 0) return double.NaN;
        double rank = quantile * observations;
        int found = 0;
        while (found < buckets.Count - 1 && !(buckets[found].Count >= rank)) found++;
        if (found == buckets.Count - 1) return buckets[^2].Bound;
        if (found == 0 && buckets[0].Bound <= 0) return buckets[0].Bound;
        Bucket below = found == 0 ? new Bucket(0, 0) : buckets[found - 1];
        double inBucket = buckets[found].Count - below.Count;
        return below.Bound + ((buckets[found].Bound - below.Bound) * ((rank - below.Count) / inBucket));
    }

    /// <summary>Buckets scraped or added up at slightly different times may fall; cumulative counts cannot.</summary>
    private static void MakeMonotonic(List<Bucket> buckets)
    {
        for (int i = 1; i < buckets.Count; i++)
        {
            if (buckets[i].Count < buckets[i - 1].Count) buckets[i] = buckets[i] with { Count = buckets[i - 1].Count };
        }
    }

    private readonly record struct Bucket(double Bound, double Count);
}
