namespace Trireme.Settings;

/// <summary>What is logged where.</summary>
internal sealed record LogSettings
{
    /// <summary>Least severe messages on standard error.</summary>
    public LogLevel Level { get; init; } = LogLevel.Warning;

    /// <summary>Format on standard error.</summary>
    public LogFormat Format { get; init; } = LogFormat.Text;

    public LogFileSettings File { get; init; } = new();
}

/// <summary>The log file in the data folder.</summary>
internal sealed record LogFileSettings
{
    public bool Enabled { get; init; } = true;

    /// <summary>Least severe messages in the file.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;

    public LogFormat Format { get; init; } = LogFormat.Json;

    /// <summary>Size at which the file is moved aside and a new one begun.</summary>
    public long MaxBytes { get; init; } = 10 << 20;

    /// <summary>Files kept, the one being written included.</summary>
    public int MaxFiles { get; init; } = 5;

    /// <summary>Memory of messages that wait to be written; more are dropped and counted.</summary>
    public long MaxQueuedBytes { get; init; } = 4 << 20;
}

internal enum LogFormat
{
    /// <summary>One line for people.</summary>
    Text,

    /// <summary>One JSON object per line.</summary>
    Json,
}
