using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Rollouts.Waves;

/// <summary>A fleet rollout in the numbers and words that its status, the command line and events share.</summary>
public static class WaveWords
{
    /// <summary>What a fleet rollout moves services to.</summary>
    public static string Target(FleetRolloutSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.Base is { } model ? $"{model.Source.Path} as NAME-{model.Suffix}" : spec.Release ?? "";
    }

    /// <summary>What came of a service, in a column.</summary>
    public static string Of(FleetMemberOutcome outcome) => outcome switch
    {
        FleetMemberOutcome.Pending => "waits for its turn",
        FleetMemberOutcome.Moving => "moves",
        FleetMemberOutcome.Asleep => "is scaled to zero",
        FleetMemberOutcome.Moved => "moved",
        FleetMemberOutcome.Failed => "was rolled back",
        FleetMemberOutcome.TakenBack => "was taken back by its owner",
        FleetMemberOutcome.Overridden => "was moved on by its owner",
        FleetMemberOutcome.Left => "left",
        FleetMemberOutcome.Gone => "was deleted",
        FleetMemberOutcome.Undoing => "goes back",
        _ => "went back",
    };

    internal static bool IsFailed(FleetRolloutMember member) =>
        member.Outcome is FleetMemberOutcome.Failed or FleetMemberOutcome.TakenBack;

    /// <summary>How many services came to what, as a sentence.</summary>
    internal static string Progress(IReadOnlyList<FleetRolloutMember> members)
    {
        IEnumerable<string> parts = members
            .GroupBy(static member => member.Outcome)
            .OrderBy(static group => group.Key == FleetMemberOutcome.Moved ? -1 : (int)group.Key)
            .Select(static group => $"{group.Count()} {Plural(Of(group.Key), group.Count())}");
        return $"Of {members.Count} {(members.Count == 1 ? "service" : "services")} {string.Join(", ", parts)}.";
    }

    internal static IReadOnlyList<FleetWaveStatus> Summary(IReadOnlyList<FleetRolloutMember> members) =>
    [
        .. members.GroupBy(static member => member.Wave).OrderBy(static wave => wave.Key).Select(static wave => new FleetWaveStatus
        {
            Number = wave.Key,
            Services = wave.Count(),
            Moved = wave.Count(static member => member.Outcome == FleetMemberOutcome.Moved),
            Failed = wave.Count(IsFailed),
            Open = wave.Count(static member => member.Outcome
                is FleetMemberOutcome.Pending or FleetMemberOutcome.Moving or FleetMemberOutcome.Undoing),
        }),
    ];

    private static string Plural(string words, int count) => count == 1
        ? words
        : words switch
        {
            "waits for its turn" => "wait for their turn",
            "moves" => "move",
            "goes back" => "go back",
            _ when words.StartsWith("is ", StringComparison.Ordinal) => "are " + words[3..],
            _ when words.StartsWith("was ", StringComparison.Ordinal) =>
                "were " + words[4..].Replace("its owner", "their owners", StringComparison.Ordinal),
            _ => words,
        };
}
