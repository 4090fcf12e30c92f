using System.Globalization;
using Trireme.Contracts.Resources;

namespace Trireme.Output;

/// <summary>Shows a rollout to people.</summary>
internal static class RolloutPrinter
{
    private static readonly string[] Header = ["SIGNAL", "VERDICT", "SERVING", "NEW", "SAMPLES", "WHY"];

    /// <summary>One line with the state, for following.</summary>
    public static string Line(ModelService service)
    {
        string traffic = string.Join(", ", (service.Status?.Traffic ?? []).Select(t => $"{t.Name} {t.Weight}% ({t.ReadyReplicas} ready)"));
        Condition? condition = service.Status?.Conditions.Find(ModelServiceConditions.RolledOut);
        return $"{service.Metadata.Name}: {condition?.Reason ?? "Pending"}: {condition?.Message} [{traffic}]";
    }

    public static void Print(ModelService service, TextWriter output)
    {
        output.WriteLine(Line(service));
        if (service.Status?.Rollout is not { } rollout) return;

        IEnumerable<string> weights = rollout.Plan.Steps.Select(step => $"{step.Weight}%").Append("100%");
        string steps = string.Join(" > ", weights.Select((weight, i) => Mark(rollout, i, weight)));
        output.WriteLine($"from {rollout.From.Name} to {rollout.To.Name}: {rollout.Phase}, {steps}");
        if (rollout.Verdict is not { } verdict) return;

        output.WriteLine($"verdict: {verdict.Judgement}: {verdict.Reason}");
        var rows = new List<string[]> { Header };
        rows.AddRange(verdict.Signals.Select(signal => new[]
        {
            signal.Signal, signal.Judgement.ToString(), Number(signal.Baseline), Number(signal.Candidate),
            signal.Samples.ToString(CultureInfo.InvariantCulture), signal.Reason,
        }));
        TablePrinter.Print(rows, output);
    }

    /// <summary>Brackets the step the rollout is in.</summary>
    private static string Mark(RolloutStatus rollout, int step, string text)
    {
        bool open = rollout.Phase is RolloutPhase.Preparing or RolloutPhase.Progressing or RolloutPhase.Held;
        return open && rollout.Step == step ? $"[{text}]" : text;
    }

    private static string Number(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "-";
}
