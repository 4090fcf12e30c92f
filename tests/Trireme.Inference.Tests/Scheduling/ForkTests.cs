using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Tests.Scheduling;

/// <summary>Several answers to one prompt.</summary>
public sealed class ForkTests
{
    private const int BlockSize = SchedulerBench.BlockSize;

    [Theory]
    [InlineData("a partial last block", 20, 3)]
    [InlineData("full blocks only", 24, 3)]
    [InlineData("one token", 1, 1)]
    public void Forks_start_when_the_prompt_is_computed_and_share_all_its_blocks(string sentence, int length, int blocks)
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 8, budget: 50);
        Sequence leader = bench.Add(length, forks: 2);
        Sequence[] forks = [.. leader.Forks];
        Assert.Equal(3, bench.Scheduler.WaitingCount);
        Assert.Equal([(leader, 0, length), (forks[0], length - 1, 1), (forks[1], length - 1, 1)], bench.Step());
        Assert.All(forks, fork => Assert.Equal(leader.Blocks.Blocks.ToArray(), fork.Blocks.Blocks.ToArray()));
        Assert.True(bench.Pool.FreeCount == 100 - blocks, sentence);
        Assert.Equal(0, bench.Scheduler.WaitingCount);
    }

    [Fact]
    public void Only_the_partial_block_is_copied_and_its_last_user_writes_in_place()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 8, budget: 50);
        Sequence leader = bench.Add(20, forks: 2);
        Sequence[] group = [leader, .. leader.Forks];
        bench.Step();
        int partial = leader.Blocks.Blocks[2];
        foreach (Sequence sequence in group) sequence.Tokens.Add(1);
        Assert.Equal(group.Select(sequence => (sequence, 20, 1)), bench.Step());
        Assert.Equal([partial, partial], bench.Last!.Copies.Select(copy => copy.Source));
        Assert.Equal([group[0].Blocks.Blocks[2], group[1].Blocks.Blocks[2]], bench.Last.Copies.Select(copy => copy.Target));
        Assert.Equal(partial, group[2].Blocks.Blocks[2]);
        Assert.Equal(100 - 5, bench.Pool.FreeCount);

        foreach (Sequence sequence in group) sequence.Tokens.Add(1);
        bench.Step();
        Assert.Empty(bench.Last.Copies);
        foreach (Sequence sequence in group) bench.Scheduler.Remove(sequence);
        Assert.Equal(100, bench.Pool.FreeCount);
    }

    [Fact]
    public void A_chunked_prompt_is_computed_once()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 8, budget: 16);
        Sequence leader = bench.Add(40, forks: 3);
        int computed = 0;
        for (int i = 0; i < 3; i++)
        {
            bench.Step();
            computed += bench.Last!.TokenCount;
        }

        Assert.Equal(40 + 3, computed);
        Assert.Equal(4, bench.Scheduler.RunningCount);
        Assert.Empty(leader.Forks);
    }

    [Fact]
    public void Forks_without_a_seat_wait_and_find_the_prompt_in_the_cache()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 2, budget: 50);
        Sequence leader = bench.Add(20, forks: 2);
        Sequence[] forks = [.. leader.Forks];
        Assert.Equal([(leader, 0, 20), (forks[0], 19, 1)], bench.Step());
        Assert.Equal(1, bench.Scheduler.WaitingCount);
        bench.Scheduler.Remove(leader);
        Assert.Equal([(forks[1], 16, 4)], bench.Step());
    }

    [Fact]
    public void When_the_leader_is_taken_out_the_first_fork_leads()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 8, budget: 16);
        Sequence leader = bench.Add(20, forks: 3);
        Sequence[] forks = [.. leader.Forks];
        bench.Step();
        bench.Scheduler.Remove(forks[1]);
        bench.Scheduler.Remove(leader);
        Assert.Equal(2, bench.Scheduler.WaitingCount);
        Assert.Equal([(forks[0], 16, 4), (forks[2], 19, 1)], bench.Step());
    }

    [Fact]
    public void A_preempted_fork_computes_what_it_shared_and_disturbs_nobody()
    {
        var bench = new SchedulerBench(blocks: 4, maxSequences: 8, budget: 50);
        Sequence leader = bench.Add(20, forks: 1);
        Sequence fork = leader.Forks[0];
        bench.Step();
        // The leader's copy takes the last free block; from the third full block on, one of the two has to go.
        for (int i = 0; i < 5; i++)
        {
            leader.Tokens.Add(i);
            if (fork.Phase == SequencePhase.Running) fork.Tokens.Add(100 + i);
            bench.Step();
        }

        Assert.Equal(SequencePhase.Preempted, fork.Phase);
        Assert.Equal(25, leader.ComputedTokens);
        bench.Scheduler.Remove(leader);
        // Its first full blocks are still known.
        (Sequence sequence, int first, int count) = Assert.Single(bench.Step());
        Assert.Equal((fork, fork.Tokens.Count), (sequence, first + count));
        Assert.True(first >= 2 * BlockSize);
    }
}
