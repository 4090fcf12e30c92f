using Microsoft.Extensions.Logging.Console;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Serialization;
using Trireme.Settings;

namespace Trireme.Hosting.Logging;

/// <summary>The one place that all parts of the platform log to: standard error, and the file in the data folder.</summary>
internal sealed class PlatformLog : IDisposable
{
    private const string TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";

    private readonly FileLoggerProvider? _file;

    private PlatformLog(ILoggerFactory factory, FileLoggerProvider? file)
    {
        Factory = factory;
        _file = file;
    }

    public ILoggerFactory Factory { get; }

    /// <param name="settings">What is logged where.</param>
    /// <param name="path">The file.</param>
    /// <param name="metrics">Counts what is lost.</param>
    /// <param name="time">The clock of the messages.</param>
    /// <exception cref="CommandException">The log file cannot be opened.</exception>
    public static PlatformLog Open(LogSettings settings, string path, MetricRegistry metrics, TimeProvider time)
    {
        FileLoggerProvider? file = settings.File.Enabled ? OpenFile(settings.File, path, metrics, time) : null;
        return new PlatformLog(LoggerFactory.Create(logging =>
        {
            // Every output has a level of its own; the factory lets through what any of them wants.
            LogLevel lowest = file is not null && settings.File.Level < settings.Level ? settings.File.Level : settings.Level;
            logging.SetMinimumLevel(lowest);
            AddConsole(logging, settings.Format);
            Filter<ConsoleLoggerProvider>(logging, settings.Level);
            if (file is null) return;
            logging.AddProvider(file);
            Filter<FileLoggerProvider>(logging, settings.File.Level);
        }), file);
    }

    /// <summary>Makes an application log here.</summary>
    public void Use(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.Services.AddSingleton(Factory);
    }

    /// <summary>Writes what still waits.</summary>
    public void Dispose()
    {
        Factory.Dispose();

        // The factory disposes only of providers it made.
        _file?.Dispose();
    }

    private static void Filter<TProvider>(ILoggingBuilder logging, LogLevel level)
        where TProvider : ILoggerProvider
    {
        logging.AddFilter<TProvider>(category: null, level);
        logging.AddFilter<TProvider>("Microsoft", level < LogLevel.Warning ? LogLevel.Warning : level);
        // The keys lie in the owner's private data folder; encrypting them there would need a key beside them.
        logging.AddFilter<TProvider>("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
    }

    private static void AddConsole(ILoggingBuilder logging, LogFormat format)
    {
        if (format == LogFormat.Json)
        {
            logging.AddJsonConsole(console =>
            {
                console.TimestampFormat = TimestampFormat.TrimEnd();
                console.UseUtcTimestamp = true;
            });
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = TimestampFormat;
                console.UseUtcTimestamp = true;
            });
        }

        logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
    }

    private static FileLoggerProvider OpenFile(LogFileSettings settings, string path, MetricRegistry metrics, TimeProvider time)
    {
        try
        {
            return new FileLoggerProvider(path, settings, metrics, time);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                $"the log file {path} cannot be opened: {Clause.Of(exception)}; --set log.file.enabled=false goes without it",
                ExitCode.Failure, exception);
        }
    }
}
