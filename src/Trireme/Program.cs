using System.CommandLine;
using System.CommandLine.Invocation;
using Trireme;
using Trireme.Commands;
using Trireme.Contracts.Storage;
using Trireme.Output;

FileSizeLimit.FailInsteadOfEnding();
Terminal.Guard();

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
    // A command that is over before anyone could press a key ends by a signal as programs do.
    if (parsed.Action is SynchronousCommandLineAction) return parsed.Invoke(new() { EnableDefaultExceptionHandler = false });
    using var run = new CommandRun();
    return await parsed.InvokeAsync(run, run.Stopping);
}
catch (Exception exception) when (CommandFailure.Of(exception) is { } failure)
{
    if (failure.Message is { } message) await Console.Error.WriteLineAsync($"trireme: {message}");
    return failure.Code;
}
