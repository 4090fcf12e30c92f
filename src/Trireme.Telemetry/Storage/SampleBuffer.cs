using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage;

/// <summary>Samples of one series in arrays that grow and are used again for the next series.</summary>
internal sealed class SampleBuffer
{
    private long[] _timestamps = new long[256];
    private double[] _values = new double[256];

    /// <summary>As long as the others once a histogram was added, which most series never do.</summary>
    private NativeHistogram?[]? _histograms;

    public int Count { get; private set; }

    public bool HasHistograms { get; private set; }

    public ReadOnlySpan<long> Timestamps => _timestamps.AsSpan(0, Count);

    /// <summary>The floats; NaN where the sample is a histogram.</summary>
    public ReadOnlySpan<double> Values => _values.AsSpan(0, Count);

    /// <summary>Null where the sample is a float.</summary>
    public NativeHistogram? HistogramAt(int index) => HasHistograms ? _histograms![index] : null;

    public void Clear()
    {
        Count = 0;
        if (!HasHistograms) return;
        Array.Clear(_histograms!);
        HasHistograms = false;
    }

    public void Add(long timestampMs, double value)
    {
        if (Count == _timestamps.Length)
        {
            Array.Resize(ref _timestamps, Count * 2);
            Array.Resize(ref _values, Count * 2);
            if (_histograms is not null) Array.Resize(ref _histograms, Count * 2);
        }

        _timestamps[Count] = timestampMs;
        _values[Count++] = value;
    }

    public void Add(long timestampMs, NativeHistogram histogram)
    {
        Add(timestampMs, double.NaN);
        _histograms ??= new NativeHistogram?[_timestamps.Length];
        _histograms[Count - 1] = histogram;
        HasHistograms = true;
    }
}
