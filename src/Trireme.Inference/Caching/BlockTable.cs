using System.Runtime.InteropServices;
using Trireme.Inference.Adapters;

namespace Trireme.Inference.Caching;

/// <summary>One sequence's blocks in the order of its positions.</summary>
internal sealed class BlockTable
{
    private readonly List<int> _blocks = [];
    private readonly List<BlockHash> _hashes = [];

    /// <summary>The adapter that computes what is in the blocks; null for the model alone. Set before anything is hashed.</summary>
    public LoraAdapter? Adapter { get; init; }

    public int Count => _blocks.Count;

    public ReadOnlySpan<int> Blocks => CollectionsMarshal.AsSpan(_blocks);

    /// <summary>The hashes of the sequence's full blocks as far as they were needed; content only, so they survive preemption.</summary>
    public List<BlockHash> Hashes => _hashes;

    /// <summary>Blocks from the first on that the pool was told about.</summary>
    public int CachedCount { get; set; }

    public void Add(int block) => _blocks.Add(block);

    public void Replace(int index, int block) => _blocks[index] = block;

    public void RemoveLast() => _blocks.RemoveAt(_blocks.Count - 1);

    public void Clear()
    {
        _blocks.Clear();
        CachedCount = 0;
    }
}
