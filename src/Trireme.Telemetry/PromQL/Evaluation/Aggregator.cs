using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Syntax;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>Groups the elements of a vector by labels and makes one element, or a few, of each group.</summary>
internal static class Aggregator
{
    public static List<StepSeries> Evaluate(Evaluator evaluator, Aggregation node, StepRange steps)
    {
        List<StepSeries> operand = evaluator.Vector(node.Operand, steps);
        switch (node.Operator)
        {
            case "topk" or "bottomk":
                double[] counts = evaluator.Scalar(node.Parameter!, steps);
                return new RankSelection(node.Operator == "topk", counts, steps, evaluator.Budget).Apply(Group(node, operand));
            case "quantile":
                return QuantileOf(evaluator, Group(node, operand), evaluator.Scalar(node.Parameter!, steps), steps);
            case "count_values":
                return CountValues(evaluator, node, operand, steps);
            default:
                return FoldGroups(node.Operator, Group(node, operand), steps);
        }
    }

    private static List<SeriesGroup> Group(Aggregation node, List<StepSeries> operand)
    {
        var groups = new List<SeriesGroup>();
        var positions = new Dictionary<LabelSet, int>();
        foreach (StepSeries series in operand)
        {
            LabelSet labels = GroupLabels(node, series.Labels);
            if (!positions.TryGetValue(labels, out int position))
            {
                position = groups.Count;
                positions.Add(labels, position);
                groups.Add(new SeriesGroup(labels, []));
            }

            groups[position].Members.Add(series);
        }

        return groups;
    }

    private static LabelSet GroupLabels(Aggregation node, LabelSet labels) =>
        node.Without ? labels.Drop(node.Grouping).WithoutName() : labels.Keep(node.Grouping);

    private static List<StepSeries> FoldGroups(string operation, List<SeriesGroup> groups, StepRange steps)
    {
        var result = new List<StepSeries>(groups.Count);
        foreach (SeriesGroup group in groups)
        {
            ColumnFold fold = ColumnFold.Create(operation, steps.Count);
            foreach (StepSeries member in group.Members) fold.Add(member.Values);
            result.Add(new StepSeries(group.Labels, fold.Finish()));
        }

        return result;
    }

    private static List<StepSeries> QuantileOf(Evaluator evaluator, List<SeriesGroup> groups, double[] quantiles, StepRange steps)
    {
        var result = new List<StepSeries>(groups.Count);
        foreach (SeriesGroup group in groups)
        {
            double[] values = steps.AllAbsent();
            var present = new double[group.Members.Count];
            for (int step = 0; step < values.Length; step++)
            {
                evaluator.Budget.CheckTime();
                int count = 0;
                foreach (StepSeries member in group.Members)
                {
                    if (!StaleMarker.IsStale(member.Values[step])) present[count++] = member.Values[step];
                }

                if (count > 0) values[step] = Quantile.Of(quantiles[step], present.AsSpan(0, count));
            }

            result.Add(new StepSeries(group.Labels, values));
        }

        return result;
    }

    /// <summary>One element per group and distinct value, with the value in a label.</summary>
    private static List<StepSeries> CountValues(Evaluator evaluator, Aggregation node, List<StepSeries> operand, StepRange steps)
    {
        string valueLabel = Evaluator.Text(node.Parameter!);
        if (!LabelNames.IsValid(valueLabel)) throw QueryException.Execution($"invalid label name {TextQuoting.Quote(valueLabel)}");
        Aggregation grouping = node.Without ? node : node with { Grouping = [.. node.Grouping, valueLabel] };
        var counts = new Dictionary<LabelSet, StepSeries>();
        foreach (StepSeries series in operand)
        {
            for (int step = 0; step < series.Values.Length; step++)
            {
                double value = series.Values[step];
                if (StaleMarker.IsStale(value)) continue;
                LabelSet labels = GroupLabels(grouping, series.Labels.With(valueLabel, FloatText.Format(value)));
                if (!counts.TryGetValue(labels, out StepSeries? count))
                {
                    evaluator.Budget.Charge(steps.LongCount);
                    counts.Add(labels, count = new StepSeries(labels, steps.AllAbsent()));
                }

                count.Values[step] = StaleMarker.IsStale(count.Values[step]) ? 1 : count.Values[step] + 1;
            }
        }

        return [.. counts.Values];
    }
}

internal sealed record SeriesGroup(LabelSet Labels, List<StepSeries> Members);
