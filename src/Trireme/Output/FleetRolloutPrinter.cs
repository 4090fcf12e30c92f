using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts.Waves;

namespace Trireme.Output;

/// <summary>Shows a fleet rollout to people: what it stands at, and each service with what came of it.</summary>
internal static class FleetRolloutPrinter
{
    private const string Indent = "    ";

    private static readonly string[] Header = ["WAVE", "SERVICE", "FROM", "TO", "OUTCOME"];

    /// <summary>One line with the state, the same as long as nothing changes.</summary>
    public static string Line(FleetRollout rollout) => $"{rollout.Metadata.Name}, {Phase(rollout)}: {Message(rollout)}";

    public static void Print(FleetRollout rollout, TextWriter output)
    {
        output.WriteLine($"fleet rollout {rollout.Metadata.Name}, {Phase(rollout)}, to {WaveWords.Target(rollout.Spec)}");
        foreach (string line in TextWrap.Lines(Message(rollout), TextWrap.Columns)) output.WriteLine(line);
        IReadOnlyList<FleetRolloutMember> members = rollout.Status?.Services ?? [];
        if (members.Count == 0) return;
        output.WriteLine();
        var rows = new List<string[]> { Header };
        rows.AddRange(members.OrderBy(static member => member.Wave).Select(Row));
        int[] widths = [.. Enumerable.Range(0, Header.Length).Select(column => rows.Max(row => row[column].Length))];
        FleetRolloutMember?[] shown = [null, .. members.OrderBy(static member => member.Wave)];
        for (int i = 0; i < rows.Count; i++)
        {
            output.WriteLine(string.Concat(rows[i].Select((cell, column) => cell.PadRight(widths[column] + 2))).TrimEnd());
            foreach (string line in TextWrap.Lines(shown[i]?.Message ?? "", TextWrap.Columns - Indent.Length))
            {
                output.WriteLine(Indent + line);
            }
        }
    }

    private static string[] Row(FleetRolloutMember member) =>
    [
        member.Wave.ToString(CultureInfo.InvariantCulture), member.Name, member.From, member.To, WaveWords.Of(member.Outcome),
    ];

    private static string Phase(FleetRollout rollout) => rollout.Status?.Phase.ToString().ToLowerInvariant() ?? "pending";

    private static string Message(FleetRollout rollout) =>
        (rollout.Status?.Conditions).Find(FleetRolloutConditions.Complete)?.Message ?? "It has not been looked at yet.";
}
