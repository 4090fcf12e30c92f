namespace Trireme.Fleet.Fairness;

/// <summary>What a tenant has waiting in a fair queue, and what it was given so far.</summary>
internal sealed class TenantShare<T>(double weight)
    where T : IQueuedItem
{
    public double Weight { get; set; } = weight;

    /// <summary>Cost of what was served to the tenant, over its weight.</summary>
    public double Served { get; set; }

    /// <summary>Items that wait, are served or are put back.</summary>
    public int Active { get; set; }

    public PriorityList<T> Waiting { get; } = new();

    /// <summary>Items that do not wait: none of a tenant that has just come.</summary>
    private int Started => Active - Waiting.Count;

    /// <summary>Whether this tenant's first item is served before the other's; both have one.</summary>
    public bool Precedes(TenantShare<T> other)
    {
        QueueOrder mine = Waiting.FirstOrder;
        QueueOrder theirs = other.Waiting.FirstOrder;
        if (mine.Priority != theirs.Priority) return mine.Priority < theirs.Priority;
        if (Served != other.Served) return Served < other.Served;
        return Started != other.Started ? Started < other.Started : mine.Arrival < theirs.Arrival;
    }
}
