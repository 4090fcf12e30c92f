namespace Trireme.Fleet.Fairness;

/// <summary>
/// What a tenant was given so far, and where its first waiting item stands. Not generic, so that choosing among many tenants reads
/// plain fields.
/// </summary>
internal abstract class TenantShare(double weight)
{
    public double Weight { get; set; } = weight;

    /// <summary>Cost of what was served to the tenant, over its weight.</summary>
    public double Served { get; set; }

    /// <summary>Items that wait, are served or are put back.</summary>
    public int Active { get; set; }

    /// <summary>Items that wait.</summary>
    public int WaitingCount { get; private set; }

    /// <summary>Items that have one of the places that tenants share.</summary>
    public int Places { get; set; }

    /// <summary>Items that do not wait: none of a tenant that has just come.</summary>
    private int Started => Active - WaitingCount;

    /// <summary>The place of the first waiting item; of no meaning while none waits.</summary>
    private QueueOrder First { get; set; }

    /// <summary>Whether this tenant's first item is served before the other's; both have one.</summary>
    public bool Precedes(TenantShare other)
    {
        if (First.Priority != other.First.Priority) return First.Priority < other.First.Priority;
        if (Served != other.Served) return Served < other.Served;
        return Started != other.Started ? Started < other.Started : First.Arrival < other.First.Arrival;
    }

    /// <summary>Places for its weight, if it had so many more.</summary>
    public double PlacesWith(int more) => (Places + more) / Weight;

    protected void Update(int waiting, QueueOrder first) => (WaitingCount, First) = (waiting, first);
}

/// <summary>A tenant's share with its waiting items.</summary>
internal sealed class TenantShare<T>(double weight) : TenantShare(weight)
    where T : IQueuedItem
{
    private readonly PriorityList<T> _waiting = new();

    /// <summary>The item to serve first; one must wait.</summary>
    public T FirstItem => _waiting.First;

    public T this[int index] => _waiting[index];

    public void Add(T item)
    {
        _waiting.Add(item);
        Update(_waiting.Count, _waiting.FirstOrder);
    }

    public void Remove(T item)
    {
        _waiting.Remove(item);
        Update(_waiting.Count, _waiting.Count > 0 ? _waiting.FirstOrder : default);
    }
}
