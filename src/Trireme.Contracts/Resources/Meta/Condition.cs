namespace Trireme.Contracts.Resources;

/// <summary>Whether a condition holds.</summary>
public enum ConditionStatus
{
    Unknown,
    True,
    False,
}

/// <summary>One aspect of an object's state, in positive polarity: True is what one wants to read.</summary>
public sealed record Condition
{
    /// <summary>Name of the aspect in CamelCase, such as Ready.</summary>
    public required string Type { get; init; }

    /// <summary>Whether it holds.</summary>
    public required ConditionStatus Status { get; init; }

    /// <summary>The generation of the spec this was computed from.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>When the status last changed.</summary>
    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>Stable machine-readable cause in CamelCase; scripts and alerts may match it.</summary>
    public required string Reason { get; init; }

    /// <summary>What a person should know: what is wrong, where, and what to do next.</summary>
    public string Message { get; init; } = "";
}
