using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;

namespace Trireme.Operator.Artifacts;

/// <summary>How far one fetch is. Written by downloads, read by who reports it.</summary>
internal sealed class FetchProgress(TimeProvider time)
{
    private readonly Lock _lock = new();
    private FetchPhase _phase = FetchPhase.Waiting;
    private RemoteListing? _listing;
    private TimeSpan _startedAt;
    private long _here;
    private long _fetched;
    private int _files;

    public string? Revision
    {
        get { lock (_lock) return _listing?.Revision; }
    }

    /// <summary>Bytes that came over the wire so far.</summary>
    public long ReceivedBytes
    {
        get { lock (_lock) return _fetched; }
    }

    public void Enter(FetchPhase phase)
    {
        lock (_lock) _phase = phase;
    }

    public void Listed(RemoteListing listing)
    {
        lock (_lock)
        {
            _listing = listing;
            _phase = FetchPhase.Fetching;
            _startedAt = time.GetSteadyTime();
        }
    }

    /// <summary>Bytes that were on this machine already, or are to be fetched again when negative.</summary>
    public void Found(long bytes)
    {
        lock (_lock) _here += bytes;
    }

    /// <summary>Bytes that came over the wire.</summary>
    public void Received(long bytes)
    {
        lock (_lock)
        {
            _here += bytes;
            _fetched += bytes;
        }
    }

    public void FileDone()
    {
        lock (_lock) _files++;
    }

    /// <summary>The state at this moment.</summary>
    public SourceStatus ToStatus(string address)
    {
        lock (_lock)
        {
            var status = new SourceStatus { Address = address, Phase = _phase, Revision = _listing?.Revision };
            if (_listing is null) return status;
            long? total = _listing.Files.Any(static file => file.SizeBytes is null)
                ? null
                : _listing.Files.Sum(static file => file.SizeBytes!.Value);
            long? speed = FetchForecast.BytesPerSecond(_fetched, time.GetSteadyTime() - _startedAt);
            return status with
            {
                Files = _listing.Files.Count,
                FetchedFiles = _files,
                SizeBytes = total,
                FetchedBytes = _here,
                BytesPerSecond = speed,
                ExpectedAt = FetchForecast.Remaining(total - _here, speed) is { } rest ? time.GetUtcNow() + rest : null,
            };
        }
    }
}

/// <summary>What the speed so far says of the end.</summary>
internal static class FetchForecast
{
    /// <summary>Less than this says nothing of a speed.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <summary>A forecast beyond it helps nobody.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    public static long? BytesPerSecond(long fetched, TimeSpan elapsed) =>
        elapsed < Shortest || fetched <= 0 ? null : (long)(fetched / elapsed.TotalSeconds);

    public static TimeSpan? Remaining(long? bytes, long? bytesPerSecond)
    {
        if (bytes is not { } left || bytesPerSecond is not > 0) return null;
        double seconds = Math.Max(0, left) / (double)bytesPerSecond;
        return seconds <= Longest.TotalSeconds ? TimeSpan.FromSeconds(Math.Ceiling(seconds)) : null;
    }
}
