namespace Trireme;

/// <summary>Ends a command with a message for the user and an exit code for scripts.</summary>
internal sealed class CommandException(string message, int exitCode = ExitCode.Failure, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;
}
