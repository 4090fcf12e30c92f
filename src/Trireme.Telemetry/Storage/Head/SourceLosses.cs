using Trireme.Contracts.Metrics;

namespace Trireme.Telemetry.Storage.Head;

/// <summary>Samples that a source lost at the store's bounds. Touched under the store's lock only.</summary>
internal sealed class SourceLosses
{
    private long _toldEvicted;
    private long _toldRefused;

    /// <summary>Samples that went before their time.</summary>
    public long Evicted { get; private set; }

    /// <summary>Samples that were not taken.</summary>
    public long Refused { get; private set; }

    /// <summary>Evicted and refused ones since they were told last.</summary>
    public (long Evicted, long Refused) Untold => (Evicted - _toldEvicted, Refused - _toldRefused);

    /// <summary>Where the losses are counted, once there are any.</summary>
    public Counter.Series? EvictedCounter { get; set; }

    public Counter.Series? RefusedCounter { get; set; }

    public void AddEvicted(int samples) => Evicted += samples;

    public void AddRefused(int samples) => Refused += samples;

    public void Told() => (_toldEvicted, _toldRefused) = (Evicted, Refused);
}
