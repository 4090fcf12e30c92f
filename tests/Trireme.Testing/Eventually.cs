using System.Diagnostics;

namespace Trireme.Testing;

/// <summary>Waits for something another process does. Inside one process, await its event instead.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Returns the first result that is not null; fails with what was awaited when the deadline passes.</summary>
    public static async Task<T> Get<T>(
        string awaited,
        TimeSpan deadline,
        Func<Task<T?>> probe,
        CancellationToken cancellationToken = default)
        where T : class
    {
        var elapsed = Stopwatch.StartNew();
        Exception? last = null;
        while (elapsed.Elapsed < deadline)
        {
            try
            {
                if (await probe() is { } result) return result;
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException)
            {
                last = exception;
            }

            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        }

        throw new TimeoutException($"Not seen within {deadline.TotalSeconds:0} s: {awaited}.", last);
    }

    public static Task True(string awaited, TimeSpan deadline, Func<Task<bool>> probe, CancellationToken cancellationToken = default) =>
        Get(awaited, deadline, async () => await probe() ? "" : null, cancellationToken);
}
