using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Output;

/// <summary>Shows a rollout to people: each number once, with its unit, and each reason once.</summary>
internal static class RolloutPrinter
{
    private const int LabelWidth = 10;

    private static readonly string[] Header = ["SIGNAL", "SERVING", "NEW", "CHANGE", "CHANCE", "SAMPLES", "VERDICT"];

    /// <summary>One line with the state, the same as long as nothing but time and numbers change.</summary>
    public static string Line(ModelService service)
    {
        RolloutStatus? rollout = service.Status?.Rollout;
        string reason = Reason(service);
        string step = IsOpen(rollout) && rollout!.Order != RolloutOrder.Undo ? Step(rollout) : "";
        IEnumerable<string> signals = (IsJudged(service) ? rollout!.Verdict?.Signals ?? [] : [])
            .GroupBy(static signal => signal.Judgement)
            .OrderBy(static signals => signals.Key)
            .Select(static signals =>
                $"{Words(signals.Key)}: {string.Join(", ", signals.Select(static one => SignalWords.Label(one.Signal)))}");
        return $"{service.Metadata.Name}: {string.Join("; ", signals.Prepend($"{reason}{step}: {Traffic(service)}"))}";
    }

    public static void Print(ModelService service, TextWriter output)
    {
        foreach (string line in View(service, TextWrap.Columns)) output.WriteLine(line);
    }

    /// <summary>The whole view, in lines of at most so many columns.</summary>
    public static IReadOnlyList<string> View(ModelService service, int width)
    {
        var lines = new List<string>();
        RolloutStatus? rollout = service.Status?.Rollout;
        Add("service", $"{service.Metadata.Name}, {Reason(service)}");
        if (rollout is not null)
        {
            Add(IsOpen(rollout) ? "move" : "last move", $"{rollout.From.Name} to {rollout.To.Name}, {OutcomeWords.Of(service)}");
            if (rollout.Order != RolloutOrder.Undo && IsOpen(rollout))
            {
                if (rollout.Plan.Strategy != RolloutStrategyType.Canary) Add("strategy", rollout.Plan.Strategy.ToString());
                Add("steps", Steps(rollout));
            }
        }

        Add("traffic", Traffic(service));
        if (IsJudged(service) && rollout!.Verdict is { } verdict) AddSignals(lines, verdict, width);
        if (service.Status?.Conditions.Find(ModelServiceConditions.RolledOut) is { Message.Length: > 0 } condition)
        {
            lines.Add("");
            lines.AddRange(TextWrap.Lines(condition.Message, width));
        }

        return lines;

        void Add(string label, string text)
        {
            string indent = new(' ', LabelWidth);
            bool isFirst = true;
            foreach (string line in TextWrap.Lines(text, width - LabelWidth))
            {
                lines.Add((isFirst ? label.PadRight(LabelWidth) : indent) + line);
                isFirst = false;
            }
        }
    }

    private static void AddSignals(List<string> lines, RolloutVerdict verdict, int width)
    {
        var rows = new List<string[]> { Header };
        rows.AddRange(verdict.Signals.Select(static signal => new[]
        {
            SignalWords.Label(signal.Signal), Value(signal, signal.Baseline), Value(signal, signal.Candidate),
            SignalWords.Change(signal) ?? "-", Chance(signal.PValue), SignalWords.Samples(signal), signal.Judgement.ToString(),
        }));
        int[] widths = [.. Enumerable.Range(0, Header.Length).Select(column => rows.Max(row => row[column].Length))];
        int gap = widths.Sum() + (2 * (widths.Length - 1)) <= width ? 2 : 1;
        lines.Add("");
        foreach (string[] row in rows) lines.Add(string.Concat(row.Select((cell, i) => cell.PadRight(widths[i] + gap))).TrimEnd());
    }

    private static string Reason(ModelService service) =>
        service.Status?.Conditions.Find(ModelServiceConditions.RolledOut)?.Reason ?? "Pending";

    private static string Traffic(ModelService service)
    {
        IReadOnlyList<ReleaseTraffic> traffic = service.Status?.Traffic ?? [];
        return traffic.Count == 0
            ? "none"
            : string.Join(
                ", ",
                traffic.Select(static part =>
                    $"{part.Name} {part.Weight}%{Copies(part)} ({part.ReadyReplicas} of {part.WantedReplicas} ready)"));
    }

    private static string Copies(ReleaseTraffic part) => part.Shadow is { } percent ? $" and copies of {percent}%" : "";

    /// <summary>Which of the stages before the last it is.</summary>
    private static string Step(RolloutStatus rollout)
    {
        (int stage, int count) = (RolloutCourse.Stage(rollout), RolloutCourse.Stages(rollout).Count - 1);
        return stage < count ? $", step {stage + 1} of {count}" : "";
    }

    /// <summary>Brackets the step the rollout is in.</summary>
    private static string Steps(RolloutStatus rollout) => string.Join(
        " > ",
        RolloutCourse.Stages(rollout).Select((stage, i) => RolloutCourse.Stage(rollout) == i ? $"[{stage}]" : stage));

    private static bool IsOpen(RolloutStatus? rollout) => RolloutOrders.IsMoving(rollout);

    /// <summary>
    /// True while what the judge sees decides. It has spoken once the last replicas start, and it says nothing of what a person ordered.
    /// </summary>
    private static bool IsJudged(ModelService service) =>
        service.Status?.Rollout is { Order: null } rollout && IsOpen(rollout) && Reason(service) != RolloutReasons.Finishing;

    /// <summary>What is not decided yet is no verdict; "inconclusive" would read like one.</summary>
    private static string Words(Judgement judgement) => judgement switch
    {
        Judgement.Pass => "within limits",
        Judgement.Fail => "worse",
        _ => "not decided yet",
    };

    private static string Value(SignalVerdict signal, double? value) => SignalWords.Value(signal.Signal, value) ?? "-";

    private static string Chance(double? value) => value switch
    {
        null => "-",
        < 0.001 => "p < 0.001",
        { } known => Text($"p = {known:0.###}"),
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
