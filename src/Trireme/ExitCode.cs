namespace Trireme;

/// <summary>Exit codes of the command line, for scripts.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The command ran and failed; standard error says why.</summary>
    public const int Failure = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The object does not exist.</summary>
    public const int NotFound = 3;

    /// <summary>The server or the manifest check refused the input.</summary>
    public const int Invalid = 4;

    /// <summary>The platform does not answer.</summary>
    public const int Unreachable = 5;

    /// <summary>The wait ended before what was waited for happened.</summary>
    public const int TimedOut = 6;

    /// <summary>What was waited for waits for a person, such as a rollout that is held.</summary>
    public const int Held = 7;

    /// <summary>
    /// What was waited for cannot come: a release that cannot be used, an engine that cannot serve, a rollout that was ended.
    /// </summary>
    public const int CannotBecomeReady = 8;

    /// <summary>Ended by Ctrl+C.</summary>
    public const int Cancelled = 130;
}
