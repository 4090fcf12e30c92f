using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage;

/// <summary>One series found by a reader.</summary>
internal interface ISeries
{
    LabelSet Labels { get; }

    /// <summary>
    /// Adds the samples from one time to another, both included, to the buffer: by rising time, each time once, stale markers
    /// too. The end of a series is a float stale marker also where the samples before are histograms.
    /// </summary>
    void Read(long fromMs, long toMs, SampleBuffer buffer);
}
