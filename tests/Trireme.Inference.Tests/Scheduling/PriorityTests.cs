using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Tests.Scheduling;

public sealed class PriorityTests
{
    private const int BlockSize = SchedulerBench.BlockSize;

    [Fact]
    public void The_lower_value_starts_first_whenever_it_came()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 8, budget: 10);
        Sequence late = bench.Add(10, priority: 1), usual = bench.Add(10), early = bench.Add(10, priority: -1);
        Assert.Equal([(early, 0, 10)], bench.Step());
        Assert.Equal([(usual, 0, 10)], bench.Step());
        Assert.Equal([(late, 0, 10)], bench.Step());
    }

    [Fact]
    public void The_victim_is_the_worst_by_priority_and_then_the_latest()
    {
        var bench = new SchedulerBench(blocks: 4, maxSequences: 8, budget: 50);
        Sequence worst = bench.Add(BlockSize, priority: 2), middle = bench.Add(BlockSize, priority: 1), best = bench.Add(2 * BlockSize);
        Assert.Equal([(best, 0, 16), (middle, 0, 8), (worst, 0, 8)], bench.Step());
        best.Tokens.Add(1);
        middle.Tokens.Add(1);
        worst.Tokens.Add(1);
        Assert.Equal([(best, 16, 1)], bench.Step());
        Assert.Equal([worst, middle], bench.Last!.Preempted);
        Assert.Equal(SequencePhase.Preempted, middle.Phase);
    }

    [Fact]
    public void A_better_priority_takes_the_seat_of_a_worse_one_but_not_of_its_equal()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 2, budget: 50);
        Sequence worse = bench.Add(5, priority: 5), equal = bench.Add(5, priority: 1);
        bench.Step();
        Sequence urgent = bench.Add(5, priority: 1), further = bench.Add(5, priority: 1);
        Assert.Equal([(urgent, 0, 5)], bench.Step());
        Assert.Equal([worse], bench.Last!.Preempted);
        Assert.Empty(bench.Step());
        Assert.Equal(SequencePhase.Waiting, further.Phase);
        bench.Scheduler.Remove(equal);
        Assert.Equal([(further, 0, 5)], bench.Step());
        bench.Scheduler.Remove(urgent);
        Assert.Equal([(worse, 0, 5)], bench.Step());
    }

    [Fact]
    public void A_better_priority_takes_the_blocks_of_worse_ones()
    {
        var bench = new SchedulerBench(blocks: 4, maxSequences: 8, budget: 50);
        Sequence worse = bench.Add(3 * BlockSize, priority: 5);
        bench.Step();
        Sequence urgent = bench.Add(2 * BlockSize);
        Assert.Equal([(urgent, 0, 16)], bench.Step());
        Assert.Equal(SequencePhase.Preempted, worse.Phase);
        bench.Scheduler.Remove(urgent);
        // Two of its blocks were taken over; what is left of the prefix is found again.
        Assert.Equal(worse, bench.Step()[0].Sequence);
    }

    [Fact]
    public void A_long_prompt_of_worse_priority_stands_back_until_a_better_one_has_started()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 8, budget: 20);
        Sequence bulk = bench.Add(100, priority: 1);
        Assert.Equal([(bulk, 0, 20)], bench.Step());
        Sequence urgent = bench.Add(15);
        Assert.Equal([(urgent, 0, 15), (bulk, 20, 5)], bench.Step());
        Assert.Equal([(bulk, 25, 20)], bench.Step());
    }

    [Fact]
    public void Answers_get_their_tokens_before_prompts_that_stand_earlier()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 8, budget: 20);
        Sequence answer = bench.Add(5, priority: 1);
        bench.Step();
        answer.Tokens.Add(1);
        Sequence prompt = bench.Add(60);
        bench.Step();
        answer.Tokens.Add(1);
        Assert.Equal([(prompt, 19, 19), (answer, 6, 1)], bench.Step());
    }

    [Fact]
    public void A_sequence_past_its_deadline_ends_before_it_starts_and_one_that_has_started_goes_on()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 1, budget: 20);
        Sequence running = bench.Add(30, deadline: 10);
        bench.Step(now: 9);
        Sequence waiting = bench.Add(5, deadline: 20, forks: 2), patient = bench.Add(5, deadline: 30), endless = bench.Add(5);
        Assert.Equal([(running, 20, 10)], bench.Step(now: 19));
        Assert.Empty(bench.Last!.Expired);
        Sequence[] group = [waiting, .. waiting.Forks];
        bench.Step(now: 20);
        Assert.Equal(group, bench.Last.Expired);
        Assert.All(group, sequence => Assert.Equal((SequencePhase.Finished, 0), (sequence.Phase, sequence.ComputedTokens)));
        Assert.Equal(2, bench.Scheduler.WaitingCount);
        bench.Scheduler.Remove(running);
        Assert.Equal([(patient, 0, 5)], bench.Step(now: 29));
        bench.Scheduler.Remove(patient);
        Assert.Equal([(endless, 0, 5)], bench.Step(now: long.MaxValue));
    }

    [Fact]
    public void A_step_that_ran_out_of_memory_is_computed_again_by_half_as_many_and_then_one_more_each_step()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 4, budget: 50);
        for (int i = 0; i < 4; i++) bench.Add(5);
        ScheduledStep step = bench.Scheduler.Schedule(now: 0, 50);
        Assert.True(bench.Scheduler.TryShrinkBatch(step));
        Assert.Equal(100, bench.Pool.FreeCount);
        Assert.Equal(2, bench.Step().Count);
        Assert.Single(bench.Step());
        Assert.Single(bench.Step());
        Assert.Equal(4, bench.Scheduler.RunningCount);

        var alone = new SchedulerBench(blocks: 100, maxSequences: 4, budget: 50);
        alone.Add(5);
        Assert.False(alone.Scheduler.TryShrinkBatch(alone.Scheduler.Schedule(now: 0, 50)));
    }
}
