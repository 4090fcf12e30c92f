using System.CommandLine;
using Trireme;
using Trireme.Commands;

// Ctrl+C lets the command finish what must not be cut.
RootCommand root = TriremeCommand.Create(args);
ParseResult parsed = root.Parse(args, TriremeCommand.Parsing);
IReadOnlyList<string> errors = UsageErrors.Of(parsed, args);
if (errors.Count > 0)
{
    foreach (string error in errors) await Console.Error.WriteLineAsync($"trireme: {error}");
    await Console.Error.WriteLineAsync($"Run \"trireme {CommandPath.Of(parsed)}--help\" for usage.");
    return ExitCode.Usage;
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        // Draining open streams may take as long as the services allow.
        ProcessTerminationTimeout = TimeSpan.FromMinutes(10),
    });
}
catch (CommandException exception)
{
    await Console.Error.WriteLineAsync($"trireme: {exception.Message}");
    return exception.ExitCode;
}
catch (HttpRequestException exception)
{
    // A platform too busy to answer itself ends with a word, not with a dump.
    await Console.Error.WriteLineAsync($"trireme: {exception.Message}");
    return ExitCode.Unreachable;
}
catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
{
    // A file of the data folder, which the message names; where it was opened helps nobody who has to mend it.
    await Console.Error.WriteLineAsync($"trireme: {exception.Message}");
    return ExitCode.Failure;
}
catch (OperationCanceledException)
{
    return ExitCode.Cancelled;
}
