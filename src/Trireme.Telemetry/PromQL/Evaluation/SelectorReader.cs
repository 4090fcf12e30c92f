using System.Text.RegularExpressions;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Syntax;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>Reads the samples of selectors from the store.</summary>
internal sealed class SelectorReader(SeriesStore store, long lookbackMs, QueryBudget budget)
{
    /// <summary>
    /// The last sample of each series at each step, if it is no older than the lookback and the series has not ended since.
    /// </summary>
    public List<StepSeries> Read(VectorSelector selector, ReferenceTimes times, bool timestamps)
    {
        int steps = times.Steps.Count;
        var result = new List<StepSeries>();
        var samples = new SampleBuffer();
        foreach (MemorySeries series in Select(selector))
        {
            samples.Clear();
            series.Read(times.First - lookbackMs, times.Last, samples);
            if (samples.Count == 0) continue;
            budget.Charge(samples.Count + steps);
            double[] values = times.Steps.AllAbsent();
            int last = -1;
            for (int step = 0; step < steps; step++)
            {
                long reference = times.At(step);
                while (last + 1 < samples.Count && samples.Timestamps[last + 1] <= reference) last++;
                if (last < 0 || samples.Timestamps[last] < reference - lookbackMs) continue;
                double value = samples.Values[last];
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
        foreach (MemorySeries series in Select(matrix.Selector))
        {
            all.Clear();
            live.Clear();
            series.Read(times.First - matrix.RangeMs, times.Last, all);
            for (int i = 0; i < all.Count; i++)
            {
                if (!StaleMarker.IsStale(all.Values[i])) live.Add(all.Timestamps[i], all.Values[i]);
            }

            if (live.Count == 0) continue;
            budget.Charge(live.Count);
            yield return new RangeSeries(series.Labels, live);
        }
    }

    private List<MemorySeries> Select(VectorSelector selector)
    {
        try
        {
            return store.Select(selector.Matchers, budget.CancellationToken);
        }
        catch (RegexMatchTimeoutException)
        {
            throw QueryException.Execution(
                $"a regular expression of the selector at position {selector.Position + 1} takes too long to match");
        }
    }
}
