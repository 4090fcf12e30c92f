namespace Trireme.Fleet.Placement;

/// <summary>What a change of one service would lead to.</summary>
public sealed record ServiceForecast
{
    public required ServiceKey Service { get; init; }

    /// <summary>How it would get there, such as by a judged rollout; a clause without a full stop.</summary>
    public required string How { get; init; }

    /// <summary>Replicas that stay as they are.</summary>
    public required int Keeps { get; init; }

    /// <summary>Replicas that would be started.</summary>
    public required IReadOnlyList<ReplicaForecast> Starts { get; init; }

    /// <summary>Replicas that would drain and end, by name.</summary>
    public required IReadOnlyList<string> Ends { get; init; }

    /// <summary>Replicas started in the place of others.</summary>
    public int Replaces => Math.Min(Starts.Count, Ends.Count);

    /// <summary>Why it would not come to its end, with the next step; null where it would.</summary>
    public string? Problem { get; init; }

    /// <summary>Replicas of other services that would make room, as sentences.</summary>
    public IReadOnlyList<string> MakesRoom { get; init; } = [];
}

/// <summary>A replica that would be started.</summary>
/// <param name="MemoryBytes">The most it may take.</param>
/// <param name="Place">Where it would sit; null where it would have no place.</param>
public sealed record ReplicaForecast(long MemoryBytes, DeviceKey? Place);

/// <summary>What a pool would hold.</summary>
/// <param name="Name">The pool.</param>
/// <param name="CapacityBytes">What it has; null where that is not known.</param>
/// <param name="BeforeBytes">What its replicas may take now.</param>
/// <param name="AfterBytes">What they would in the end.</param>
/// <param name="CostBefore">What they cost for an hour now.</param>
/// <param name="CostAfter">What they would in the end.</param>
public sealed record PoolForecast(
    string Name, long? CapacityBytes, long BeforeBytes, long AfterBytes, double CostBefore, double CostAfter);

/// <summary>What changes of services would lead to.</summary>
public sealed record FleetForecast(IReadOnlyList<ServiceForecast> Services, IReadOnlyList<PoolForecast> Pools);
