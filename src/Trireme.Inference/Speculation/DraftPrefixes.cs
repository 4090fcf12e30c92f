using Trireme.Inference.Caching;
using Trireme.Inference.Engine;

namespace Trireme.Inference.Speculation;

/// <summary>
/// Knows which blocks of a draft model's cache hold what, by the hashes of the large model's blocks, so that a prompt which starts like
/// another one is not read again.
/// </summary>
internal sealed class DraftPrefixes(int blockCount, int blockSize)
{
    private readonly BlockHash?[] _contents = new BlockHash?[blockCount];

    /// <summary>
    /// Brings a sequence's progress up to date: notes the blocks that are full now, or finds those that are there already after a start.
    /// </summary>
    public void Follow(ActiveRequest request, DraftProgress progress)
    {
        if (progress.Restarts != request.Restarts) progress.Restart(request.Restarts);
        ReadOnlySpan<int> blocks = request.Blocks.Blocks;
        List<BlockHash> hashes = request.Blocks.Hashes;
        if (progress.Computed == 0)
        {
            // The last token is read in any case: its logits are what a draft begins with.
            int wholeBlocks = Math.Min(hashes.Count, (request.Tokens.Count - 1) / blockSize);
            int found = 0;
            while (found < wholeBlocks && _contents[blocks[found]] == hashes[found]) found++;
            progress.Computed = found * blockSize;
            progress.NotedBlocks = found;
            return;
        }

        int full = Math.Min(hashes.Count, progress.Computed / blockSize);
        for (; progress.NotedBlocks < full; progress.NotedBlocks++)
        {
            _contents[blocks[progress.NotedBlocks]] = hashes[progress.NotedBlocks];
        }
    }

    /// <summary>Forgets the blocks of some positions, which are about to be written.</summary>
    public void Overwrite(BlockTable table, int first, int end)
    {
        for (int block = first / blockSize; block < table.Count && block * blockSize < end; block++) _contents[table.Blocks[block]] = null;
    }

    public void Invalidate(int block) => _contents[block] = null;

    public void Clear() => Array.Clear(_contents);
}
