using System.Runtime.InteropServices;

namespace Trireme.Inference.Caching;

/// <summary>
/// Gives sequences their blocks: finds what is computed already, adds what a step needs, remembers what gets full, and takes all
/// back at the end. Not thread-safe.
/// </summary>
internal sealed class SequenceBlocks(BlockPool pool, int blockSize, bool prefixCaching)
{
    private readonly List<int> _found = [];

    public int BlockSize => blockSize;

    /// <summary>Share of blocks in use, from 0 to 1.</summary>
    public double Usage => 1 - ((double)pool.FreeCount / pool.BlockCount);

    /// <summary>
    /// The blocks that hold the sequence's first tokens already. The last token is never among them: it has to be computed to say
    /// what follows. The result is valid until the next call, and held only by <see cref="TryStart"/>.
    /// </summary>
    public ReadOnlySpan<int> FindPrefix(BlockTable table, List<int> tokens, string? salt)
    {
        _found.Clear();
        int wholeBlocks = prefixCaching ? (tokens.Count - 1) / blockSize : 0;
        for (int i = 0; i < wholeBlocks; i++)
        {
            int block = pool.Find(Hash(table, tokens, salt, i));
            if (block < 0) break;
            _found.Add(block);
        }

        return CollectionsMarshal.AsSpan(_found);
    }

    /// <summary>
    /// Gives a sequence without blocks its known prefix and as many new blocks as <paramref name="tokenCount"/> tokens need.
    /// Changes nothing and returns false when too few are free.
    /// </summary>
    public bool TryStart(BlockTable table, ReadOnlySpan<int> prefix, int tokenCount)
    {
        int taken = BlocksFor(tokenCount) - prefix.Length;
        int revived = 0;
        foreach (int block in prefix)
        {
            if (pool.IsFree(block)) revived++;
        }

        if (taken + revived > pool.FreeCount) return false;
        foreach (int block in prefix)
        {
            pool.Hold(block);
            table.Add(block);
        }

        table.RememberedCount = prefix.Length;
        for (int i = 0; i < taken; i++) table.Add(pool.Take());
        return true;
    }

    /// <summary>Adds the blocks that the first <paramref name="tokenCount"/> tokens need, or returns false when too few are free.</summary>
    public bool TryGrow(BlockTable table, int tokenCount)
    {
        int missing = BlocksFor(tokenCount) - table.Count;
        if (missing > pool.FreeCount) return false;
        for (int i = 0; i < missing; i++) table.Add(pool.Take());
        return true;
    }

    /// <summary>
    /// Remembers the blocks that are full once the first <paramref name="computed"/> tokens are computed. A step remembers what it
    /// is about to compute: sequences of the same step may share it, because a layer writes all keys before any query reads them.
    /// </summary>
    public void Remember(BlockTable table, List<int> tokens, string? salt, int computed)
    {
        if (!prefixCaching) return;
        for (int i = table.RememberedCount; i < computed / blockSize; i++)
        {
            pool.Remember(table.Blocks[i], Hash(table, tokens, salt, i));
            table.RememberedCount = i + 1;
        }
    }

    /// <summary>Releases the deepest block first, so that it is also evicted first: a prefix is useless without its start.</summary>
    public void Release(BlockTable table)
    {
        ReadOnlySpan<int> blocks = table.Blocks;
        for (int i = blocks.Length - 1; i >= 0; i--) pool.Release(blocks[i]);
        table.Clear();
    }

    private int BlocksFor(int tokens) => (tokens + blockSize - 1) / blockSize;

    private BlockHash Hash(BlockTable table, List<int> tokens, string? salt, int block)
    {
        List<BlockHash> known = table.Hashes;
        while (known.Count <= block)
        {
            BlockHash parent = known.Count == 0 ? BlockHash.Root(salt) : known[^1];
            known.Add(BlockHash.Chain(parent, CollectionsMarshal.AsSpan(tokens).Slice(known.Count * blockSize, blockSize)));
        }

        return known[block];
    }
}
