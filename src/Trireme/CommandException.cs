namespace Trireme;

/// <summary>Ends a command with a message for the user and an exit code for scripts.</summary>
internal sealed class CommandException(string message, int exitCode = ExitCode.Failure, Exception? inner = null) : Exception(message, inner)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>A file or folder that the command line names must be there.</summary>
    /// <exception cref="CommandException">It is not.</exception>
    public static void ThrowIfMissing(string path)
    {
        if (!Path.Exists(path)) throw new CommandException($"{path}: no such file or folder", Trireme.ExitCode.NotFound);
    }
}
