using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>Keeps the k largest or smallest elements of each group at each step. NaN ranks last either way.</summary>
internal sealed class RankSelection(bool largest, double[] counts, StepRange steps, QueryBudget budget)
{
    public List<StepSeries> Apply(List<SeriesGroup> groups)
    {
        var result = new List<StepSeries>();
        foreach (SeriesGroup group in groups)
        {
            var kept = new Dictionary<StepSeries, StepSeries>(ReferenceEqualityComparer.Instance);
            for (int step = 0; step < steps.Count; step++)
            {
                budget.CheckTime();
                foreach (StepSeries member in Ranked(group, step, CountAt(step)))
                {
                    if (!kept.TryGetValue(member, out StepSeries? output))
                    {
                        kept.Add(member, output = new StepSeries(member.Labels, steps.AllAbsent()));
                        result.Add(output);
                    }

                    output.Values[step] = member.Values[step];
                }
            }
        }

        return result;
    }

    private int CountAt(int step)
    {
        double count = counts[step];
        if (double.IsNaN(count) || Math.Abs(count) > long.MaxValue)
        {
            throw QueryException.Execution($"Scalar value {FloatText.Format(count)} overflows int64");
        }

        return (int)Math.Clamp(count, 0, int.MaxValue);
    }

    /// <summary>The elements to keep, best first.</summary>
    private StepSeries[] Ranked(SeriesGroup group, int step, int count)
    {
        var heap = new RankHeap(count, largest);
        foreach (StepSeries member in group.Members)
        {
            if (!StaleMarker.IsStale(member.Values[step])) heap.Offer(member.Values[step], member);
        }

        return heap.BestFirst();
    }
}
