using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage.Head;

/// <summary>The samples of one source on their way into memory.</summary>
internal sealed class HeadAppender(HeadStore store, SourceShare share) : ISeriesAppender
{
    /// <summary>A batch that was large once does not hold its memory for ever.</summary>
    private const int KeptCapacity = 2048;

    private PendingSample[] _pending = [];
    private int _count;
    private bool _closed;

    public SeriesRef Refer(LabelSet labels) => new HeadSeriesRef(labels);

    public void Begin()
    {
        if (_pending.Length > KeptCapacity && _count < _pending.Length / 4) _pending = [];
        else Array.Clear(_pending, 0, _count);
        _count = 0;
    }

    public void Append(SeriesRef series, long timestampMs, SampleValue value)
    {
        if (_count == _pending.Length) Array.Resize(ref _pending, Math.Max(16, 2 * _count));
        _pending[_count++] = new PendingSample((HeadSeriesRef)series, timestampMs, value);
    }

    public CommitResult Commit()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        CommitResult result = store.Commit(share, _pending.AsSpan(0, _count));
        Begin();
        return result;
    }

    public void Dispose()
    {
        if (_closed) return;
        _closed = true;
        store.Close(share);
    }
}

/// <summary>A series by its labels, with the one in memory once it was found or started.</summary>
internal sealed class HeadSeriesRef(LabelSet labels) : SeriesRef(labels)
{
    public MemorySeries? Series { get; set; }
}

internal readonly record struct PendingSample(HeadSeriesRef Series, long TimestampMs, SampleValue Value);
