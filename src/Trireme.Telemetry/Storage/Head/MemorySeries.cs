using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage.Head;

/// <summary>
/// The samples of one label set. Readers take no lock: they see the chunk list as it was when they asked, which is replaced whole
/// when a chunk is added, grown or evicted. Writes are serialised by the store.
/// </summary>
internal sealed class MemorySeries(LabelSet labels, SourceShare share) : ISeries
{
    /// <summary>What a series costs beside its samples and the text of its labels: objects, postings and dictionary entries.</summary>
    private const int FixedBytes = 424;

    private Chunk[] _chunks = [];

    public LabelSet Labels { get; } = labels;

    /// <summary>The source that started the series, whose share it counts against.</summary>
    public SourceShare Share { get; } = share;

    /// <summary>True once the series is out of the index; a writer that kept it must ask for it anew.</summary>
    public bool Removed { get; set; }

    /// <summary>True while the share has it among the ended ones.</summary>
    public bool IsInEnded { get; set; }

    public ReadOnlySpan<Chunk> Chunks => Volatile.Read(ref _chunks);

    /// <summary>The chunk that takes the next sample, or null before the first.</summary>
    public Chunk? Open => _chunks.Length == 0 ? null : _chunks[^1];

    public bool HasEnded => Open is { EndsSeries: true };

    /// <summary>Memory of a series without its chunks.</summary>
    public static int OverheadOf(LabelSet labels)
    {
        int bytes = FixedBytes;
        foreach (Label label in labels.Labels) bytes += 2 * (label.Name.Length + label.Value.Length);
        return bytes;
    }

    public void Read(long fromMs, long toMs, SampleBuffer buffer)
    {
        foreach (Chunk chunk in Chunks)
        {
            if (chunk.LastTimestampMs < fromMs) continue;
            if (chunk.FirstTimestampMs > toMs) return;
            chunk.CopyTo(buffer, fromMs, toMs);
        }
    }

    public bool MayHaveSamples(long fromMs, long toMs)
    {
        foreach (Chunk chunk in Chunks)
        {
            if (chunk.LastTimestampMs >= fromMs && chunk.FirstTimestampMs <= toMs) return true;
        }

        return false;
    }

    public void Add(Chunk chunk) => Volatile.Write(ref _chunks, [.. _chunks, chunk]);

    public void Replace(Chunk chunk, Chunk by)
    {
        var chunks = (Chunk[])_chunks.Clone();
        chunks[Array.IndexOf(chunks, chunk)] = by;
        Volatile.Write(ref _chunks, chunks);
    }

    public void Clear() => Volatile.Write(ref _chunks, []);

    public void Remove(Chunk chunk) => Volatile.Write(ref _chunks, Array.FindAll(_chunks, held => held != chunk));
}
