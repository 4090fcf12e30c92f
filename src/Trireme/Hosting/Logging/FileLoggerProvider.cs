using Trireme.Contracts.Metrics;
using Trireme.Settings;

namespace Trireme.Hosting.Logging;

/// <summary>Sends messages to the log file.</summary>
internal sealed class FileLoggerProvider : ILoggerProvider
{
    private readonly LogFormat _format;
    private readonly TimeProvider _time;
    private readonly LogQueue _queue;

    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of permission.</exception>
    public FileLoggerProvider(string path, LogFileSettings settings, MetricRegistry metrics, TimeProvider time)
    {
        _format = settings.Format;
        _time = time;
        _queue = new LogQueue(new LogFile(path, settings.MaxBytes, settings.MaxFiles), settings.MaxQueuedBytes, Dropped, metrics);
    }

    public ILogger CreateLogger(string categoryName) => new FileLogger(this, categoryName);

    /// <summary>Writes what still waits.</summary>
    public void Dispose() => _queue.Dispose();

    private byte[] Dropped(long count) =>
        Line(
            LogLevel.Warning,
            typeof(LogQueue).FullName!,
            $"{count} messages before this one were dropped",
            [new KeyValuePair<string, object?>("Count", count)],
            exception: null);

    private byte[] Line(
        LogLevel level,
        string category,
        string message,
        IReadOnlyList<KeyValuePair<string, object?>>? fields,
        Exception? exception) =>
        _format == LogFormat.Json
            ? LogLine.Json(_time.GetUtcNow(), level, category, message, fields, exception)
            : LogLine.Text(_time.GetUtcNow(), level, category, message, exception);

    private sealed class FileLogger(FileLoggerProvider provider, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        /// <summary>The factory's filter has decided already.</summary>
        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            provider._queue.Add(provider.Line(
                logLevel, category, formatter(state, exception), state as IReadOnlyList<KeyValuePair<string, object?>>, exception));
    }
}
