using Trireme.Telemetry.Model;
using Trireme.Telemetry.Patterns;
using Trireme.Telemetry.PromQL.Evaluation;
using Trireme.Telemetry.PromQL.Syntax;
using static Trireme.Telemetry.PromQL.Syntax.ValueKind;

namespace Trireme.Telemetry.PromQL.Functions;

/// <summary>Functions that rewrite labels and leave the values alone.</summary>
internal static class LabelFunctions
{
    public static IEnumerable<Function> All { get; } =
    [
        new VectorFunction("label_join", Join, Vector, ValueKind.Text, ValueKind.Text, ValueKind.Text) { Optional = -1 },
        new VectorFunction("label_replace", Replace, Vector, ValueKind.Text, ValueKind.Text, ValueKind.Text, ValueKind.Text),
    ];

    private static List<StepSeries> Join(Evaluator evaluator, Call call, StepRange steps)
    {
        string destination = Evaluator.Text(call.Arguments[1]);
        string separator = Evaluator.Text(call.Arguments[2]);
        string[] sources = [.. call.Arguments.Skip(3).Select(Evaluator.Text)];
        CheckName(destination, "label_join", "destination");
        foreach (string source in sources) CheckName(source, "label_join", "source");
        return Relabel(
            evaluator.Vector(call.Arguments[0], steps),
            labels => labels.With(destination, Joined(evaluator, labels, separator, sources)));
    }

    private static string Joined(Evaluator evaluator, LabelSet labels, string separator, string[] sources)
    {
        long length = (long)separator.Length * sources.Length;
        foreach (string source in sources) length += labels.Get(source).Length;
        evaluator.Budget.ChargeText(length);
        return string.Join(separator, sources.Select(labels.Get));
    }

    private static List<StepSeries> Replace(Evaluator evaluator, Call call, StepRange steps)
    {
        string destination = Evaluator.Text(call.Arguments[1]);
        string template = Evaluator.Text(call.Arguments[2]);
        string source = Evaluator.Text(call.Arguments[3]);
        GroupReplacement replacement = Parse(Evaluator.Text(call.Arguments[4]), template);
        CheckName(destination, "label_replace", "destination");
        return Relabel(
            evaluator.Vector(call.Arguments[0], steps),
            labels => Apply(evaluator, replacement, labels.Get(source)) is { } value ? labels.With(destination, value) : labels);
    }

    private static List<StepSeries> Relabel(List<StepSeries> operand, Func<LabelSet, LabelSet> rewrite)
    {
        List<StepSeries> rewritten = operand.ConvertAll(series => series with { Labels = rewrite(series.Labels) });
        return SameLabels.MergeOrFail(rewritten);
    }

    private static GroupReplacement Parse(string pattern, string template)
    {
        try
        {
            return GroupReplacement.Parse(pattern, template);
        }
        catch (PatternException exception)
        {
            throw QueryException.Execution($"invalid regular expression in label_replace(): {pattern}: {exception.Message}");
        }
    }

    private static string? Apply(Evaluator evaluator, GroupReplacement replacement, string value)
    {
        evaluator.Budget.CheckTime();
        try
        {
            return replacement.Apply(value, evaluator.Budget.ChargeText);
        }
        catch (PatternBudgetException exception)
        {
            throw QueryException.Execution(exception.Message + " in label_replace()");
        }
    }

    private static void CheckName(string name, string function, string role)
    {
        if (LabelNames.IsValid(name)) return;
        throw QueryException.Execution($"invalid {role} label name in {function}(): {name}");
    }
}
