namespace Trireme.Fleet.Routing;

/// <summary>
/// The beginnings of prompts that a replica has probably cached, as hashes of their blocks: each hash stands for its block and all before
/// it. Bounded: of two generations the older is forgotten when the younger is full, and what is used moves to the younger. Safe for
/// concurrent use.
/// </summary>
public sealed class PrefixTable
{
    private readonly Lock _gate = new();
    private readonly int _generationBlocks;
    private HashSet<ulong> _young = [];
    private HashSet<ulong> _old = [];

    /// <param name="blocksMax">Most that are remembered; at least 2.</param>
    public PrefixTable(int blocksMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocksMax, 2);
        _generationBlocks = blocksMax / 2;
    }

    /// <summary>Blocks that are remembered; one of both generations counts twice.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _young.Count + _old.Count;
        }
    }

    /// <summary>How many of a prompt's first blocks are remembered.</summary>
    public int Match(ReadOnlySpan<ulong> prompt)
    {
        lock (_gate)
        {
            // A block is never remembered without those before it, or hardly ever: so a few looks find where it ends.
            int known = 0;
            int unknown = prompt.Length + 1;
            while (unknown - known > 1)
            {
                int middle = (known + unknown) >>> 1;
                if (Contains(prompt[middle - 1])) known = middle;
                else unknown = middle;
            }

            return known;
        }
    }

    /// <summary>Remembers a prompt that the replica gets; of one longer than a generation its beginning.</summary>
    public void Add(ReadOnlySpan<ulong> prompt)
    {
        if (prompt.Length > _generationBlocks) prompt = prompt[.._generationBlocks];
        lock (_gate)
        {
            // No prompt is split over generations: its beginning would be forgotten before its end.
            if (_young.Count + prompt.Length > _generationBlocks) (_young, _old) = (Emptied(_old), _young);
            foreach (ulong block in prompt) _young.Add(block);
        }
    }

    /// <summary>Forgets blocks that the replica turned out not to have any more.</summary>
    public void Forget(ReadOnlySpan<ulong> blocks)
    {
        lock (_gate)
        {
            foreach (ulong block in blocks)
            {
                _young.Remove(block);
                _old.Remove(block);
            }
        }
    }

    private bool Contains(ulong block) => _young.Contains(block) || _old.Contains(block);

    private static HashSet<ulong> Emptied(HashSet<ulong> set)
    {
        set.Clear();
        return set;
    }
}
