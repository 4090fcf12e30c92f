using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Trireme.Worker.Hosting;

internal static class WorkerLogging
{
    /// <summary>
    /// One line per message on standard error; standard output stays free for what a program prints. Made by hand, as finding the same
    /// parts in a container takes a tenth of a worker's start.
    /// </summary>
    public static ILoggerFactory Create(LogLevel minimum)
    {
        var options = new FixedOptions(new ConsoleLoggerOptions
        {
            FormatterName = SingleLineFormatter.FormatterName,
            LogToStandardErrorThreshold = LogLevel.Trace,
        });
        return new LoggerFactory(
            [new ConsoleLoggerProvider(options, [new SingleLineFormatter(TimeProvider.System)])],
            new LoggerFilterOptions { MinLevel = minimum, Rules = { OfServer(minimum) } });
    }

    /// <summary>The web server tells of every request what the worker tells at Debug.</summary>
    private static LoggerFilterRule OfServer(LogLevel minimum) => new(
        providerName: null, "Microsoft", minimum == LogLevel.Information ? LogLevel.Warning : minimum, filter: null);

    private sealed class FixedOptions(ConsoleLoggerOptions options) : IOptionsMonitor<ConsoleLoggerOptions>
    {
        public ConsoleLoggerOptions CurrentValue => options;

        public ConsoleLoggerOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;
    }
}
