using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage.Head;

/// <summary>Evicts what is past its time, and names the source that makes others go before it.</summary>
internal sealed partial class RetentionLoop(HeadStore store, TelemetryOptions options, TimeProvider time, ILogger<RetentionLoop> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>A source that is named once is not named again before this.</summary>
    private static readonly TimeSpan SilenceAfterName = TimeSpan.FromMinutes(10);

    private LabelSet? _named;
    private long _namedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                store.EvictExpired(time.GetUtcNow());
                if (store.TakeLosses() is { } most) Name(most);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The platform stops.
        }
    }

    private void Name(SourceUsage most)
    {
        if (most.Source.Equals(_named) && time.GetElapsedTime(_namedAt) < SilenceAfterName) return;
        (_named, _namedAt) = (most.Source, time.GetTimestamp());
        LogFull(
            logger, store.Index.Count, options.MaxSeries, store.Bytes, options.MaxStoreBytes,
            most.Source.ToString(), most.Series, most.Bytes, most.Evicted, most.Refused);
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The series store is full ({StoreSeries} of {MaxSeries} series, {StoreBytes} of {MaxBytes} bytes). "
            + "The source {Source} has {Series} series and {Bytes} bytes of it and loses most: "
            + "{Evicted} samples went before their time and {Refused} were not taken")]
    private static partial void LogFull(
        ILogger logger, int storeSeries, int maxSeries, long storeBytes, long maxBytes,
        string source, int series, long bytes, long evicted, long refused);
}
