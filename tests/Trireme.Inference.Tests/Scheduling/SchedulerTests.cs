using Trireme.Inference.Caching;
using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Tests.Scheduling;

public sealed class SchedulerTests
{
    private const int BlockSize = SchedulerBench.BlockSize;

    [Fact]
    public void Running_sequences_get_their_tokens_before_waiting_ones()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 8, budget: 20);
        Sequence first = bench.Add(10);
        bench.Step();
        first.Tokens.Add(1);
        Sequence second = bench.Add(40);
        Assert.Equal([(first, 10, 1), (second, 0, 19)], bench.Step());
    }

    [Fact]
    public void A_long_prompt_is_computed_in_chunks_of_the_budget()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 8, budget: 20);
        Sequence sequence = bench.Add(45);
        Assert.Equal([(sequence, 0, 20)], bench.Step());
        Assert.Equal([(sequence, 20, 20)], bench.Step());
        Assert.Equal([(sequence, 40, 5)], bench.Step());
        Assert.Empty(bench.Step());
    }

    [Fact]
    public void A_sequence_that_has_caught_up_does_not_hold_up_those_behind_it()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 8, budget: 20);
        bench.Add(5);
        Sequence second = bench.Add(5);
        bench.Step();
        second.Tokens.Add(1);
        Assert.Equal([(second, 5, 1)], bench.Step());
    }

    [Fact]
    public void No_more_sequences_run_than_allowed()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 2, budget: 50);
        Sequence first = bench.Add(5), second = bench.Add(5), third = bench.Add(5);
        Assert.Equal([(first, 0, 5), (second, 0, 5)], bench.Step());
        bench.Scheduler.Remove(first);
        Assert.Equal([(third, 0, 5)], bench.Step());
    }

    [Fact]
    public void A_prompt_that_does_not_fit_waits_and_so_do_shorter_ones_behind_it()
    {
        var bench = new SchedulerBench(blocks: 4, maxSequences: 8, budget: 50);
        Sequence first = bench.Add(2 * BlockSize), second = bench.Add(3 * BlockSize);
        bench.Add(1);
        Assert.Equal([(first, 0, 16)], bench.Step());
        Assert.Equal(2, bench.Scheduler.WaitingCount);
        bench.Scheduler.Remove(first);
        Assert.Equal(second, bench.Step()[0].Sequence);
    }

    [Fact]
    public void The_last_running_sequence_gives_its_blocks_to_those_before_it_and_is_next_to_run_again()
    {
        var bench = new SchedulerBench(blocks: 4, maxSequences: 8, budget: 50);
        Sequence first = bench.Add(2 * BlockSize), second = bench.Add((2 * BlockSize) - 1), third = bench.Add(1);
        Assert.Equal([(first, 0, 16), (second, 0, 15)], bench.Step());
        first.Tokens.Add(1);
        second.Tokens.Add(1);
        Assert.Equal([(first, 16, 1)], bench.Step());
        Assert.Equal(SequencePhase.Preempted, second.Phase);
        Assert.Equal(0, second.ComputedTokens);

        bench.Scheduler.Remove(first);
        List<(Sequence Sequence, int First, int Count)> step = bench.Step();
        // The answer so far is kept, and the prompt's first block is still in the prefix cache.
        Assert.Equal((second, 8, 8), step[0]);
        Assert.Equal((third, 0, 1), step[1]);
    }

    [Fact]
    public void Sequences_of_one_step_share_the_prompt_the_first_of_them_computes()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 8, budget: 100);
        Sequence first = bench.Add(20, beginning: 7), second = bench.Add(20, beginning: 7);
        Assert.Equal([(first, 0, 20), (second, 16, 4)], bench.Step());
        Assert.Equal(first.Blocks.Blocks[..2].ToArray(), second.Blocks.Blocks[..2].ToArray());
        Assert.Equal(16, second.CachedTokens);
    }

    [Fact]
    public void A_sequence_that_needs_its_whole_prompt_computed_shares_nothing()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 8, budget: 100);
        bench.Add(20, beginning: 7);
        Sequence second = bench.Add(20, sharesPrefix: false, beginning: 7);
        Assert.Equal((second, 0, 20), bench.Step()[1]);
    }
}
