using System.Text;
using System.Text.RegularExpressions;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Evaluation;
using Trireme.Telemetry.PromQL.Syntax;
using Trireme.Telemetry.Storage;
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
            labels => labels.With(destination, string.Join(separator, sources.Select(labels.Get))));
    }

    private static List<StepSeries> Replace(Evaluator evaluator, Call call, StepRange steps)
    {
        string destination = Evaluator.Text(call.Arguments[1]);
        string template = Evaluator.Text(call.Arguments[2]);
        string source = Evaluator.Text(call.Arguments[3]);
        Regex pattern = Compile(Evaluator.Text(call.Arguments[4]));
        CheckName(destination, "label_replace", "destination");
        return Relabel(evaluator.Vector(call.Arguments[0], steps), labels =>
        {
            Match match = pattern.Match(labels.Get(source));
            return match.Success ? labels.With(destination, Expand(template, match)) : labels;
        });
    }

    private static List<StepSeries> Relabel(List<StepSeries> operand, Func<LabelSet, LabelSet> rewrite)
    {
        List<StepSeries> rewritten = operand.ConvertAll(series => series with { Labels = rewrite(series.Labels) });
        return SameLabels.MergeOrFail(rewritten);
    }

    private static Regex Compile(string pattern)
    {
        try
        {
            return Re2Syntax.CompileAnchored(pattern);
        }
        catch (FormatException exception)
        {
            throw QueryException.Execution($"invalid regular expression in label_replace(): {pattern}: {exception.Message}");
        }
    }

    /// <summary>
    /// Fills <c>$1</c>, <c>$name</c> and <c>${name}</c> as Go does: without braces the longest run of letters, digits and underscores is
    /// the name, an unknown group is empty, and <c>$$</c> is a dollar sign.
    /// </summary>
    private static string Expand(string template, Match match)
    {
        var text = new StringBuilder();
        for (int i = 0; i < template.Length; i++)
        {
            if (template[i] != '$' || i + 1 == template.Length)
            {
                text.Append(template[i]);
                continue;
            }

            if (template[i + 1] == '$')
            {
                text.Append('$');
                i++;
                continue;
            }

            bool braced = template[i + 1] == '{';
            int start = i + (braced ? 2 : 1);
            int end = start;
            while (end < template.Length && (char.IsAsciiLetterOrDigit(template[end]) || template[end] == '_')) end++;
            bool complete = end > start && (!braced || (end < template.Length && template[end] == '}'));
            if (!complete)
            {
                text.Append('$');
                continue;
            }

            text.Append(match.Groups[template[start..end]].Value);
            i = braced ? end : end - 1;
        }

        return text.ToString();
    }

    private static void CheckName(string name, string function, string role)
    {
        if (LabelNames.IsValid(name)) return;
        throw QueryException.Execution($"invalid {role} label name in {function}(): {name}");
    }
}
