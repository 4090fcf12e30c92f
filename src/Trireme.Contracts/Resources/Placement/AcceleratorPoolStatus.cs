using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Resources;

/// <summary>What the pool holds.</summary>
public sealed record AcceleratorPoolStatus
{
    /// <summary>Places that are listed; the rest is counted.</summary>
    public const int PlacesMax = 256;

    /// <summary>Aspects of its state, one of each type.</summary>
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    /// <summary>The generation of the spec this was made from.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Memory that replicas may have; absent where it is not known, and then nothing is refused for want of it.</summary>
    [Range(0, (double)ByteSize.BytesMax)]
    public ByteSize? Capacity { get; init; }

    /// <summary>What each replica is counted with beside its spec.resources.memory, for the runtime.</summary>
    [Range(0, (double)ByteSize.BytesMax)]
    public ByteSize RuntimeMemory { get; init; }

    /// <summary>Cores of all devices.</summary>
    public int Cores { get; init; }

    /// <summary>Memory of the replicas that sit here, as far as they may take it.</summary>
    [Range(0, (double)ByteSize.BytesMax)]
    public ByteSize Used { get; init; }

    /// <summary>Compute threads of the replicas that sit here.</summary>
    public int Threads { get; init; }

    /// <summary>Memory that is free, over all devices.</summary>
    [Range(0, (double)ByteSize.BytesMax)]
    public ByteSize? Free { get; init; }

    /// <summary>The most that is free on one device: a replica that asks for more has no place.</summary>
    [Range(0, (double)ByteSize.BytesMax)]
    public ByteSize? LargestFree { get; init; }

    /// <summary>Free memory in pieces into which not even the smallest replica that runs or waits anywhere fits.</summary>
    [Range(0, (double)ByteSize.BytesMax)]
    public ByteSize? Stranded { get; init; }

    /// <summary>What the replicas that sit here cost for an hour.</summary>
    public double CostPerHour { get; init; }

    /// <summary>Replicas that sit here.</summary>
    public int Replicas { get; init; }

    /// <summary>Who sits where, by device; the first 256.</summary>
    [MaxLength(PlacesMax)]
    public IReadOnlyList<PoolPlace>? Places { get; init; }
}

/// <summary>One replica on its device.</summary>
public sealed record PoolPlace
{
    /// <summary>The device, such as h100-3.</summary>
    public required string Device { get; init; }

    /// <summary>Namespace of the replica.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the replica.</summary>
    public required string Replica { get; init; }

    /// <summary>The most memory it may take.</summary>
    public required ByteSize Memory { get; init; }
}

/// <summary>Conditions of an AcceleratorPool.</summary>
public static class AcceleratorPoolConditions
{
    /// <summary>True when replicas are placed here.</summary>
    public const string Ready = "Ready";
}
