namespace Trireme;

/// <summary>How a command that threw ends.</summary>
/// <param name="Message">What people are told; null where they know.</param>
/// <param name="Code">The exit code.</param>
internal sealed record CommandFailure(string? Message, int Code)
{
    /// <summary>Null for a bug, which its dump helps to mend.</summary>
    public static CommandFailure? Of(Exception exception) => exception switch
    {
        CommandException told => new CommandFailure(told.Message, told.ExitCode),

        // A platform too busy to answer itself ends with a word, not with a dump.
        HttpRequestException => new CommandFailure(exception.Message, ExitCode.Unreachable),

        // A file, which the message names; where it was opened helps nobody who has to mend it.
        IOException or InvalidDataException or UnauthorizedAccessException =>
            new CommandFailure(exception.Message, ExitCode.OfFile(exception)),
        OperationCanceledException => new CommandFailure(null, ExitCode.Cancelled),
        _ => null,
    };
}
