namespace Trireme.Fleet.Scaling;

/// <summary>What is known of a service's load now.</summary>
/// <param name="Load">The load. Null, or the reading of before, where there is no newer one; the number of replicas then stays.</param>
/// <param name="Silent">Routers that are to tell of the load and do not.</param>
public readonly record struct LoadSignal(ServiceLoad? Load, IReadOnlyList<string> Silent)
{
    public static implicit operator LoadSignal(ServiceLoad? load) => FromLoad(load);

    /// <summary>The signal of the only router there is.</summary>
    public static LoadSignal FromLoad(ServiceLoad? load) => new(load, []);
}

/// <summary>What one of several routers told last of a service's load.</summary>
/// <param name="Router">Its name, which it has again when it is started again.</param>
/// <param name="Load">What it told; null where it told nothing of the service.</param>
/// <param name="At">When it did, by the steady clock of who asks.</param>
public readonly record struct RouterReading(string Router, ServiceLoad? Load, TimeSpan At);
