using System.CommandLine;
using Trireme;
using Trireme.Commands;
using Trireme.Output;

Terminal.Guard();

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
catch (Exception exception) when (CommandFailure.Of(exception) is { } failure)
{
    if (failure.Message is { } message) await Console.Error.WriteLineAsync($"trireme: {message}");
    return failure.Code;
}
