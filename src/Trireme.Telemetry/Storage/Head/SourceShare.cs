using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage.Head;

/// <summary>What one source has in the store. Touched under the store's lock only.</summary>
internal sealed class SourceShare(LabelSet source, SourceKind kind)
{
    private readonly Queue<MemorySeries> _ended = new();

    public LabelSet Source { get; } = source;

    public SourceKind Kind { get; } = kind;

    /// <summary>Appenders open now; a share without appenders and series is dropped.</summary>
    public int Appenders { get; set; }

    public int Series { get; set; }

    public long Bytes { get; set; }

    public ChunkQueue Chunks { get; } = new();

    /// <summary>What the source lost at the store's bounds.</summary>
    public SourceLosses Losses { get; } = new();

    /// <summary>Remembers a series whose last sample is a stale marker.</summary>
    public void Ended(MemorySeries series)
    {
        if (series.IsInEnded) return;
        series.IsInEnded = true;
        _ended.Enqueue(series);
    }

    /// <summary>The series that ended first and is still there, or null.</summary>
    public MemorySeries? FirstEnded()
    {
        while (_ended.TryPeek(out MemorySeries? series))
        {
            if (!series.Removed && series.HasEnded) return series;
            _ended.Dequeue();
            series.IsInEnded = false;
        }

        return null;
    }
}
