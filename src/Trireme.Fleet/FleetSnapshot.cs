using System.Collections.Immutable;
using Trireme.Fleet.Placement;
using Trireme.Fleet.Services;

namespace Trireme.Fleet;

/// <summary>
/// The whole fleet at one moment: what was observed, with the platform's own writes that nobody has reported yet on top. Never changes;
/// the next one shares all that stayed the same, so that a change of one service costs nothing for the others.
/// </summary>
public sealed record FleetSnapshot
{
    public static FleetSnapshot Empty { get; } = new();

    public ImmutableDictionary<ServiceKey, ServiceSnapshot> Services { get; private init; } =
        ImmutableDictionary<ServiceKey, ServiceSnapshot>.Empty;

    /// <summary>Who sits where and who waits for a place.</summary>
    public PlacementIndex Placement { get; init; } = PlacementIndex.Empty;

    public FleetSnapshot With(ServiceSnapshot service) => this with { Services = Services.SetItem(service.Key, service) };

    public FleetSnapshot Without(ServiceKey key) => this with { Services = Services.Remove(key) };
}
