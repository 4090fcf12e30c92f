using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Evaluation;
using Trireme.Telemetry.PromQL.Syntax;
using Trireme.Telemetry.Storage;
using static Trireme.Telemetry.PromQL.Syntax.ValueKind;

namespace Trireme.Telemetry.PromQL.Functions;

/// <summary>Functions that have a value exactly where their argument has none.</summary>
internal static class PresenceFunctions
{
    private static readonly RangeFunction Present = new("present_over_time", static (in SampleWindow _) => 1, Matrix) { KeepsName = true };

    public static IEnumerable<Function> All { get; } =
    [
        new VectorFunction("absent", static (evaluator, call, steps) =>
            Absent(evaluator.Vector(call.Arguments[0], steps), call.Arguments[0], steps), Vector),
        new VectorFunction("absent_over_time", static (evaluator, call, steps) =>
            Absent(Present.Evaluate(evaluator, call, steps), call.Arguments[0], steps), Matrix),
    ];

    private static List<StepSeries> Absent(List<StepSeries> operand, Expression argument, StepRange steps)
    {
        var values = new double[steps.Count];
        Array.Fill(values, 1);
        foreach (StepSeries series in operand)
        {
            for (int step = 0; step < values.Length; step++)
            {
                if (!StaleMarker.IsStale(series.Values[step])) values[step] = StaleMarker.Value;
            }
        }

        return [new StepSeries(LabelsOf(argument), values)];
    }

    /// <summary>The labels that what is absent would have: those the selector asks for by equality, and only once.</summary>
    private static LabelSet LabelsOf(Expression argument)
    {
        IReadOnlyList<LabelMatcher> matchers = argument.Unwrapped switch
        {
            VectorSelector selector => selector.Matchers,
            MatrixSelector matrix => matrix.Selector.Matchers,
            _ => [],
        };
        var labels = new LabelSetBuilder();
        var ambiguous = new HashSet<string>(StringComparer.Ordinal) { LabelNames.MetricName };
        foreach (LabelMatcher matcher in matchers)
        {
            if (matcher.Kind == MatchKind.Equal && labels.Get(matcher.Name).Length == 0) labels.Set(matcher.Name, matcher.Value);
            else ambiguous.Add(matcher.Name);
        }

        foreach (string name in ambiguous) labels.Set(name, "");
        return labels.ToLabelSet();
    }
}
