using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Trireme.Gateway.Tests.Harness;

/// <summary>What the gateway has logged.</summary>
internal sealed class RecordedLogs : ILoggerProvider
{
    public ConcurrentQueue<(LogLevel Level, string Message, Exception? Exception)> Entries { get; } = new();

    public ILogger CreateLogger(string categoryName) => new Recorder(this, categoryName.StartsWith("Trireme.", StringComparison.Ordinal));

    public void Dispose()
    {
    }

    private sealed class Recorder(RecordedLogs logs, bool isOwn) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => isOwn;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (isOwn) logs.Entries.Enqueue((logLevel, formatter(state, exception), exception));
        }
    }
}
