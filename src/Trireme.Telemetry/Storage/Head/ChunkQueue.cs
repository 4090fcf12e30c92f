namespace Trireme.Telemetry.Storage.Head;

/// <summary>
/// The chunks of one source in the order of their creation, which is the order of their first samples. Links lie in the chunks, so that any
/// chunk leaves at no cost.
/// </summary>
internal sealed class ChunkQueue
{
    private Chunk? _newest;

    public Chunk? Oldest { get; private set; }

    public void Add(Chunk chunk)
    {
        chunk.Older = _newest;
        if (_newest is null) Oldest = chunk;
        else _newest.Newer = chunk;
        _newest = chunk;
    }

    public void Remove(Chunk chunk)
    {
        if (chunk.Older is null) Oldest = chunk.Newer;
        else chunk.Older.Newer = chunk.Newer;
        if (chunk.Newer is null) _newest = chunk.Older;
        else chunk.Newer.Older = chunk.Older;
        chunk.Older = chunk.Newer = null;
    }

    /// <summary>Puts a chunk that grew in the place of what it grew from.</summary>
    public void Replace(Chunk chunk, Chunk by)
    {
        by.Older = chunk.Older;
        by.Newer = chunk.Newer;
        if (chunk.Older is null) Oldest = by;
        else chunk.Older.Newer = by;
        if (chunk.Newer is null) _newest = by;
        else chunk.Newer.Older = by;
        chunk.Older = chunk.Newer = null;
    }
}
