namespace Trireme.Inference.Caching;

/// <summary>The bookkeeping of one block. The free queue's links lie inside, so that taking a block out of its middle is O(1).</summary>
internal sealed class KvBlock(int index)
{
    /// <summary>Where the block lies in the cache's memory.</summary>
    public int Index { get; } = index;

    /// <summary>Sequences that use the block; at zero it is in the free queue.</summary>
    public int References { get; set; }

    /// <summary>Set while prompts that start alike may find the block, which outlasts its last user.</summary>
    public BlockHash? Hash { get; set; }

    public KvBlock? Previous { get; set; }

    public KvBlock? Next { get; set; }
}
