using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Storage;

/// <summary>
/// A series as one appender knows it. Whoever appends keeps it from batch to batch, so that a steady series is looked up once. It stays
/// valid when the store has evicted the series meanwhile: the next sample starts it anew.
/// </summary>
internal abstract class SeriesRef(LabelSet labels)
{
    public LabelSet Labels { get; } = labels;
}
