using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage;

/// <summary>
/// The samples of one label set. Readers take no lock: they see the chunk list as it was when they asked, which is replaced whole
/// when a chunk is added, grown or evicted. Writes are serialised by the store.
/// </summary>
internal sealed class MemorySeries(long id, LabelSet labels)
{
    /// <summary>A series that dies young never pays for a full chunk.</summary>
    private const int FirstCapacity = 16;

    private Chunk[] _chunks = [];

    /// <summary>Rises with creation, so that postings stay sorted by appending.</summary>
    public long Id { get; } = id;

    public LabelSet Labels { get; } = labels;

    /// <summary>True once the series is out of the index; a writer that kept it must ask for it anew.</summary>
    public bool Removed { get; set; }

    public ReadOnlySpan<Chunk> Chunks => Volatile.Read(ref _chunks);

    public AppendOutcome Append(long timestampMs, double value, out int addedBytes)
    {
        addedBytes = 0;
        if (_chunks.Length == 0)
        {
            addedBytes = Push(new Chunk(FirstCapacity, timestampMs, value));
            return AppendOutcome.Stored;
        }

        Chunk head = _chunks[^1];
        if (timestampMs == head.LastTimestampMs) return AppendOutcome.Duplicate;
        if (timestampMs < head.LastTimestampMs) return AppendOutcome.OutOfOrder;
        if (head.TryAppend(timestampMs, value)) return AppendOutcome.Stored;
        if (head.Count == head.Capacity && head.Capacity < Chunk.FullCapacity)
        {
            Chunk grown = head.WithCapacity(head.Capacity * 2);
            if (grown.TryAppend(timestampMs, value))
            {
                Volatile.Write(ref _chunks, [.. _chunks.AsSpan(0, _chunks.Length - 1), grown]);
                addedBytes = grown.Bytes - head.Bytes;
                return AppendOutcome.Stored;
            }
        }

        addedBytes = Push(new Chunk(Chunk.FullCapacity, timestampMs, value));
        return AppendOutcome.Stored;
    }

    /// <summary>Adds the samples from one time to another, both included, stale markers too.</summary>
    public void Read(long fromMs, long toMs, SampleBuffer buffer)
    {
        foreach (Chunk chunk in Chunks)
        {
            if (chunk.LastTimestampMs < fromMs) continue;
            if (chunk.FirstTimestampMs > toMs) return;
            chunk.CopyTo(buffer, fromMs, toMs);
        }
    }

    public bool HasSamples(long fromMs, long toMs)
    {
        foreach (Chunk chunk in Chunks)
        {
            if (chunk.LastTimestampMs >= fromMs && chunk.FirstTimestampMs <= toMs) return true;
        }

        return false;
    }

    /// <summary>Evicts the chunks that ended before a time. Returns the number of samples and bytes evicted.</summary>
    public (int Samples, int Bytes) EvictBefore(long horizonMs)
    {
        int evicted = 0;
        int samples = 0;
        int bytes = 0;
        while (evicted < _chunks.Length && _chunks[evicted].LastTimestampMs < horizonMs)
        {
            samples += _chunks[evicted].Count;
            bytes += _chunks[evicted++].Bytes;
        }

        if (evicted > 0) Volatile.Write(ref _chunks, _chunks[evicted..]);
        return (samples, bytes);
    }

    private int Push(Chunk chunk)
    {
        Volatile.Write(ref _chunks, [.. _chunks, chunk]);
        return chunk.Bytes;
    }
}
