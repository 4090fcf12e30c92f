namespace Trireme.Telemetry.Storage;

/// <summary>
/// A run of samples of one series: 12 bytes each, a four-byte distance from the first timestamp and the value. One writer
/// appends while any number of readers read: a sample is written before the count that makes it visible.
/// </summary>
internal sealed class Chunk
{
    /// <summary>Four minutes at a scrape every two seconds; small enough that evicting whole chunks keeps the retention sharp.</summary>
    public const int FullCapacity = 128;

    /// <summary>Object headers, fields and the slot in the series.</summary>
    private const int OverheadBytes = 96;

    private readonly long _base;
    private readonly int[] _offsets;
    private readonly double[] _values;
    private int _count;

    public Chunk(int capacity, long timestampMs, double value)
    {
        _base = timestampMs;
        _offsets = new int[capacity];
        _values = new double[capacity];
        _values[0] = value;
        _count = 1;
    }

    private Chunk(Chunk source, int capacity)
    {
        _base = source._base;
        _offsets = new int[capacity];
        _values = new double[capacity];
        source._offsets.CopyTo(_offsets.AsSpan());
        source._values.CopyTo(_values.AsSpan());
        _count = source._count;
    }

    public int Count => Volatile.Read(ref _count);

    public int Capacity => _values.Length;

    public int Bytes => (_values.Length * (sizeof(int) + sizeof(double))) + OverheadBytes;

    public long FirstTimestampMs => _base;

    public long LastTimestampMs => _base + _offsets[Count - 1];

    public double LastValue => _values[Count - 1];

    /// <summary>False when the chunk is full or the sample too far from its first one.</summary>
    public bool TryAppend(long timestampMs, double value)
    {
        long offset = timestampMs - _base;
        if (_count == _values.Length || offset > int.MaxValue) return false;
        _offsets[_count] = (int)offset;
        _values[_count] = value;
        Volatile.Write(ref _count, _count + 1);
        return true;
    }

    public Chunk WithCapacity(int capacity) => new(this, capacity);

    /// <summary>Adds the samples from one time to another, both included.</summary>
    public void CopyTo(SampleBuffer buffer, long fromMs, long toMs)
    {
        int count = Count;
        for (int i = FirstAtOrAfter(fromMs, count); i < count; i++)
        {
            long timestamp = _base + _offsets[i];
            if (timestamp > toMs) return;
            buffer.Add(timestamp, _values[i]);
        }
    }

    private int FirstAtOrAfter(long fromMs, int count)
    {
        long offset = fromMs - _base;
        if (offset <= 0) return 0;
        if (offset > int.MaxValue) return count;
        int found = _offsets.AsSpan(0, count).BinarySearch((int)offset);
        return found < 0 ? ~found : found;
    }
}
