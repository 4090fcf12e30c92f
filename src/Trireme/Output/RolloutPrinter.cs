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
        string step = IsOpen(rollout) && rollout!.Step < rollout.Plan.Steps.Count ? $", step {Step(rollout)}" : "";
        IEnumerable<string> signals = (IsOpen(rollout) ? rollout!.Verdict?.Signals ?? [] : [])
            .Select(static signal => $"{signal.Signal} {Verdict(signal.Judgement)}");
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
            string order = rollout.Order switch
            {
                RolloutOrder.Promote => ", promoted by a person",
                RolloutOrder.Undo => ", back at once as a person asked",
                _ => "",
            };
            string end = rollout.Phase switch
            {
                RolloutPhase.RolledBack => ", rolled back",
                RolloutPhase.Superseded => ", called off",
                _ => "",
            };
            Add("move", $"{rollout.From.Name} to {rollout.To.Name}{order}{end}");
            if (rollout.Order != RolloutOrder.Undo && IsOpen(rollout)) Add("steps", Steps(rollout));
        }

        Add("traffic", Traffic(service));
        if (IsOpen(rollout) && rollout!.Verdict is { } verdict) AddSignals(lines, verdict);
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

    private static void AddSignals(List<string> lines, RolloutVerdict verdict)
    {
        var rows = new List<string[]> { Header };
        rows.AddRange(verdict.Signals.Select(static signal => new[]
        {
            signal.Signal, Value(signal, signal.Baseline), Value(signal, signal.Candidate), Change(signal), Chance(signal.PValue),
            Samples(signal), Verdict(signal.Judgement),
        }));
        int[] widths = [.. Enumerable.Range(0, Header.Length).Select(column => rows.Max(row => row[column].Length))];
        lines.Add("");
        foreach (string[] row in rows) lines.Add(string.Concat(row.Select((cell, i) => cell.PadRight(widths[i] + 2))).TrimEnd());
    }

    private static string Reason(ModelService service) =>
        service.Status?.Conditions.Find(ModelServiceConditions.RolledOut)?.Reason ?? "Pending";

    private static string Traffic(ModelService service)
    {
        IReadOnlyList<ReleaseTraffic> traffic = service.Status?.Traffic ?? [];
        return traffic.Count == 0
            ? "none"
            : string.Join(
                ", ", traffic.Select(static part => $"{part.Name} {part.Weight}% ({part.ReadyReplicas} of {part.Replicas} ready)"));
    }

    private static string Step(RolloutStatus rollout) => $"{rollout.Step + 1} of {rollout.Plan.Steps.Count}";

    /// <summary>Brackets the step the rollout is in.</summary>
    private static string Steps(RolloutStatus rollout) => string.Join(
        " > ",
        rollout.Plan.Steps.Select(static step => $"{step.Weight}%").Append("100%")
            .Select((weight, i) => rollout.Step == i ? $"[{weight}]" : weight));

    private static bool IsOpen(RolloutStatus? rollout) => RolloutOrders.IsMoving(rollout);

    private static string Verdict(Judgement judgement) => judgement switch
    {
        Judgement.Pass => "pass",
        Judgement.Fail => "fail",
        _ => "open",
    };

    private static string Value(SignalVerdict signal, double? value) => value is not { } known ? "-" : signal.Signal switch
    {
        "errorRate" => Text($"{known * 100:0.##} %"),
        "quality" => Text($"{known:0.###} bit/B"),
        _ => known < 10 ? Text($"{known * 1000:0.##} ms") : Text($"{known:0.##} s"),
    };

    private static string Change(SignalVerdict signal) => signal switch
    {
        { Ratio: { } ratio } => Text($"{ratio:0.##}x"),
        { Signal: "errorRate", Baseline: { } before, Candidate: { } after } => Text($"{(after - before) * 100:+0.##;-0.##;0} pp"),
        _ => "-",
    };

    private static string Chance(double? value) => value switch
    {
        null => "-",
        < 0.001 => "p < 0.001",
        { } known => Text($"p = {known:0.###}"),
    };

    private static string Samples(SignalVerdict signal) => signal.Signal switch
    {
        "errorRate" => $"{Count(signal.BaselineSamples)} + {Count(signal.CandidateSamples)}",
        "quality" => Text($"{signal.Samples} texts"),
        _ => Text($"{signal.Samples} windows"),
    };

    private static string Count(long count) => count < 10_000 ? Text($"{count}") : Text($"{count / 1000}k");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
