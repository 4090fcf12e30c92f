using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Timing;

namespace Trireme.ApiServer.Hosting;

/// <summary>
/// Keeps something in the store as it should be: one round before the first request, one more whenever it is woken, and another after a
/// pause where the store could not be written.
/// </summary>
internal abstract partial class StoreUpkeep(TimeProvider time, ILogger logger) : BackgroundService
{
    /// <summary>Before what could not be written is tried again.</summary>
    internal static readonly Backoff RetryPause = new() { First = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromSeconds(30) };

    private readonly ILogger _logger = logger;
    private int _failures;

    /// <summary>Raised by whoever sees that there is something to do.</summary>
    protected Wake Wake { get; } = new();

    /// <summary>What is kept, in the plural, for the log.</summary>
    protected abstract string Kept { get; }

    /// <summary>One round over everything that there is to do. Where it throws because of the store, it is made again.</summary>
    protected abstract Task RoundAsync();

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await TryAsync();
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (_failures == 0) await Wake.WaitAsync(stoppingToken);
            else await Task.Delay(RetryPause.After(_failures), time, stoppingToken);
            await TryAsync();
        }
    }

    private async Task TryAsync()
    {
        try
        {
            await RoundAsync();
            _failures = 0;
        }
        catch (Exception exception) when (exception is StoreUnavailableException or IOException)
        {
            _failures++;
            LogFailed(Kept, exception);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Kept} cannot be written now; they are tried again")]
    private partial void LogFailed(string kept, Exception exception);
}
