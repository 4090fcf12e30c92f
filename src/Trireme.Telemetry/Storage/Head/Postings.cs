namespace Trireme.Telemetry.Storage.Head;

/// <summary>
/// The series that have one label, oldest first, some of them removed already. One writer appends while readers take snapshots without
/// a lock: the array with the new entry is published before the count that covers it.
/// </summary>
internal sealed class Postings
{
    /// <summary>Removed entries are kept until they are this part of the list, so that a removal costs a constant on average.</summary>
    private const int RemovedPart = 4;

    private MemorySeries[] _series = new MemorySeries[1];
    private int _count;
    private int _removed;

    /// <summary>Number of entries that are not removed.</summary>
    public int Count => Volatile.Read(ref _count) - Volatile.Read(ref _removed);

    public ReadOnlySpan<MemorySeries> Snapshot()
    {
        int count = Volatile.Read(ref _count);
        return Volatile.Read(ref _series).AsSpan(0, count);
    }

    public void Add(MemorySeries series)
    {
        MemorySeries[] array = _series;
        if (_count == array.Length) Array.Resize(ref array, _count * 2);
        array[_count] = series;
        Volatile.Write(ref _series, array);
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>
    /// Counts an entry that was removed. Returns these postings, new ones without removed entries where they have become many, or null
    /// where none is left. Snapshots taken before stay as they are.
    /// </summary>
    public Postings? WithOneRemoved()
    {
        Volatile.Write(ref _removed, _removed + 1);
        if (_removed == _count) return null;
        if (_removed <= _count / RemovedPart) return this;
        var kept = new Postings();
        foreach (MemorySeries series in Snapshot())
        {
            if (!series.Removed) kept.Add(series);
        }

        return kept;
    }
}
