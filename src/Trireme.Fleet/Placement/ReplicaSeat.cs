namespace Trireme.Fleet.Placement;

/// <summary>A replica that has a place.</summary>
/// <param name="Request">What it takes.</param>
/// <param name="Device">Where it sits.</param>
/// <param name="Leaving">True while it drains: its memory becomes free without anyone being ended for it.</param>
public sealed record ReplicaSeat(PlacementRequest Request, DeviceKey Device, bool Leaving);

/// <summary>A replica that has none.</summary>
/// <param name="Request">What it needs.</param>
/// <param name="Reason">Reason of its condition Scheduled.</param>
/// <param name="Message">What it needs, what there is, and what would help.</param>
/// <param name="Promised">The device on which others make room for it; null where nobody does.</param>
/// <param name="TriedAt">The index' count of freed memory when a place was last looked for.</param>
public sealed record ReplicaWait(PlacementRequest Request, string Reason, string Message, DeviceKey? Promised, long TriedAt);

/// <summary>A replica that makes room for another.</summary>
/// <param name="Victim">Who goes.</param>
/// <param name="Service">Whose it is.</param>
/// <param name="For">Who gets the room.</param>
/// <param name="Message">Why, for people.</param>
public sealed record Eviction(ReplicaKey Victim, ServiceKey Service, ReplicaKey For, string Message);
