using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Syntax;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>
/// Arithmetic and comparison between two vectors. Elements find each other by their match group, which may have one element on
/// the "one" side and, with group_left or group_right, several on the "many" side. Matching is per step, because which elements
/// exist changes from step to step.
/// </summary>
internal sealed class VectorOperation(Binary node, StepRange steps, QueryBudget budget)
{
    private readonly VectorMatching _matching = node.Matching;
    private readonly Dictionary<LabelSet, int> _outputs = [];
    private readonly List<StepSeries> _result = [];

    private bool OneSideIsLeft => _matching.Cardinality == MatchCardinality.OneToMany;

    public List<StepSeries> Apply(List<StepSeries> left, List<StepSeries> right)
    {
        List<StepSeries> many = OneSideIsLeft ? right : left;
        List<StepSeries> one = OneSideIsLeft ? left : right;
        var groups = new MatchGroups(_matching);
        int[] oneGroups = groups.NumbersOf(one);
        int[] manyGroups = groups.NumbersOf(many);
        var partner = new int[groups.Count];
        var matched = new bool[groups.Count];
        var outputOf = new (int Partner, int Output)[many.Count];
        Array.Fill(outputOf, (-1, -1));
        for (int step = 0; step < steps.Count; step++)
        {
            budget.CheckTime();
            // Where one side is empty nothing can match, so that duplicates on the other are no error.
            if (!many.Exists(series => !StaleMarker.IsStale(series.Values[step]))) continue;
            FindPartners(one, oneGroups, step, partner);
            Array.Clear(matched);
            for (int i = 0; i < many.Count; i++)
            {
                int group = manyGroups[i];
                double manyValue = many[i].Values[step];
                if (partner[group] < 0 || StaleMarker.IsStale(manyValue)) continue;
                StepSeries other = one[partner[group]];
                double value = Combine(manyValue, other.Values[step]);
                if (StaleMarker.IsStale(value)) continue;
                if (_matching.Cardinality == MatchCardinality.OneToOne && matched[group])
                {
                    throw QueryException.Execution(
                        "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)");
                }

                matched[group] = true;
                if (outputOf[i].Partner != partner[group]) outputOf[i] = (partner[group], OutputFor(many[i].Labels, other.Labels));
                Store(outputOf[i].Output, step, value);
            }
        }

        return _result;
    }

    /// <summary>By match group, the element of the "one" side that is there at the step, or -1.</summary>
    private void FindPartners(List<StepSeries> one, int[] groups, int step, int[] partner)
    {
        Array.Fill(partner, -1);
        for (int i = 0; i < one.Count; i++)
        {
            if (StaleMarker.IsStale(one[i].Values[step])) continue;
            ref int found = ref partner[groups[i]];
            if (found >= 0) throw Duplicate(one[found].Labels, one[i].Labels);
            found = i;
        }
    }

    private double Combine(double many, double one)
    {
        double value = OneSideIsLeft ? node.Operator.Apply(one, many) : node.Operator.Apply(many, one);
        return node.ReturnsBool ? ScalarOperation.AsBool(value) : value;
    }

    private void Store(int output, int step, double value)
    {
        double[] values = _result[output].Values;
        if (!StaleMarker.IsStale(values[step]))
        {
            throw QueryException.Execution("multiple matches for labels: grouping labels must ensure unique matches");
        }

        values[step] = value;
    }

    private int OutputFor(LabelSet many, LabelSet one)
    {
        LabelSet labels = ResultLabels(many, one);
        if (_outputs.TryGetValue(labels, out int output)) return output;
        budget.Charge(steps.LongCount);
        _result.Add(new StepSeries(labels, steps.AllAbsent()));
        _outputs.Add(labels, _result.Count - 1);
        return _result.Count - 1;
    }

    private LabelSet ResultLabels(LabelSet many, LabelSet one)
    {
        LabelSet labels = node.Operator.DropsMetricName ? many.WithoutName() : many;
        if (_matching.Cardinality == MatchCardinality.OneToOne)
        {
            labels = _matching.On ? labels.Keep(_matching.Labels) : labels.Drop(_matching.Labels);
        }

        foreach (string name in _matching.Include) labels = labels.With(name, one.Get(name));
        return node.ReturnsBool ? labels.WithoutName() : labels;
    }

    private QueryException Duplicate(LabelSet first, LabelSet second)
    {
        LabelSet group = new MatchGroups(_matching).GroupOf(first);
        string side = OneSideIsLeft ? "left" : "right";
        return QueryException.Execution(
            $"found duplicate series for the match group {group} on the {side} hand-side of the operation: [{second}, {first}];"
            + "many-to-many matching not allowed: matching labels must be unique on one side");
    }
}
