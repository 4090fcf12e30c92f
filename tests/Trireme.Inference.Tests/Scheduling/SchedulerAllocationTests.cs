using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Tests.Scheduling;

public sealed class SchedulerAllocationTests
{
    [Fact]
    public void Planning_and_completing_steps_of_running_answers_allocates_nothing()
    {
        const int Answers = 8;
        const int Warm = 330;
        const int Measured = 150;
        var bench = new SchedulerBench(blocks: 600, maxSequences: Answers, budget: 64);
        var budget = new StepBudget(64, targetSeconds: 0.05);
        var sequences = new List<Sequence>();
        for (int i = 0; i < Answers; i++)
        {
            sequences.Add(bench.Add(20));
            sequences[^1].Tokens.EnsureCapacity(20 + Warm + Measured);
        }

        // Blocks and their hashes lie in lists that double now and then; the warm-up ends between two doublings.
        Run(Warm);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(Measured);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(Answers, bench.Scheduler.RunningCount);

        void Run(int steps)
        {
            for (int i = 0; i < steps; i++)
            {
                ScheduledStep step = bench.Scheduler.Schedule(now: i, budget.Decide(bench.Scheduler.StreamCount));
                budget.Observe(step, seconds: 0.01);
                bench.Scheduler.Complete(step);
                foreach (ScheduledChunk chunk in step.Chunks)
                {
                    if (chunk.ReachesEnd) chunk.Sequence.Tokens.Add(i);
                }
            }
        }
    }
}
