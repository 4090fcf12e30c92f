namespace Trireme.Telemetry.Storage;

/// <summary>Samples of one series in two arrays that grow and are used again for the next series.</summary>
internal sealed class SampleBuffer
{
    private long[] _timestamps = new long[256];
    private double[] _values = new double[256];

    public int Count { get; private set; }

    public ReadOnlySpan<long> Timestamps => _timestamps.AsSpan(0, Count);

    public ReadOnlySpan<double> Values => _values.AsSpan(0, Count);

    public void Clear() => Count = 0;

    public void Add(long timestampMs, double value)
    {
        if (Count == _timestamps.Length)
        {
            Array.Resize(ref _timestamps, Count * 2);
            Array.Resize(ref _values, Count * 2);
        }

        _timestamps[Count] = timestampMs;
        _values[Count++] = value;
    }
}
