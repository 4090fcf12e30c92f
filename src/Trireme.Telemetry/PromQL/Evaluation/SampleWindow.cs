namespace Trireme.Telemetry.PromQL.Evaluation;

/// <summary>The samples of one series that a range function sees at one step.</summary>
internal readonly ref struct SampleWindow(
    ReadOnlySpan<long> timestamps,
    ReadOnlySpan<double> values,
    long startMs,
    long endMs,
    long stepMs,
    ReadOnlySpan<double> arguments)
{
    /// <summary>Milliseconds, rising; never empty.</summary>
    public ReadOnlySpan<long> Timestamps { get; } = timestamps;

    public ReadOnlySpan<double> Values { get; } = values;

    /// <summary>Where the range begins, which may be before the first sample.</summary>
    public long StartMs { get; } = startMs;

    public long EndMs { get; } = endMs;

    /// <summary>The time of the step itself, which an offset or anchor sets apart from the end of the range.</summary>
    public long StepMs { get; } = stepMs;

    /// <summary>The scalar arguments at this step, in their order.</summary>
    public ReadOnlySpan<double> Arguments { get; } = arguments;

    public int Count => Values.Length;
}
