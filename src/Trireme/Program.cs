using System.CommandLine;
using Trireme;
using Trireme.Commands;

// Ctrl+C lets the command finish what must not be cut.
RootCommand root = TriremeCommand.Create(args);
ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction)
{
    foreach (System.CommandLine.Parsing.ParseError error in parsed.Errors) await Console.Error.WriteLineAsync($"trireme: {error.Message}");
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
