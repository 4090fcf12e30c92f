using System.Runtime.InteropServices;

namespace Trireme.Inference.Caching;

/// <summary>
/// Gives sequences their blocks: finds what is computed already, adds what a step needs, remembers what gets full, and takes all
/// back at the end. Not thread-safe.
/// </summary>
internal sealed class SequenceBlocks(BlockPool pool, int blockSize, bool prefixCaching, KvEventLog? events = null)
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
        if (!CanStart(prefix, tokenCount)) return false;
        int taken = BlocksFor(tokenCount) - prefix.Length;
        foreach (int block in prefix)
        {
            pool.AddReference(block);
            table.Add(block);
        }

        table.CachedCount = prefix.Length;
        for (int i = 0; i < taken; i++) table.Add(pool.Take());
        return true;
    }

    /// <summary>Whether <see cref="TryStart"/> would find enough free blocks, if there were more of them.</summary>
    public bool CanStart(ReadOnlySpan<int> prefix, int tokenCount, int more = 0)
    {
        int taken = BlocksFor(tokenCount) - prefix.Length;
        int revived = 0;
        foreach (int block in prefix)
        {
            if (pool.IsFree(block)) revived++;
        }

        return taken + revived <= pool.FreeCount + more;
    }

    /// <summary>
    /// Prepares a sequence's blocks for writing its tokens from <paramref name="first"/> on: adds what the first
    /// <paramref name="tokenCount"/> tokens need, and replaces a block that others read too by a copy that has yet to be made.
    /// Changes nothing and returns false when too few are free.
    /// </summary>
    public bool TryGrow(BlockTable table, int first, int tokenCount, List<BlockCopy> copies)
    {
        int missing = CountMissing(table, tokenCount);
        int written = first / blockSize;
        bool isShared = written < table.Count && pool.IsShared(table.Blocks[written]);
        if (missing + (isShared ? 1 : 0) > pool.FreeCount) return false;
        if (isShared)
        {
            int source = table.Blocks[written];
            int target = pool.Take();
            table.Replace(written, target);
            pool.Release(source);
            copies.Add(new BlockCopy(source, target));
        }

        for (int i = 0; i < missing; i++) table.Add(pool.Take());
        return true;
    }

    /// <summary>Free blocks.</summary>
    public int FreeCount => pool.FreeCount;

    /// <summary>Blocks that a sequence still lacks for so many tokens.</summary>
    public int CountMissing(BlockTable table, int tokenCount) => Math.Max(BlocksFor(tokenCount) - table.Count, 0);

    /// <summary>Blocks that are free once the sequence gives up its own; it may share others.</summary>
    public int CountOwn(BlockTable table)
    {
        int own = 0;
        foreach (int block in table.Blocks)
        {
            if (!pool.IsShared(block)) own++;
        }

        return own;
    }

    /// <summary>Gives back the last blocks that the sequence's first tokens do not reach.</summary>
    public void Trim(BlockTable table, int tokenCount)
    {
        for (int needed = BlocksFor(tokenCount); table.Count > needed; table.RemoveLast()) pool.ReturnUnused(table.Blocks[^1]);
    }

    /// <summary>Gives a sequence without blocks all blocks of another one that starts with the same tokens.</summary>
    public void Share(BlockTable owner, BlockTable reader)
    {
        foreach (int block in owner.Blocks)
        {
            pool.AddReference(block);
            reader.Add(block);
        }

        reader.CachedCount = owner.CachedCount;
        if (reader.Hashes.Count == 0) reader.Hashes.AddRange(owner.Hashes);
    }

    /// <summary>
    /// Remembers the blocks that are full once the first <paramref name="computed"/> tokens are computed. A step remembers what it
    /// is about to compute: sequences of the same step may share it, because a layer writes all keys before any query reads them.
    /// </summary>
    public void CacheFullBlocks(BlockTable table, List<int> tokens, string? salt, int computed)
    {
        if (!prefixCaching) return;
        for (int i = table.CachedCount; i < computed / blockSize; i++)
        {
            BlockHash hash = Hash(table, tokens, salt, i);
            if (pool.Cache(table.Blocks[i], hash))
            {
                // The first block has no parent: what stands in its place is made of the salt, which stays here, and the adapter.
                BlockHash? parent = i == 0 ? null : Hash(table, tokens, salt, i - 1);
                events?.AddStored(hash, parent, CollectionsMarshal.AsSpan(tokens).Slice(i * blockSize, blockSize), table.Adapter?.Name);
            }

            table.CachedCount = i + 1;
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
            BlockHash parent = known.Count == 0 ? BlockHash.Root(salt, table.Adapter?.Identity) : known[^1];
            known.Add(BlockHash.Chain(parent, CollectionsMarshal.AsSpan(tokens).Slice(known.Count * blockSize, blockSize)));
        }

        return known[block];
    }
}
