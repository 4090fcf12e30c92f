namespace Trireme.Fleet.Scaling;

/// <summary>
/// What the router knows of one service at one moment. What is counted only rises while the router lives, so that a reading that is lost
/// costs nothing, and one that comes twice or late is known by its sequence. Work is counted in requests of the usual length: one whose
/// prompt is twice as long counts as more than one.
/// </summary>
public sealed record ServiceLoad
{
    /// <summary>The router process that counts; another one counts from zero.</summary>
    public required string Source { get; init; }

    /// <summary>Rises from reading to reading.</summary>
    public required long Sequence { get; init; }

    /// <summary>When it was read, by the router's steady clock, whose origin is its own.</summary>
    public required TimeSpan At { get; init; }

    /// <summary>Requests that the router holds because no replica is ready.</summary>
    public int Held { get; init; }

    /// <summary>How long the one that waits longest has waited.</summary>
    public TimeSpan LongestHeld { get; init; }

    /// <summary>Requests that replicas are answering.</summary>
    public int InFlight { get; init; }

    /// <summary>The work of requests that are held or being answered.</summary>
    public double WorkInFlight { get; init; }

    /// <summary>Share of the KV blocks in use, the mean over replicas; null where that is not known.</summary>
    public double? KvUse { get; init; }

    /// <summary>Requests that have arrived.</summary>
    public long Arrived { get; init; }

    /// <summary>Their work.</summary>
    public double Work { get; init; }

    /// <summary>Answers that were compared with the SLO, from the arrival of their requests.</summary>
    public long Judged { get; init; }

    /// <summary>Those of them that were within it.</summary>
    public long Met { get; init; }

    /// <summary>Whether answers were within the SLO, by <see cref="LoadClasses"/>; empty or one for each class.</summary>
    public IReadOnlyList<LoadCell> Cells { get; init; } = [];

    /// <summary>What replicas have to do and have done, by name.</summary>
    public IReadOnlyDictionary<string, ReplicaLoad> Replicas { get; init; } = new Dictionary<string, ReplicaLoad>();
}

/// <summary>The load of one replica.</summary>
/// <param name="InFlight">Requests that it is answering.</param>
/// <param name="Work">Their work.</param>
/// <param name="Ended">Work that has ended there since the router knows it, however it did.</param>
public readonly record struct ReplicaLoad(int InFlight, double Work, double Ended);

/// <summary>Answers of replicas with so much in flight, counted from when a replica got their requests.</summary>
/// <param name="Judged">Answers that were compared with the SLO.</param>
/// <param name="Met">Those of them that were within it.</param>
public readonly record struct LoadCell(long Judged, long Met)
{
    public static LoadCell operator -(LoadCell later, LoadCell earlier) => later.Subtract(earlier);

    public LoadCell Subtract(LoadCell earlier) => new(Judged - earlier.Judged, Met - earlier.Met);
}
