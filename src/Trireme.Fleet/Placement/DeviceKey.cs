using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Placement;

/// <summary>One device by its pool and its name in it.</summary>
public readonly record struct DeviceKey(string Pool, string Device)
{
    public static DeviceKey Of(ReplicaPlace place)
    {
        ArgumentNullException.ThrowIfNull(place);
        return new DeviceKey(place.Pool, place.Device);
    }

    public ReplicaPlace ToPlace() => new() { Pool = Pool, Device = Device };

    public override string ToString() => $"{Pool}/{Device}";
}
