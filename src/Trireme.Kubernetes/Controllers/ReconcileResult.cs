namespace Trireme.Kubernetes;

/// <summary>What a reconcile asks for next. A failure is thrown, not returned.</summary>
public readonly record struct ReconcileResult
{
    private ReconcileResult(TimeSpan? requeueAfter) => RequeueAfter = requeueAfter;

    /// <summary>Nothing until something changes.</summary>
    public static ReconcileResult Done => default;

    /// <summary>When to reconcile again even if nothing changes.</summary>
    public TimeSpan? RequeueAfter { get; }

    public static ReconcileResult After(TimeSpan delay) => new(delay);
}
