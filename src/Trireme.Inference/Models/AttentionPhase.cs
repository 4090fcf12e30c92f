using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;
using Trireme.Inference.Kernels.Packed;

namespace Trireme.Inference.Models;

/// <summary>
/// Splits a step's attention into tiles and these over the threads by what they cost: a chunk's last tokens see more positions than its
/// first, and one sequence may be a thousand times as long as the next.
/// </summary>
internal sealed unsafe class AttentionPhase(ModelConfig config, ForwardScratch scratch)
{
    private readonly int _queriesPerKey = config.AttentionHeadCount / config.KeyValueHeadCount;

    /// <summary>
    /// Whether a tile's outputs are whole blocks of columns, so that who computes them quantises them for the projection that follows.
    /// Otherwise whole rows have to be encoded once all heads are done.
    /// </summary>
    public bool EncodesOutputs => _queriesPerKey * config.HeadDimension % PackedLayout.BlockColumns == 0;

    /// <summary>Computes the tiles that begin in the thread's share of the step's whole cost.</summary>
    public void Run(BatchPlan batch, in KvLayer cache, in AttentionRules rules, int thread, int threads)
    {
        long total = 0;
        foreach (SequenceRun run in batch.Runs) total += CostOfHead(batch, run, rules.Window) * config.KeyValueHeadCount;
        long first = total * thread / threads;
        long end = total * (thread + 1) / threads;
        long passed = 0;
        foreach (SequenceRun run in batch.Runs)
        {
            long costOfHead = CostOfHead(batch, run, rules.Window);
            for (int head = 0; head < config.KeyValueHeadCount; head++, passed += costOfHead)
            {
                if (passed >= end) return;
                if (passed + costOfHead > first) RunHead(batch, run, head, cache, rules, first - passed, end - passed, thread);
            }
        }
    }

    /// <summary>One head's tiles that begin between two costs, counted from the head's first tile.</summary>
    private void RunHead(
        BatchPlan batch, SequenceRun run, int head, in KvLayer cache, in AttentionRules rules, long first, long end, int thread)
    {
        int dimension = config.HeadDimension;
        int stride = config.AttentionHeadCount * dimension;
        int tokensMax = PagedAttention.TokensPerTile(_queriesPerKey);
        long passed = 0;
        for (int token = 0; token < run.Count && passed < end; token += tokensMax)
        {
            int tokens = Math.Min(tokensMax, run.Count - token);
            int row = run.FirstRow + token;
            int position = batch.Positions[row];
            if (passed >= first)
            {
                long offset = ((long)row * stride) + ((long)head * _queriesPerKey * dimension);
                var tile = new AttentionTile
                {
                    Cache = cache,
                    Blocks = batch.BlocksOf(row),
                    KeyValueHead = head,
                    Queries = scratch.Queries + offset,
                    Outputs = scratch.Attended.Values + offset,
                    TokenStride = stride,
                    QueriesPerKey = _queriesPerKey,
                    Tokens = tokens,
                    FirstPosition = position,
                };
                PagedAttention.Attend(tile, rules, scratch.AttentionOf(thread));
                if (EncodesOutputs) Encode(row, tokens, head);
            }

            passed += Cost(position, tokens, rules.Window);
        }
    }

    private void Encode(int firstRow, int tokens, int head)
    {
        int width = _queriesPerKey * config.HeadDimension;
        for (int row = firstRow; row < firstRow + tokens; row++) scratch.Attended.Encode(row, head * width, (head + 1) * width);
    }

    private long CostOfHead(BatchPlan batch, SequenceRun run, int window)
    {
        int tokensMax = PagedAttention.TokensPerTile(_queriesPerKey);
        long cost = 0;
        for (int token = 0; token < run.Count; token += tokensMax)
        {
            cost += Cost(batch.Positions[run.FirstRow + token], Math.Min(tokensMax, run.Count - token), window);
        }

        return cost;
    }

    /// <summary>Query times position pairs, and what a tile costs besides as about as many pairs.</summary>
    private static long Cost(int firstPosition, int tokens, int window) =>
        32 + (tokens * Math.Min((long)firstPosition + tokens, (long)window + tokens));
}
