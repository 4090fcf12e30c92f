using System.Globalization;
using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Placement;

/// <summary>A pool as placement sees it.</summary>
public sealed record PlacementPool
{
    /// <summary>Name of the device that the machine is where spec.devices names none.</summary>
    public const string MachineDevice = "machine";

    public required string Name { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public TrustLevel TrustLevel { get; init; } = TrustLevel.Medium;

    public double PricePerHour { get; init; }

    /// <summary>Every device with its memory in bytes, null where that is not known, and its cores.</summary>
    public required IReadOnlyList<(string Name, long? MemoryBytes, int Cores)> Devices { get; init; }

    /// <summary>Why no replica is placed here, as a sentence; null where replicas are.</summary>
    public string? Problem { get; init; }

    /// <param name="pool">The object.</param>
    /// <param name="machine">What the machine has; null where it cannot be told.</param>
    public static PlacementPool Of(AcceleratorPool pool, MachineCapacity? machine)
    {
        ArgumentNullException.ThrowIfNull(pool);
        bool isLocal = pool.Metadata.Name == AcceleratorPool.Local;
        return new PlacementPool
        {
            Name = pool.Metadata.Name,
            Labels = pool.Metadata.Labels ?? new Dictionary<string, string>(),
            TrustLevel = pool.Terms.TrustLevel,
            PricePerHour = pool.Terms.PricePerHour,
            Devices = pool.Terms.Devices is { Count: > 0 } stated
                ? [.. stated.SelectMany(Each)]
                : [(MachineDevice, machine?.MemoryBytes, machine?.Cores ?? 1)],
            Problem = isLocal
                ? null
                : $"Replicas run as processes of this machine, which is the pool {AcceleratorPool.Local}; nothing starts them on "
                    + $"{pool.Metadata.Name} yet.",
        };
    }

    /// <summary>Whether a service's replicas may run here, wherever there is room.</summary>
    public bool Admits(PlacementSpec wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        if (wanted.Pool is { } name && name != Name) return false;
        if (TrustLevel < wanted.MinTrustLevel) return false;
        foreach ((string label, string value) in wanted.PoolSelector ?? new Dictionary<string, string>())
        {
            if (Labels.GetValueOrDefault(label) != value) return false;
        }

        return true;
    }

    private static IEnumerable<(string Name, long? MemoryBytes, int Cores)> Each(PoolDevice device) =>
        Enumerable.Range(0, device.Count).Select(number => (
            string.Create(CultureInfo.InvariantCulture, $"{device.Name}-{number}"), (long?)device.Memory.Bytes, device.Cores));

    /// <summary>What memory costs here for an hour: its part of the device's price.</summary>
    internal double Cost(long memoryBytes, long? deviceBytes) =>
        deviceBytes is > 0 and var all ? PricePerHour * memoryBytes / all : 0;
}
