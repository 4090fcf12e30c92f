namespace Trireme.Telemetry.Patterns;

/// <summary>What stands on one side of a position, as far as assertions ask.</summary>
internal enum PatternSide
{
    /// <summary>The start or the end of the text.</summary>
    Edge,
    LineFeed,

    /// <summary>A letter, digit or underscore of ASCII.</summary>
    Word,
    Other,
}

internal static class PatternPosition
{
    public static PatternSide SideOf(int codePoint) => codePoint switch
    {
        '\n' => PatternSide.LineFeed,
        < 0x80 when char.IsAsciiLetterOrDigit((char)codePoint) || codePoint == '_' => PatternSide.Word,
        _ => PatternSide.Other,
    };

    public static bool Holds(AssertKind kind, PatternSide before, PatternSide after) => kind switch
    {
        AssertKind.TextStart => before == PatternSide.Edge,
        AssertKind.TextEnd => after == PatternSide.Edge,
        AssertKind.LineStart => before is PatternSide.Edge or PatternSide.LineFeed,
        AssertKind.LineEnd => after is PatternSide.Edge or PatternSide.LineFeed,
        AssertKind.WordBoundary => before == PatternSide.Word != (after == PatternSide.Word),
        _ => before == PatternSide.Word == (after == PatternSide.Word),
    };
}
