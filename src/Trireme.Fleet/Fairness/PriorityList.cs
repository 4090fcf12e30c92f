namespace Trireme.Fleet.Fairness;

/// <summary>Items in the order they are served: by priority, then by arrival.</summary>
public sealed class PriorityList<T>
    where T : IQueuedItem
{
    private readonly List<Entry> _entries = [];

    public int Count => _entries.Count;

    public T this[int index] => _entries[index].Item;

    /// <summary>The one to serve first; the list must not be empty.</summary>
    public T First => _entries[0].Item;

    /// <summary>The one to give way first; the list must not be empty.</summary>
    public T Last => _entries[^1].Item;

    /// <summary>The place of the first item in the order of service; the list must not be empty.</summary>
    internal QueueOrder FirstOrder => _entries[0].Order;

    public void Add(T item)
    {
        var order = new QueueOrder(item.Priority, item.Arrival);
        _entries.Insert(~Find(order), new Entry(order, item));
    }

    /// <summary>Takes out an item of the list.</summary>
    public void Remove(T item) => _entries.RemoveAt(Find(new QueueOrder(item.Priority, item.Arrival)));

    /// <summary>The index of an item, or the complement of where it belongs. Arrivals are unique, so no two are equal.</summary>
    private int Find(QueueOrder order)
    {
        int low = 0;
        int high = _entries.Count - 1;
        // Most items come last and leave first.
        if (high < 0 || _entries[high].Order.CompareTo(order) < 0) return ~(high + 1);
        if (_entries[0].Order == order) return 0;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int comparison = _entries[middle].Order.CompareTo(order);
            if (comparison == 0) return middle;
            if (comparison < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ~low;
    }

    /// <summary>The order beside the item, so that a search compares numbers in one array and calls no interface.</summary>
    private readonly record struct Entry(QueueOrder Order, T Item);
}
