using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts;

/// <summary>Tasks with known answers: whether an answer is right, and whether the new release solves fewer of them.</summary>
public static class TaskSuite
{
    /// <summary>Tasks that a verdict needs: of eight that only the new release fails the p-value is 1/256, which is enough.</summary>
    public const int MinTasks = 8;

    /// <summary>True if an answer is what the task asks for.</summary>
    public static bool IsSolved(GateTask task, string answer)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(answer);
        return (task.Exact is null || answer.Trim() == task.Exact.Trim())
            && (task.Contains is null || answer.Contains(task.Contains, StringComparison.Ordinal))
            && (task.Pattern is null || Regex.IsMatch(answer, task.Pattern, GateTaskPattern.Options))
            && (task.JsonMembers is null || HasMembers(answer, task.JsonMembers));
    }

    /// <summary>
    /// The exact sign test over the tasks that only one of both solved, as McNemar's test is for few pairs: if the new release were as
    /// good, each of them would be the one's or the other's with the same chance. Source: Q. McNemar, "Note on the sampling error of the
    /// difference between correlated proportions or percentages", Psychometrika 12 (1947). Asked once, so that one look is all there is.
    /// </summary>
    internal static SignalVerdict Judge(IReadOnlyList<TaskPair> tasks, RolloutGates gates, double level)
    {
        int configured = gates.Tasks?.Count ?? 0;
        double margin = gates.MaxTaskFailureIncrease ?? 0;
        var signal = new SignalVerdict
        {
            Signal = SignalWords.Tasks,
            Judgement = Judgement.Inconclusive,
            Samples = tasks.Count,
            BaselineSamples = tasks.Count,
            CandidateSamples = tasks.Count,
            Reason = configured < MinTasks
                ? Text($"tasks: a verdict needs {MinTasks}, spec.rollout.gates.tasks has {configured}: add more or none")
                : Text($"tasks: {tasks.Count} of {configured} have been asked"),
        };
        if (tasks.Count == 0) return signal;
        int before = tasks.Count(static task => !task.BaselineSolved);
        int after = tasks.Count(static task => !task.CandidateSolved);
        signal = signal with { Baseline = (double)before / tasks.Count, Candidate = (double)after / tasks.Count };
        if (tasks.Count < MinTasks) return signal;

        int worse = tasks.Count(static task => task is { BaselineSolved: true, CandidateSolved: false });
        int better = tasks.Count(static task => task is { BaselineSolved: false, CandidateSolved: true });
        double pValue = UpperTail(worse, worse + better);
        double rise = Statistics.Rounding.Drop(((double)(after - before) / tasks.Count) - margin);
        string numbers = Text($"tasks: the new release fails {after} of {tasks.Count}, the serving one {before}");
        string evidence = $"limit +{RolloutJudge.Percent(margin)}, {RolloutJudge.P(pValue)}";
        signal = signal with { PValue = pValue, Reason = $"{numbers} ({evidence})" };
        if (rise <= 0) return signal with { Judgement = Judgement.Pass };
        return pValue <= level
            ? signal with { Judgement = Judgement.Fail }
            : signal with { Reason = $"{numbers}, above the limit but perhaps by chance ({evidence})" };
    }

    /// <summary>Chance of at least so many heads in so many throws of a fair coin.</summary>
    internal static double UpperTail(int heads, int throws)
    {
        double sum = 0;
        double ways = 1;
        for (int k = 0; k <= throws; k++)
        {
            if (k >= heads) sum += ways;
            ways = ways * (throws - k) / (k + 1);
        }

        return sum / Math.Pow(2, throws);
    }

    private static bool HasMembers(string answer, IReadOnlyList<string> members)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            return json.RootElement.ValueKind == JsonValueKind.Object
                && members.All(member => json.RootElement.TryGetProperty(member, out _));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
