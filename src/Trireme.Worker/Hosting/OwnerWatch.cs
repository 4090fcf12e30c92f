using Trireme.Contracts.Storage;

namespace Trireme.Worker.Hosting;

/// <summary>
/// Watches whether the platform that started this worker still lives. The platform holds an exclusive lock on a file, which the
/// system releases however the platform ends.
/// </summary>
internal sealed class OwnerWatch(string lockFile, TimeSpan timeout, TimeProvider time)
{
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(5);

    private long _lastSeen = time.GetTimestamp();

    /// <summary>
    /// Completes when no process has held the lock for the whole timeout. A platform that returns in time is the owner again.
    /// </summary>
    public async Task WaitUntilLostAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(timeout < ProbeInterval ? timeout : ProbeInterval, time);
        do
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
        while (!Probe());
    }

    /// <summary>Checks once; true when the owner has been lost for too long.</summary>
    internal bool Probe()
    {
        if (IsHeld()) _lastSeen = time.GetTimestamp();
        return time.GetElapsedTime(_lastSeen) >= timeout;
    }

    /// <summary>
    /// Probes with a shared lock: it collides with the owner's exclusive one but not with the probes of other workers, which would
    /// otherwise pass for an owner.
    /// </summary>
    private bool IsHeld()
    {
        try
        {
            RegularFile.ThrowIfOther(lockFile);
            using FileStream probe = new(lockFile, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Locked, or out of reach for reasons that do not concern the owner: a worker never ends on a guess.
            return true;
        }
    }
}
