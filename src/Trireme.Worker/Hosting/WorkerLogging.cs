using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Trireme.Worker.Hosting;

internal static class WorkerLogging
{
    /// <summary>One line per message on standard error; standard output stays free for what a program prints.</summary>
    public static ILoggerFactory Create(LogLevel minimum) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(minimum);
        logging.AddSimpleConsole(static console => console.SingleLine = true);
        logging.Services.Configure<ConsoleLoggerOptions>(static console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    });
}
