using Trireme.Contracts.Storage;
using Trireme.Inference.Formats;

namespace Trireme;

/// <summary>Exit codes of the command line, for scripts.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>The command ran and failed; standard error says why.</summary>
    public const int Failure = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;

    /// <summary>The object, or a file, does not exist.</summary>
    public const int NotFound = 3;

    /// <summary>The server or the manifest check refused the input; or what stands in a file is wrong, or it is no file.</summary>
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

    /// <summary>The model is made, and is not the one that the same job made before.</summary>
    public const int NotReproduced = 9;

    /// <summary>Ended by Ctrl+C.</summary>
    public const int Cancelled = 130;

    /// <summary>Ended at once by a second signal; what a shell says of SIGKILL.</summary>
    public const int Killed = 137;

    /// <summary>What a file that cannot be used comes to, whichever command met it.</summary>
    public static int OfFile(Exception exception)
    {
        for (Exception? cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case IrregularFileException:
                    return Invalid;
                case FileNotFoundException or DirectoryNotFoundException:
                    return NotFound;
                case EndOfStreamException:
                    return Invalid;
                case IOException or UnauthorizedAccessException:
                    return Failure;
            }
        }

        return exception is InvalidDataException or FormatException or ModelFormatException ? Invalid : Failure;
    }
}
