namespace Trireme.Fleet.Fairness;

/// <summary>An item's place in the order of service.</summary>
internal readonly record struct QueueOrder(int Priority, long Arrival)
{
    public int CompareTo(QueueOrder other)
    {
        int byPriority = Priority.CompareTo(other.Priority);
        return byPriority != 0 ? byPriority : Arrival.CompareTo(other.Arrival);
    }
}
