using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage.Head;

/// <summary>
/// A run of samples of one series, all floats or all histograms. A float takes 12 bytes: a four-byte distance from the first timestamp
/// and the value. One writer appends while any number of readers read: a sample is written before the count that makes it visible.
/// </summary>
internal sealed class Chunk
{
    /// <summary>Four minutes at a scrape every two seconds; small enough that evicting whole chunks keeps the retention sharp.</summary>
    public const int FullCapacity = 128;

    /// <summary>Object headers, fields and the slot in the series.</summary>
    private const int OverheadBytes = 128;

    private readonly long _base;
    private readonly int[] _offsets;
    private readonly double[]? _values;
    private readonly NativeHistogram[]? _histograms;
    private int _count;
    private int _histogramBytes;

    public Chunk(MemorySeries series, int capacity, long timestampMs, in SampleValue value)
    {
        Series = series;
        _base = timestampMs;
        _offsets = new int[capacity];
        if (value.Histogram is null) _values = new double[capacity];
        else _histograms = new NativeHistogram[capacity];
        Set(0, value);
        _count = 1;
    }

    /// <summary>Copies the last samples of another chunk.</summary>
    private Chunk(Chunk source, int capacity, int newest)
    {
        int from = source._count - newest;
        Series = source.Series;
        _base = source._base + source._offsets[from];
        _offsets = new int[capacity];
        for (int i = 0; i < newest; i++) _offsets[i] = source._offsets[from + i] - source._offsets[from];
        if (source._values is not null)
        {
            _values = new double[capacity];
            source._values.AsSpan(from, newest).CopyTo(_values);
        }
        else
        {
            _histograms = new NativeHistogram[capacity];
            source._histograms.AsSpan(from, newest).CopyTo(_histograms);
            for (int i = 0; i < newest; i++) _histogramBytes += _histograms[i].Bytes;
        }

        _count = newest;
    }

    public MemorySeries Series { get; }

    /// <summary>Neighbours in the queue of the source; touched under the store's lock only.</summary>
    public Chunk? Older { get; set; }

    public Chunk? Newer { get; set; }

    public int Count => Volatile.Read(ref _count);

    public int Capacity => _offsets.Length;

    public bool HoldsHistograms => _histograms is not null;

    public int Bytes => FloatBytes(_offsets.Length) + _histogramBytes;

    public long FirstTimestampMs => _base;

    public long LastTimestampMs => _base + _offsets[Count - 1];

    /// <summary>True when the last sample says that the series ended.</summary>
    public bool EndsSeries => _values is not null && StaleMarker.IsStale(_values[Count - 1]);

    /// <summary>Memory of a chunk, without that of its histograms.</summary>
    public static int FloatBytes(int capacity) => (capacity * (sizeof(int) + sizeof(double))) + OverheadBytes;

    /// <summary>True when a later sample goes here, which takes room for one more and no more than the given time from the first.</summary>
    public bool Takes(long timestampMs, in SampleValue value, long maxSpanMs) =>
        _count < _offsets.Length && Reaches(timestampMs, value, maxSpanMs);

    /// <summary>As <see cref="Takes"/>, if the chunk had room for one more.</summary>
    public bool Reaches(long timestampMs, in SampleValue value, long maxSpanMs) =>
        HoldsHistograms == value.Histogram is not null && timestampMs - _base <= maxSpanMs;

    public void Append(long timestampMs, in SampleValue value)
    {
        _offsets[_count] = (int)(timestampMs - _base);
        Set(_count, value);
        Volatile.Write(ref _count, _count + 1);
    }

    public Chunk WithCapacity(int capacity) => new(this, capacity, _count);

    public Chunk WithNewest(int count, int capacity) => new(this, capacity, Math.Min(count, _count));

    /// <summary>Adds the samples from one time to another, both included.</summary>
    public void CopyTo(SampleBuffer buffer, long fromMs, long toMs)
    {
        int count = Count;
        for (int i = FirstAtOrAfter(fromMs, count); i < count; i++)
        {
            long timestamp = _base + _offsets[i];
            if (timestamp > toMs) return;
            if (_values is not null) buffer.Add(timestamp, _values[i]);
            else buffer.Add(timestamp, _histograms![i]);
        }
    }

    private void Set(int index, in SampleValue value)
    {
        if (_values is not null)
        {
            _values[index] = value.Float;
            return;
        }

        _histograms![index] = value.Histogram!;
        _histogramBytes += value.Histogram!.Bytes;
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
