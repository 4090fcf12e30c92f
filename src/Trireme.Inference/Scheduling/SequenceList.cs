namespace Trireme.Inference.Scheduling;

/// <summary>Sequences in the order they are served: by priority, then by arrival.</summary>
internal sealed class SequenceList
{
    private readonly List<Sequence> _items = [];

    public int Count => _items.Count;

    public Sequence this[int index] => _items[index];

    /// <summary>The one to serve first; the list must not be empty.</summary>
    public Sequence First => _items[0];

    /// <summary>The one to give way first; the list must not be empty.</summary>
    public Sequence Last => _items[^1];

    public static int Compare(Sequence left, Sequence right)
    {
        int byPriority = left.Priority.CompareTo(right.Priority);
        return byPriority != 0 ? byPriority : left.Arrival.CompareTo(right.Arrival);
    }

    public void Add(Sequence sequence) => _items.Insert(~Find(sequence), sequence);

    public void Remove(Sequence sequence) => _items.RemoveAt(Find(sequence));

    /// <summary>The sequence's index, or the complement of where it belongs. Arrivals are unique, so no two are equal.</summary>
    private int Find(Sequence sequence)
    {
        int low = 0;
        int high = _items.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = Compare(_items[middle], sequence);
            if (order == 0) return middle;
            if (order < 0)
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
}
