namespace Trireme.Telemetry.Patterns;

/// <summary>What <c>(?imsU)</c> switches on.</summary>
[Flags]
internal enum PatternFlags
{
    None = 0,

    /// <summary>i: case does not count.</summary>
    FoldCase = 1,

    /// <summary>m: ^ and $ hold at lines.</summary>
    Multiline = 2,

    /// <summary>s: a dot takes line feeds too.</summary>
    DotAll = 4,

    /// <summary>U: repetitions take few first, and with ? many.</summary>
    Ungreedy = 8,
}
