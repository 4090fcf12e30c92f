namespace Trireme.Telemetry.Patterns;

/// <summary>A pattern as instructions of a machine that follows all of its ways at once.</summary>
/// <param name="Instructions">The machine's program.</param>
/// <param name="Start">Where it begins.</param>
/// <param name="GroupNames">By number, the names of groups.</param>
internal sealed record PatternProgram(PatternInstruction[] Instructions, int Start, IReadOnlyList<string?> GroupNames)
{
    public bool AsksForWords { get; } = Instructions.Any(static one => one.Asserts(AssertKind.WordBoundary, AssertKind.NoWordBoundary));

    public bool AsksForLines { get; } = Instructions.Any(static one => one.Asserts(AssertKind.LineStart, AssertKind.LineEnd));

    /// <summary>Places kept of a match: start and end of each group, the whole being the first.</summary>
    public int Slots => 2 * GroupNames.Count;
}

/// <param name="Operation">What is done.</param>
/// <param name="Next">The instruction after it.</param>
/// <param name="Argument">The second choice of a fork, the slot of a mark, or the kind of an assertion.</param>
/// <param name="Set">What one step takes.</param>
internal readonly record struct PatternInstruction(PatternOperation Operation, int Next, int Argument, CodePointSet? Set)
{
    public bool Asserts(AssertKind one, AssertKind other) =>
        Operation == PatternOperation.Assert && ((AssertKind)Argument == one || (AssertKind)Argument == other);
}

internal enum PatternOperation
{
    /// <summary>Takes one code point out of a set.</summary>
    Take,

    /// <summary>Goes on at one place, and at another if that fails.</summary>
    Fork,

    /// <summary>Keeps the position in a slot.</summary>
    Mark,

    /// <summary>Goes on where the position is as asked.</summary>
    Assert,

    /// <summary>The pattern matches.</summary>
    Match,
}
