namespace Trireme.Telemetry.Model;

/// <summary>
/// What a series may hold at one time: a float, or a native histogram by reference. A float costs no allocation, and no memory beside
/// its eight bytes once it is stored. The end of a series is the float <see cref="StaleMarker"/>, whatever it held before.
/// </summary>
internal readonly struct SampleValue
{
    public SampleValue(double value)
    {
        Float = value;
    }

    public SampleValue(NativeHistogram histogram)
    {
        Float = double.NaN;
        Histogram = histogram;
    }

    /// <summary>NaN where the value is a histogram.</summary>
    public double Float { get; }

    public NativeHistogram? Histogram { get; }

    public static implicit operator SampleValue(double value) => new(value);

    public static implicit operator SampleValue(NativeHistogram histogram) => new(histogram);
}
