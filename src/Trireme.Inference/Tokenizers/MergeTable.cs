using System.Diagnostics;
using System.Numerics;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Rank and result of merging two adjacent tokens. Open addressing with a multiplier drawn per process: the lookups are the inner
/// loop of encoding, and a crafted merge list cannot make them collide.
/// </summary>
internal sealed class MergeTable
{
    private const ulong Empty = ulong.MaxValue;

    private static readonly ulong Multiplier = (ulong)Random.Shared.NextInt64() << 1 | 1;

    private readonly ulong[] _pairs;
    private readonly Merge[] _merges;
    private readonly int _shift;

    public MergeTable(int countMax)
    {
        int capacity = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(countMax, 8) * 2);
        _pairs = new ulong[capacity];
        _merges = new Merge[capacity];
        _shift = 64 - BitOperations.Log2((uint)capacity);
        Array.Fill(_pairs, Empty);
    }

    public int Count { get; private set; }

    /// <summary>Adds a pair; a pair listed twice takes its later rank.</summary>
    public void Set(int left, int right, Merge merge)
    {
        ulong pair = Pair(left, right);
        int slot = Slot(pair);
        if (_pairs[slot] == Empty) Count++;
        Debug.Assert(Count <= _pairs.Length / 2, "The table keeps empty slots, at which searches end.");
        _pairs[slot] = pair;
        _merges[slot] = merge;
    }

    public bool TryGet(int left, int right, out Merge merge)
    {
        int slot = Slot(Pair(left, right));
        merge = _merges[slot];
        return _pairs[slot] != Empty;
    }

    /// <summary>All pairs, in no order.</summary>
    public IEnumerable<(int Left, int Right, Merge Merge)> Pairs()
    {
        for (int slot = 0; slot < _pairs.Length; slot++)
        {
            ulong pair = _pairs[slot];
            if (pair != Empty) yield return ((int)(pair >> 32), (int)(uint)pair, _merges[slot]);
        }
    }

    private static ulong Pair(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    /// <summary>The pair's slot, or the empty one where it belongs.</summary>
    private int Slot(ulong pair)
    {
        int slot = (int)(pair * Multiplier >> _shift);
        while (_pairs[slot] != pair && _pairs[slot] != Empty) slot = (slot + 1) & (_pairs.Length - 1);
        return slot;
    }
}

/// <summary>Lower ranks merge first.</summary>
internal readonly record struct Merge(int Rank, int Token);
