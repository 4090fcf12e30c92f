using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Tests.Scheduling;

public sealed class DraftTests
{
    [Fact]
    public void A_draft_is_planned_behind_the_last_token_and_what_is_right_of_it_is_computed()
    {
        var bench = new SchedulerBench(blocks: 20, maxSequences: 4, budget: 64);
        Sequence answer = Started(bench);
        answer.WantedDrafts = 3;
        ScheduledStep step = bench.Scheduler.Schedule(now: 0, tokenBudget: 64);
        ScheduledChunk chunk = Assert.Single(step.Chunks);
        Assert.Equal((1, 3), (chunk.Count, chunk.Drafts));
        Assert.Equal((4, 4, 0), (step.TokenCount, step.DecodeCount, step.PrefillCount));
        int known = answer.Tokens.Count;
        answer.Tokens.AddRange([70, 71, 72]);
        bench.Scheduler.Complete(step);
        Assert.Equal(known + 2, answer.ComputedTokens);
        Assert.Equal(1, answer.Remaining);
    }

    [Fact]
    public void Drafts_share_half_of_what_the_answers_leave_of_the_budget_while_prompts_wait()
    {
        var bench = new SchedulerBench(blocks: 60, maxSequences: 4, budget: 21);
        Sequence answer = Started(bench);
        answer.WantedDrafts = 16;
        Sequence prompt = bench.Add(100);
        ScheduledStep step = bench.Scheduler.Schedule(now: 0, tokenBudget: 21);
        Assert.Equal(21, step.TokenCount);
        Assert.Equal(10, step.Chunks.Single(chunk => chunk.Sequence == prompt).Count);
        Assert.Equal(10, step.Chunks.Single(chunk => chunk.Sequence == answer).Drafts);
    }

    [Fact]
    public void A_draft_takes_only_free_blocks_and_one_that_was_wrong_gives_them_back_before_they_are_missed()
    {
        var bench = new SchedulerBench(blocks: 4, maxSequences: 4, budget: 64);
        Sequence first = bench.Add(SchedulerBench.BlockSize - 1);
        Sequence second = bench.Add((2 * SchedulerBench.BlockSize) - 1);
        bench.Step();
        foreach (Sequence answer in new[] { first, second })
        {
            answer.Tokens.Add(69);
            answer.WantedDrafts = 6;
        }

        // The answers' last tokens fill what they have; the one free block is left for the drafts of one of them.
        ScheduledStep step = bench.Scheduler.Schedule(now: 0, tokenBudget: 64);
        Assert.Equal([6, 0], step.Chunks.Select(chunk => chunk.Drafts));
        Assert.Equal((2, 0), (first.Blocks.Count, bench.Pool.FreeCount));
        second.Tokens.Add(70);
        bench.Scheduler.Complete(step);
        Assert.Equal((1, 1), (first.Blocks.Count, bench.Pool.FreeCount));

        step = bench.Scheduler.Schedule(now: 1, tokenBudget: 64);
        Assert.Empty(step.Preempted);
        Assert.Equal(second, Assert.Single(step.Chunks).Sequence);
    }

    private static Sequence Started(SchedulerBench bench, int prompt = 20)
    {
        Sequence answer = bench.Add(prompt);
        bench.Scheduler.Complete(bench.Scheduler.Schedule(now: 0, tokenBudget: 64));
        answer.Tokens.Add(69);
        return answer;
    }
}
