using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Syntax;

namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>The operators and, or, unless: which elements are there, never what they are.</summary>
internal static class SetOperation
{
    public static List<StepSeries> Apply(Binary node, List<StepSeries> left, List<StepSeries> right, StepRange steps)
    {
        var groups = new MatchGroups(node.Matching);
        int[] leftGroups = groups.NumbersOf(left);
        int[] rightGroups = groups.NumbersOf(right);
        switch (node.Operator.Symbol)
        {
            case "and":
                return Filter(left, leftGroups, Presence(right, rightGroups, groups.Count, steps), keepPresent: true);
            case "unless":
                return Filter(left, leftGroups, Presence(right, rightGroups, groups.Count, steps), keepPresent: false);
            default:
                bool[]?[] onLeft = Presence(left, leftGroups, groups.Count, steps);
                return SameLabels.MergeOrFail([.. left, .. Filter(right, rightGroups, onLeft, keepPresent: false)]);
        }
    }

    /// <summary>By group, the steps at which any element of the vector is there; null for never.</summary>
    private static bool[]?[] Presence(List<StepSeries> vector, int[] groups, int groupCount, StepRange steps)
    {
        var presence = new bool[]?[groupCount];
        for (int i = 0; i < vector.Count; i++)
        {
            bool[] present = presence[groups[i]] ??= new bool[steps.Count];
            for (int step = 0; step < present.Length; step++) present[step] |= !StaleMarker.IsStale(vector[i].Values[step]);
        }

        return presence;
    }

    private static List<StepSeries> Filter(List<StepSeries> vector, int[] groups, bool[]?[] presence, bool keepPresent)
    {
        var kept = new List<StepSeries>(vector.Count);
        for (int i = 0; i < vector.Count; i++)
        {
            bool[]? present = presence[groups[i]];
            if (present is null)
            {
                if (!keepPresent) kept.Add(vector[i]);
                continue;
            }

            var values = (double[])vector[i].Values.Clone();
            for (int step = 0; step < values.Length; step++)
            {
                if (present[step] != keepPresent) values[step] = StaleMarker.Value;
            }

            kept.Add(vector[i] with { Values = values });
        }

        return kept;
    }
}
