using System.Diagnostics.CodeAnalysis;

namespace Trireme.Fleet.Fairness;

/// <summary>
/// Waiting items by tenant. The next one is of the best priority and, among equals, of the tenant that was served least for its
/// weight: the virtual token counter of Sheng et al., "Fairness in Serving Large Language Models" (OSDI 2024), with the start times
/// of Goyal et al.'s start-time fair queueing (1996) for tenants that come back. Two tenants that both wait are never further apart
/// than twice the cost of what can be served at once, whatever they send. No clock: deadlines are in the caller's unit of time. Not
/// safe for concurrent use.
/// </summary>
/// <remarks>
/// An item is active from <see cref="Enter"/> to <see cref="Leave"/>; between them it may wait here (<see cref="Add"/> to
/// <see cref="Remove"/>), have a place (<see cref="TakePlace"/> to <see cref="GiveUpPlace"/>) and be served (<see cref="Charge"/>), each
/// more than once.
/// </remarks>
/// <param name="maxIdleTenants">
/// Tenants remembered although they have nothing here, because they were served more than their share. Beyond this the one with the
/// least to make up for is forgotten.
/// </param>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue, by the name its authors give it.")]
public sealed class FairQueue<T>(int maxIdleTenants = 1024)
    where T : IQueuedItem
{
    private readonly Dictionary<string, TenantShare<T>> _tenants = [];
    private readonly List<TenantShare> _backlogged = [];
    private int _activeTenants;
    private long _nextDeadline = long.MaxValue;

    /// <summary>What the least served tenant with work has been served; never falls.</summary>
    private double _virtualTime;

    /// <summary>Items that wait.</summary>
    public int Count { get; private set; }

    /// <summary>What the waiting items cost together.</summary>
    public long CostSum { get; private set; }

    /// <summary>Tenants with active items and those that were served too much to be forgotten.</summary>
    public int TenantCount => _tenants.Count;

    /// <summary>Lets an active item wait.</summary>
    public void Add(T item)
    {
        TenantShare<T> tenant = Find(item);
        if (tenant.WaitingCount == 0) _backlogged.Add(tenant);
        tenant.Add(item);
        Count++;
        CostSum += item.Cost;
        if (item.Deadline < _nextDeadline) _nextDeadline = item.Deadline.Value;
    }

    /// <summary>The next item, or the default when none waits. It stays in the queue.</summary>
    public T? Peek()
    {
        TenantShare? best = null;
        foreach (TenantShare tenant in _backlogged)
        {
            if (best is null || tenant.Precedes(best)) best = tenant;
        }

        return best is null ? default : ((TenantShare<T>)best).FirstItem;
    }

    /// <summary>Takes out an item that waits; it stays active.</summary>
    public void Remove(T item)
    {
        TenantShare<T> tenant = _tenants[item.Tenant];
        tenant.Remove(item);
        if (tenant.WaitingCount == 0) _backlogged.Remove(tenant);
        Count--;
        CostSum -= item.Cost;
    }

    /// <summary>Counts an item as its tenant's work from its arrival to its end, wherever it is in between.</summary>
    public void Enter(T item)
    {
        TenantShare<T> tenant = Find(item);
        tenant.Weight = item.Weight;
        if (tenant.Active == 0)
        {
            AdvanceVirtualTime();
            // Time without work earns nothing: a tenant that comes back would else shut out all others until it had caught up.
            tenant.Served = Math.Max(tenant.Served, _virtualTime);
            _activeTenants++;
        }

        tenant.Active++;
    }

    /// <summary>Ends an active item, which no longer waits.</summary>
    public void Leave(T item)
    {
        TenantShare<T> tenant = _tenants[item.Tenant];
        if (--tenant.Active > 0) return;
        _activeTenants--;
        AdvanceVirtualTime();
        if (_activeTenants == 0)
        {
            _tenants.Clear();
            return;
        }

        if (tenant.Served <= _virtualTime) _tenants.Remove(item.Tenant);
        if (_tenants.Count - _activeTenants > maxIdleTenants) ForgetOne();
    }

    /// <summary>Notes that an active item was served.</summary>
    /// <param name="item">Any active item of the tenant.</param>
    /// <param name="cost">In the unit of <see cref="IQueuedItem.Cost"/>.</param>
    public void Charge(T item, double cost)
    {
        TenantShare<T> tenant = _tenants[item.Tenant];
        tenant.Served += cost / tenant.Weight;
    }

    /// <summary>Counts an active item as one that has one of the places that tenants share.</summary>
    public void TakePlace(T item) => _tenants[item.Tenant].Places++;

    /// <summary>Counts the item's place as free.</summary>
    public void GiveUpPlace(T item) => _tenants[item.Tenant].Places--;

    /// <summary>
    /// How many places another's tenant owes to that of an item that waits: to one that has none and was served no more, until it would
    /// have as much for its weight as the other. So what has changed hands is never owed back.
    /// </summary>
    public int PlacesOwed(T holder, T waiting)
    {
        TenantShare has = _tenants[holder.Tenant];
        TenantShare wants = _tenants[waiting.Tenant];
        if (wants.Places > 0 || wants.Served > has.Served) return 0;
        int owed = 0;
        while (wants.PlacesWith(1) < has.PlacesWith(-owed)) owed++;
        return owed;
    }

    /// <summary>Whether an item's tenant comes before another's: it was served less, or as much and would have fewer places.</summary>
    public bool IsServedBefore(T item, T other)
    {
        TenantShare first = _tenants[item.Tenant];
        TenantShare second = _tenants[other.Tenant];
        return first.Served < second.Served || (first.Served == second.Served && first.PlacesWith(1) < second.PlacesWith(1));
    }

    /// <summary>Places that the item's tenant has for its weight.</summary>
    public double PlacesFor(T item) => _tenants[item.Tenant].PlacesWith(0);

    /// <summary>Takes out the items whose deadline has passed and appends them to a list; they stay active.</summary>
    public void TakeExpired(long now, List<T> expired)
    {
        if (now < _nextDeadline) return;
        int first = expired.Count;
        _nextDeadline = long.MaxValue;
        foreach (TenantShare backlogged in _backlogged)
        {
            var tenant = (TenantShare<T>)backlogged;
            for (int i = 0; i < tenant.WaitingCount; i++)
            {
                T item = tenant[i];
                if (item.Deadline is not { } deadline) continue;
                if (deadline <= now)
                {
                    expired.Add(item);
                }
                else
                {
                    _nextDeadline = Math.Min(_nextDeadline, deadline);
                }
            }
        }

        for (int i = expired.Count - 1; i >= first; i--) Remove(expired[i]);
    }

    private TenantShare<T> Find(T item)
    {
        if (_tenants.TryGetValue(item.Tenant, out TenantShare<T>? tenant)) return tenant;
        tenant = new TenantShare<T>(item.Weight);
        _tenants.Add(item.Tenant, tenant);
        return tenant;
    }

    private void AdvanceVirtualTime()
    {
        if (_activeTenants == 0)
        {
            // Nobody was kept waiting for what the others got, so nobody has anything to make up for.
            foreach (TenantShare<T> tenant in _tenants.Values) _virtualTime = Math.Max(_virtualTime, tenant.Served);
            return;
        }

        double least = double.MaxValue;
        foreach (TenantShare<T> tenant in _tenants.Values)
        {
            if (tenant.Active > 0) least = Math.Min(least, tenant.Served);
        }

        _virtualTime = Math.Max(_virtualTime, least);
    }

    /// <summary>Forgets first what has nothing to make up for any more, else who has least.</summary>
    private void ForgetOne()
    {
        string? least = null;
        double served = double.MaxValue;
        foreach ((string name, TenantShare<T> tenant) in _tenants)
        {
            if (tenant.Active > 0 || tenant.Served >= served) continue;
            least = name;
            served = tenant.Served;
        }

        if (least is not null) _tenants.Remove(least);
    }
}
