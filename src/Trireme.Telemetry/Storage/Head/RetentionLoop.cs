using Microsoft.Extensions.Hosting;

namespace Trireme.Telemetry.Storage.Head;

/// <summary>Evicts what is past its time.</summary>
internal sealed class RetentionLoop(HeadStore store, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) store.EvictExpired(time.GetUtcNow());
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The platform stops.
        }
    }
}
