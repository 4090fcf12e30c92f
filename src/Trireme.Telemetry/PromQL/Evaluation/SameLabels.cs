using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>
/// Functions and operators that change labels can make two elements the same. At different steps they are one series; at the same
/// step the query is ambiguous and fails.
/// </summary>
internal static class SameLabels
{
    public static List<StepSeries> MergeOrFail(List<StepSeries> series)
    {
        if (series.Count < 2) return series;
        var positions = new Dictionary<LabelSet, int>(series.Count);
        var merged = new List<StepSeries>(series.Count);
        foreach (StepSeries next in series)
        {
            if (positions.TryAdd(next.Labels, merged.Count)) merged.Add(next);
            else merged[positions[next.Labels]] = Merge(merged[positions[next.Labels]], next);
        }

        return merged;
    }

    /// <summary>For range functions and negation, whose result is ambiguous even when the elements never meet at one step.</summary>
    public static List<StepSeries> FailOnAny(List<StepSeries> series)
    {
        var seen = new HashSet<LabelSet>(series.Count);
        foreach (StepSeries next in series)
        {
            if (!seen.Add(next.Labels)) throw Ambiguous(next.Labels);
        }

        return series;
    }

    private static StepSeries Merge(StepSeries first, StepSeries second)
    {
        var values = (double[])first.Values.Clone();
        for (int step = 0; step < values.Length; step++)
        {
            if (StaleMarker.IsStale(second.Values[step])) continue;
            if (!StaleMarker.IsStale(values[step])) throw Ambiguous(first.Labels);
            values[step] = second.Values[step];
        }

        return first with { Values = values };
    }

    private static QueryException Ambiguous(LabelSet labels) =>
        QueryException.Execution($"vector cannot contain metrics with the same labelset: {labels} appears twice");
}
