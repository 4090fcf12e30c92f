using System.Diagnostics;

namespace Trireme.Inference.Tokenizers;

/// <summary>Rank and result of merging two adjacent tokens.</summary>
internal sealed class MergeTable(int countMax)
{
    private readonly Entry[] _entries = new Entry[countMax];
    private readonly SlotTable _slots = new(countMax, countMax);

    public int Count { get; private set; }

    /// <summary>Adds a pair; a pair listed twice takes its later rank.</summary>
    public void Set(int left, int right, Merge merge)
    {
        ulong pair = Pair(left, right);
        SlotTable.Search search = _slots.Find(SlotTable.HashOf(pair));
        while (search.MoveNext())
        {
            if (_entries[search.Number].Pair != pair) continue;
            _entries[search.Number] = new Entry(pair, merge);
            return;
        }

        Debug.Assert(Count < _entries.Length, "The table keeps empty slots, at which searches end.");
        _slots.Set(search, Count);
        _entries[Count++] = new Entry(pair, merge);
    }

    public bool TryGet(int left, int right, out Merge merge)
    {
        ulong pair = Pair(left, right);
        SlotTable.Search search = _slots.Find(SlotTable.HashOf(pair));
        while (search.MoveNext())
        {
            ref readonly Entry entry = ref _entries[search.Number];
            if (entry.Pair != pair) continue;
            merge = entry.Merge;
            return true;
        }

        merge = default;
        return false;
    }

    /// <summary>All pairs, in the order in which they came.</summary>
    public IEnumerable<(int Left, int Right, Merge Merge)> Pairs()
    {
        for (int i = 0; i < Count; i++)
        {
            Entry entry = _entries[i];
            yield return ((int)(entry.Pair >> 32), (int)(uint)entry.Pair, entry.Merge);
        }
    }

    private static ulong Pair(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    private readonly record struct Entry(ulong Pair, Merge Merge);
}

/// <summary>Lower ranks merge first.</summary>
internal readonly record struct Merge(int Rank, int Token);
