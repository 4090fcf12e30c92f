using Trireme.Fleet.Fairness;
using Trireme.Inference.Caching;

namespace Trireme.Inference.Scheduling;

/// <summary>
/// Plans drafts in a step. They are planned last, with blocks that are free anyway, and what turns out wrong gives its blocks back
/// before the next step: no sequence is ever preempted for a draft, and no prompt finds one in the prefix cache.
/// </summary>
internal sealed class DraftPlanner(SequenceBlocks blocks)
{
    /// <summary>
    /// Tokens of the step's budget to keep for drafts: what they want, but at most half of what the answers leave, so that prompts go on.
    /// </summary>
    public static int Reserve(PriorityList<Sequence> running, int left)
    {
        int wanted = 0;
        for (int i = 0; i < running.Count; i++)
        {
            if (running[i].IsStream) wanted += running[i].WantedDrafts;
        }

        return Math.Clamp(left / 2, 0, wanted);
    }

    public void Plan(ScheduledStep step, int left)
    {
        for (int i = 0; i < step.Chunks.Count && left > 0; i++)
        {
            ScheduledChunk chunk = step.Chunks[i];
            if (!chunk.IsDecode || !chunk.ReachesEnd || chunk.Sequence.WantedDrafts == 0) continue;
            BlockTable table = chunk.Sequence.Blocks;
            int count = Math.Min(chunk.Sequence.WantedDrafts, left);
            if (!blocks.TryGrow(table, chunk.First, chunk.End + count, step.Copies))
            {
                count = Math.Min(count, (table.Count * blocks.BlockSize) - chunk.End);
            }

            step.SetDrafts(i, count);
            left -= count;
        }
    }

    /// <summary>
    /// Notes that a chunk is computed. The last token that its sequence got since is new; those before it were drafts that turned out
    /// right, so their keys and values are where they belong.
    /// </summary>
    public void Complete(in ScheduledChunk chunk)
    {
        Sequence sequence = chunk.Sequence;
        sequence.ComputedTokens = chunk.End;
        if (chunk.Drafts == 0) return;
        int accepted = Math.Clamp(sequence.Tokens.Count - chunk.End - 1, 0, chunk.Drafts);
        sequence.ComputedTokens += accepted;
        if (accepted > 0 && sequence.SharesPrefix)
        {
            blocks.CacheFullBlocks(sequence.Blocks, sequence.Tokens, sequence.Salt, sequence.ComputedTokens);
        }

        blocks.Trim(sequence.Blocks, sequence.ComputedTokens);
    }
}
