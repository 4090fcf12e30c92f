using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Hosting;

/// <summary>
/// Knows whether a write would reach the disk. Who asks shares one probe with whoever asked just before; while there is trouble it is
/// asked again by itself, so that the store goes on without a restart and the log says when.
/// </summary>
internal sealed partial class StoreWatch(ObjectStore store, ApiServerOptions options, ILogger<StoreWatch> logger) : BackgroundService
{
    private static readonly TimeSpan ProbeLife = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TroubleInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private Task<StoreCondition>? _probe;

    /// <summary>What the last probe found; null while it runs.</summary>
    private StoreTrouble? _found;

    private long _probedAt;
    private StoreTrouble _logged;

    /// <summary>A fresh answer of the disk.</summary>
    public Task<StoreCondition> ProbeAsync()
    {
        lock (_lock)
        {
            // What a write has found since then is newer than any probe.
            bool outdated = _found is { } found && found != store.Condition.Trouble;
            bool fresh = _probe is { } last
                && (!last.IsCompleted || (!outdated && options.Time.GetElapsedTime(_probedAt) < ProbeLife));
            if (fresh) return _probe!;
            _found = null;
            _probedAt = options.Time.GetTimestamp();
            return _probe = ProbeOnceAsync();
        }
    }

    /// <summary>Logs a trouble that is new, or that one is over.</summary>
    public void Note(StoreCondition condition)
    {
        lock (_lock)
        {
            if (condition.Trouble == _logged) return;
            _logged = condition.Trouble;
        }

        if (condition.Trouble == StoreTrouble.None) LogWritable();
        else LogTrouble(condition.Message);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TroubleInterval, options.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Note(store.Condition);
            if (store.Condition.Trouble != StoreTrouble.None) await ProbeAsync();
        }
    }

    private async Task<StoreCondition> ProbeOnceAsync()
    {
        StoreCondition condition = await store.ProbeAsync();
        Note(condition);
        lock (_lock) _found = condition.Trouble;
        return condition;
    }

    [LoggerMessage(LogLevel.Error, "The store takes no writes: {Message}")]
    private partial void LogTrouble(string message);

    [LoggerMessage(LogLevel.Information, "The store takes writes again")]
    private partial void LogWritable();
}
