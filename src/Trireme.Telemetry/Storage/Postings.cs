namespace Trireme.Telemetry.Storage;

/// <summary>
/// The series that have one label, oldest first. One writer appends while readers take snapshots without a lock: the array
/// with the new entry is published before the count that covers it.
/// </summary>
internal sealed class Postings
{
    private MemorySeries[] _series = new MemorySeries[1];
    private int _count;

    public int Count => Volatile.Read(ref _count);

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

    /// <summary>New postings without removed series. Those already read stay as they are.</summary>
    public Postings WithoutRemoved()
    {
        var kept = new Postings();
        foreach (MemorySeries series in Snapshot())
        {
            if (!series.Removed) kept.Add(series);
        }

        return kept;
    }
}
