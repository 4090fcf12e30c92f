namespace Trireme.Inference.Caching;

/// <summary>
/// Hands out blocks and caches full ones by content. A block without users keeps its content until the block is needed: the
/// queue of free blocks doubles as the least-recently-used order of the prefix cache. Not thread-safe.
/// </summary>
internal sealed class BlockPool
{
    private readonly KvBlock[] _blocks;
    private readonly FreeBlockQueue _free = new();
    private readonly Dictionary<BlockHash, KvBlock> _byHash;

    private readonly KvEventLog? _events;

    /// <param name="blockCount">At least 1.</param>
    /// <param name="events">Receives what is evicted; the caller of <see cref="Cache"/> adds what is stored.</param>
    public BlockPool(int blockCount, KvEventLog? events = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blockCount, 1);
        _events = events;
        _blocks = new KvBlock[blockCount];
        _byHash = new Dictionary<BlockHash, KvBlock>(blockCount);
        for (int i = 0; i < blockCount; i++)
        {
            _blocks[i] = new KvBlock(i);
            _free.Enqueue(_blocks[i]);
        }
    }

    public int BlockCount => _blocks.Length;

    /// <summary>Blocks without users, cached ones included.</summary>
    public int FreeCount => _free.Count;

    /// <summary>Blocks that prompts can find.</summary>
    public int CachedCount => _byHash.Count;

    /// <summary>Takes the longest unused block and evicts its content. At least one must be free.</summary>
    public int Take()
    {
        KvBlock block = _free.Dequeue();
        Evict(block);
        block.References = 1;
        return block.Index;
    }

    /// <summary>The block with this content, or -1.</summary>
    public int Find(BlockHash hash) => _byHash.TryGetValue(hash, out KvBlock? block) ? block.Index : -1;

    /// <summary>True when using the block takes it out of the free ones.</summary>
    public bool IsFree(int index) => _blocks[index].References == 0;

    /// <summary>True when more than one sequence uses the block.</summary>
    public bool IsShared(int index) => _blocks[index].References > 1;

    /// <summary>Adds a user. A found block must be referenced before anything is taken, which could evict it.</summary>
    public void AddReference(int index)
    {
        KvBlock block = _blocks[index];
        if (block.References == 0) _free.Remove(block);
        block.References++;
    }

    /// <summary>Removes a user; the last one's block goes to the end of the free queue with its content.</summary>
    public void Release(int index)
    {
        KvBlock block = _blocks[index];
        if (block.References == 0) throw new InvalidOperationException($"Block {index} is released more often than it is referenced.");
        if (--block.References == 0) _free.Enqueue(block);
    }

    /// <summary>Takes back a block from its only user who has nothing of worth in it, so that it is used again before any other.</summary>
    public void ReturnUnused(int index)
    {
        KvBlock block = _blocks[index];
        if (block.References != 1 || block.Hash is not null)
        {
            throw new InvalidOperationException($"Block {index} is returned as unused, but others use or find it.");
        }

        block.References = 0;
        _free.EnqueueFirst(block);
    }

    /// <summary>
    /// Lets prompts find a full block, and returns whether that is news. Of several blocks with the same content the first stays known.
    /// </summary>
    public bool Cache(int index, BlockHash hash)
    {
        KvBlock block = _blocks[index];
        if (block.Hash is not null || !_byHash.TryAdd(hash, block)) return false;
        block.Hash = hash;
        return true;
    }

    /// <summary>Evicts all content, after a step that may have left blocks half written.</summary>
    public void ResetPrefixes()
    {
        foreach (KvBlock block in _blocks) block.Hash = null;
        _byHash.Clear();
        _events?.AddCleared();
    }

    private void Evict(KvBlock block)
    {
        if (block.Hash is not { } hash) return;
        _byHash.Remove(hash);
        block.Hash = null;
        _events?.AddRemoved(hash);
    }
}
