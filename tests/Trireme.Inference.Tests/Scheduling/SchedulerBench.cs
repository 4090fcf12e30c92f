using Trireme.Inference.Caching;
using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Tests.Scheduling;

/// <summary>A scheduler whose steps are computed as soon as they are planned.</summary>
internal sealed class SchedulerBench
{
    public const int BlockSize = 8;

    private readonly int _budget;
    private int _prompts;

    public SchedulerBench(int blocks, int maxSequences, int budget)
    {
        Pool = new BlockPool(blocks);
        _budget = budget;
        Scheduler = new Scheduler(new SequenceBlocks(Pool, BlockSize, prefixCaching: true), maxSequences, budget);
    }

    public BlockPool Pool { get; }

    public Scheduler Scheduler { get; }

    /// <summary>The last step, until the next one.</summary>
    public ScheduledStep? Last { get; private set; }

    /// <summary>Prompts with the same beginning start with the same tokens.</summary>
    public Sequence Add(
        int promptLength,
        bool sharesPrefix = true,
        int? beginning = null,
        int priority = 0,
        string tenant = "",
        double weight = 1,
        long? deadline = null,
        int forks = 0)
    {
        int first = beginning ?? ++_prompts * 1000;
        Sequence Create() => new([.. Enumerable.Range(first, promptLength)], salt: null, sharesPrefix)
        {
            Priority = priority, Tenant = tenant, Weight = weight, Deadline = deadline,
        };
        Sequence sequence = Create();
        for (int i = 0; i < forks; i++) sequence.AddFork(Create());
        Scheduler.Add(sequence);
        return sequence;
    }

    public List<(Sequence Sequence, int First, int Count)> Step(long now = 0, int? budget = null)
    {
        Last = Scheduler.Schedule(now, budget ?? _budget);
        Scheduler.Complete(Last);
        return [.. Last.Chunks.Select(chunk => (chunk.Sequence, chunk.First, chunk.Count))];
    }

    /// <summary>Steps after each of which whoever has caught up gets a next token.</summary>
    public void Answer(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            Step();
            foreach (ScheduledChunk chunk in Last!.Chunks)
            {
                if (chunk.ReachesEnd) chunk.Sequence.Tokens.Add(i);
            }
        }
    }
}
