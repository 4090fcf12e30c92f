using Trireme.Inference.Generation;

namespace Trireme.Inference.Adapters;

/// <summary>
/// An adapter under its name, with the answers that use it: its memory stays until the last of them has ended. All but the properties
/// that never change is guarded by the store's lock.
/// </summary>
internal sealed class ServedAdapter(AdapterStore store, AdapterDescription description, LoraAdapter weights)
{
    private readonly TaskCompletionSource _freed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AdapterDescription Description { get; } = description;

    /// <summary>What it computes; disposed once the adapter is gone or the engine sleeps without weights.</summary>
    public LoraAdapter Weights { get; set; } = weights;

    /// <summary>False while the engine sleeps without weights.</summary>
    public bool IsResident { get; set; } = true;

    public long ResidentBytes => IsResident ? Weights.ByteLength : 0;

    /// <summary>Answers that have not started.</summary>
    public int Waiting { get; set; }

    /// <summary>Answers that have started and not ended.</summary>
    public int Running { get; set; }

    /// <summary>Whether requests may no longer name it.</summary>
    public bool IsRetired { get; set; }

    /// <summary>Completes when its memory is given back for good.</summary>
    public Task Freed => _freed.Task;

    /// <summary>Notes that an answer takes part in steps.</summary>
    public void Start() => store.Start(this);

    /// <summary>Notes that an answer has ended.</summary>
    /// <param name="hasStarted">Whether <see cref="Start"/> was called for it.</param>
    public void End(bool hasStarted) => store.End(this, hasStarted);

    public void SignalFreed() => _freed.TrySetResult();
}
