using Trireme.Telemetry.Model;

namespace Trireme.Hosting.Telemetry;

/// <summary>
/// How far one counter rose in each of the windows that follow each other. Within one series and from sample to sample, as PromQL's
/// increase does before it extrapolates: a counter that falls has started again at zero, and has risen to what it shows by then. So a
/// restart costs what was counted between the last sample before it and the restart, and nothing else.
/// </summary>
internal static class CounterRises
{
    /// <param name="samples">By rising time. A counter that has no sample before the first window counts from zero.</param>
    /// <param name="startMs">Start of the first window. A sample at the edge of two windows belongs to the earlier one.</param>
    /// <param name="windowMs">Length of each window.</param>
    /// <param name="rises">A rise per window, to which is added.</param>
    /// <param name="restarts">Times of samples before which the counter has started again although it did not fall.</param>
    public static void Add(
        IReadOnlyList<Sample> samples, long startMs, long windowMs, Span<double> rises, HashSet<long>? restarts = null)
    {
        double last = 0;
        foreach (Sample sample in samples)
        {
            bool goesOn = sample.Value >= last && restarts?.Contains(sample.TimestampMs) != true;
            double rise = goesOn ? sample.Value - last : sample.Value;
            last = sample.Value;
            if (sample.TimestampMs <= startMs) continue;
            long window = (sample.TimestampMs - startMs - 1) / windowMs;
            if (window >= rises.Length) return;
            rises[(int)window] += rise;
        }
    }

    /// <summary>
    /// Times of the samples at which a counter fell. Counters of one process start again together, and one may have overtaken what it had
    /// before while another has not: a sum without its count.
    /// </summary>
    public static void AddRestarts(IReadOnlyList<Sample> samples, HashSet<long> restarts)
    {
        for (int i = 1; i < samples.Count; i++)
        {
            if (samples[i].Value < samples[i - 1].Value) restarts.Add(samples[i].TimestampMs);
        }
    }
}
