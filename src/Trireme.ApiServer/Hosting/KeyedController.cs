using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Timing;

namespace Trireme.ApiServer.Hosting;

/// <summary>
/// Looks at keys, and again after a pause at those that failed. The pause between two rounds keeps a storm of changes from being answered
/// one by one.
/// </summary>
/// <typeparam name="T">What is looked at.</typeparam>
internal abstract class KeyedController<T>(ApiServerOptions options, ILogger logger) : BackgroundService
    where T : notnull
{
    private static readonly TimeSpan RoundPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Longest wait at a time: timers do not take just any.</summary>
    private static readonly TimeSpan WaitMax = TimeSpan.FromHours(1);

    /// <summary>When a key is looked at again without a change; each has one time.</summary>
    private readonly Dictionary<T, TimeSpan> _later = [];

    protected DueKeys<T> Due { get; } = new(new Wake());

    protected TimeProvider Time => options.Time;

    /// <summary>
    /// Keys that are looked at at one time; what they write then shares commits. One after the other where a look reads what others write.
    /// </summary>
    protected virtual int SideBySide => 1;

    /// <summary>Adds what is there at the start.</summary>
    protected abstract void Begin();

    /// <summary>Looks at one key.</summary>
    /// <returns>When to look again without a change, from now; null for never.</returns>
    protected abstract Task<TimeSpan?> LookAsync(T key);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        int failures = 0;
        Begin();
        while (!stoppingToken.IsCancellationRequested)
        {
            if (Due.IsEmpty) await WaitAsync(stoppingToken);
            Recall();
            bool failed = false;
            foreach (T[] keys in Due.Take().Chunk(SideBySide))
            {
                foreach (Look look in await Task.WhenAll(keys.Select(TryLookAsync))) failed |= !Note(look);
            }

            failures = failed ? failures + 1 : 0;
            await Task.Delay(failed ? StoreUpkeep.RetryPause.After(failures) : RoundPause, options.Time, stoppingToken);
        }
    }

    private async Task<Look> TryLookAsync(T key)
    {
        try
        {
            return new Look(key, await LookAsync(key), Failed: false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // One key that cannot be read or written must not keep all others.
            ControllerLog.Failed(logger, exception, key.ToString());
            return new Look(key, After: null, Failed: true);
        }
    }

    /// <summary>Notes when a key is due again, and returns whether the look was one.</summary>
    private bool Note(Look look)
    {
        if (look.Failed) Due.Add(look.Key);
        else if (look.After is { } after) _later[look.Key] = options.Time.GetSteadyTime() + after;
        else _later.Remove(look.Key);
        return !look.Failed;
    }

    /// <summary>Waits for a change, or until the first key is to be looked at again.</summary>
    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        if (_later.Count == 0)
        {
            await Due.Wake.WaitAsync(stoppingToken);
            return;
        }

        TimeSpan left = _later.Values.Min() - options.Time.GetSteadyTime();
        if (left <= TimeSpan.Zero) return;
        if (left > WaitMax) left = WaitMax;
        using var pause = new CancellationTokenSource(left, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(pause.Token, stoppingToken);
        try
        {
            await Due.Wake.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            // It is time to look again.
        }
    }

    private void Recall()
    {
        TimeSpan now = options.Time.GetSteadyTime();
        foreach (T key in _later.Where(later => later.Value <= now).Select(static later => later.Key).ToList())
        {
            _later.Remove(key);
            Due.Add(key);
        }
    }

    /// <param name="Key">What was looked at.</param>
    /// <param name="After">When to look again, from now; null for never.</param>
    /// <param name="Failed">Whether it has to be looked at again because it failed.</param>
    private readonly record struct Look(T Key, TimeSpan? After, bool Failed);
}

/// <summary>What controllers log.</summary>
internal static partial class ControllerLog
{
    [LoggerMessage(LogLevel.Warning, "{Key} cannot be brought up to date now; it is tried again")]
    public static partial void Failed(ILogger logger, Exception exception, string? key);
}
