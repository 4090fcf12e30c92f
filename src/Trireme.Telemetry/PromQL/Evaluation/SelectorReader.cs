using Trireme.Telemetry.Model;
using Trireme.Telemetry.Patterns;
using Trireme.Telemetry.PromQL.Syntax;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>
/// Reads the samples of selectors. Native histograms are not evaluated: they are left out, as Prometheus leaves out what an operation
/// does not take, and the answer says so.
/// </summary>
internal sealed class SelectorReader(ISeriesReader reader, long lookbackMs, QueryBudget budget, Annotations annotations)
{
    /// <summary>
    /// The last sample of each series at each step, if it is no older than the lookback and the series has not ended since.
    /// </summary>
    public List<StepSeries> Read(VectorSelector selector, ReferenceTimes times, bool timestamps)
    {
        int steps = times.Steps.Count;
        var result = new List<StepSeries>();
        var samples = new SampleBuffer();
        long from = times.First - lookbackMs;
        foreach (ISeries series in Select(selector, from, times.Last))
        {
            samples.Clear();
            series.Read(from, times.Last, samples);
            if (samples.Count == 0) continue;
            if (samples.HasHistograms) AnnotateHistograms(series);
            budget.Charge(samples.Count + steps);
            double[] values = times.Steps.AllAbsent();
            int last = -1;
            for (int step = 0; step < steps; step++)
            {
                long reference = times.At(step);
                while (last + 1 < samples.Count && samples.Timestamps[last + 1] <= reference) last++;
                if (last < 0 || samples.Timestamps[last] < reference - lookbackMs) continue;
                double value = samples.Values[last];
                if (samples.HistogramAt(last) is not null) continue;
                if (!StaleMarker.IsStale(value)) values[step] = timestamps ? samples.Timestamps[last] / 1000.0 : value;
            }

            result.Add(new StepSeries(series.Labels, values));
        }

        return result;
    }

    public IEnumerable<RangeSeries> ReadRange(MatrixSelector matrix, ReferenceTimes times)
    {
        var all = new SampleBuffer();
        var live = new SampleBuffer();
        long from = times.First - matrix.RangeMs;
        foreach (ISeries series in Select(matrix.Selector, from, times.Last))
        {
            all.Clear();
            live.Clear();
            series.Read(from, times.Last, all);
            if (all.HasHistograms) AnnotateHistograms(series);
            for (int i = 0; i < all.Count; i++)
            {
                if (StaleMarker.IsStale(all.Values[i]) || all.HistogramAt(i) is not null) continue;
                live.Add(all.Timestamps[i], all.Values[i]);
            }

            if (live.Count == 0) continue;
            budget.Charge(live.Count);
            yield return new RangeSeries(series.Labels, live);
        }
    }

    private void AnnotateHistograms(ISeries series) => annotations.Warn(
        $"native histograms are not evaluated; those of {TextQuoting.Quote(series.Labels.MetricName)} are left out");

    private IReadOnlyList<ISeries> Select(VectorSelector selector, long fromMs, long toMs)
    {
        try
        {
            return reader.Select(selector.Matchers, fromMs, toMs, budget.CancellationToken);
        }
        catch (PatternBudgetException)
        {
            throw QueryException.Execution(
                $"a regular expression of the selector at position {selector.Position + 1} takes too long to match");
        }
    }
}
