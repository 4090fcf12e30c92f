namespace Trireme.Fleet.Placement;

/// <summary>Reasons of a ModelReplica's condition Scheduled.</summary>
public static class PlacementReasons
{
    public const string Placed = "Placed";

    /// <summary>No pool that may be used has room for it.</summary>
    public const string Unschedulable = "Unschedulable";

    /// <summary>Replicas of lower classes drain to make room for it.</summary>
    public const string Preempting = "Preempting";

    /// <summary>Reason of the event of a service whose replica makes room for another's.</summary>
    public const string Preempted = "Preempted";
}
