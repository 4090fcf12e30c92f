using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Tests.Scheduling;

public sealed class FairnessTests
{
    [Fact]
    public void A_tenant_with_many_requests_does_not_hold_up_one_with_few()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 1, budget: 50);
        Sequence running = bench.Add(10, tenant: "many");
        bench.Step();
        for (int i = 0; i < 20; i++) bench.Add(10, tenant: "many");
        Sequence few = bench.Add(10, tenant: "few");
        running.Tokens.Add(1);
        bench.Step();
        bench.Scheduler.Remove(running);
        Assert.Equal(few, bench.Step()[0].Sequence);
    }

    [Fact]
    public void Priority_comes_before_fairness()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 1, budget: 50);
        Sequence running = bench.Add(10, tenant: "many");
        bench.Step();
        bench.Add(10, tenant: "few");
        Sequence urgent = bench.Add(10, tenant: "many", priority: -1);
        bench.Scheduler.Remove(running);
        Assert.Equal(urgent, bench.Step()[0].Sequence);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(15)]
    public void A_tenant_that_has_all_places_gives_one_to_another_at_once_and_takes_it_back_at_its_end(int forks)
    {
        var bench = new SchedulerBench(blocks: 1000, maxSequences: 16, budget: 200);
        List<Sequence> many = [];
        while (many.Count < 16)
        {
            Sequence leader = bench.Add(10, tenant: "many", forks: forks);
            many.AddRange([leader, .. leader.Forks]);
        }

        Sequence waiting = bench.Add(10, tenant: "many");
        bench.Answer(steps: 20);
        Assert.Equal(16, bench.Scheduler.RunningCount);
        Sequence few = bench.Add(10, tenant: "few");
        Assert.Contains((few, 0, 10), bench.Step());
        Assert.Equal([many[^1]], bench.Last!.Preempted);

        // While both have what they are owed, nothing changes hands, and what was lost comes back before what never ran.
        for (int i = 0; i < 50; i++)
        {
            bench.Answer(steps: 1);
            Assert.Empty(bench.Last.Preempted);
        }

        bench.Scheduler.Remove(few);
        Assert.Contains(bench.Step(), chunk => chunk.Sequence == many[^1]);
        Assert.Equal(SequencePhase.Waiting, waiting.Phase);
    }

    [Fact]
    public void A_tenant_that_has_all_blocks_gives_as_many_as_another_needs_or_none()
    {
        var bench = new SchedulerBench(blocks: 40, maxSequences: 64, budget: 400);
        for (int i = 0; i < 8; i++) bench.Add(5 * SchedulerBench.BlockSize, tenant: "many");
        bench.Step();
        Sequence few = bench.Add(12 * SchedulerBench.BlockSize, tenant: "few");
        bench.Step();
        Assert.Equal(3, bench.Last!.Preempted.Count);
        Assert.Equal(SequencePhase.Running, few.Phase);
        bench.Scheduler.Remove(few);
        bench.Step();

        // Seven of eight could be owed, which have 35 blocks: all of them would be lost in vain.
        Sequence long1 = bench.Add(36 * SchedulerBench.BlockSize, tenant: "few");
        bench.Step();
        Assert.Empty(bench.Last.Preempted);
        Assert.Equal((SequencePhase.Waiting, 8), (long1.Phase, bench.Scheduler.RunningCount));
    }

    [Fact]
    public void Where_answers_outgrow_the_blocks_the_tenant_with_most_of_them_loses_one()
    {
        var bench = new SchedulerBench(blocks: 20, maxSequences: 64, budget: 200);
        for (int i = 0; i < 8; i++) bench.Add(10, tenant: "many");
        bench.Answer(steps: 1);
        Sequence few = bench.Add(10, tenant: "few");
        int lost = 0;
        for (int i = 0; i < 40; i++)
        {
            bench.Answer(steps: 1);
            lost += bench.Last!.Preempted.Count;
            Assert.DoesNotContain(few, bench.Last.Preempted);
        }

        Assert.InRange(lost, 1, 100);
        Assert.Equal(40, few.GeneratedCount);
    }

    [Fact]
    public void Time_without_requests_earns_nothing()
    {
        var bench = new SchedulerBench(blocks: 100, maxSequences: 1, budget: 50);
        Sequence Serve(string tenant)
        {
            Sequence sequence = bench.Add(10, tenant: tenant);
            bench.Add(10, tenant: tenant);
            return sequence;
        }

        // The first tenant works alone for a while; then the second one comes and must not get all of that time back.
        Serve("first");
        for (int i = 0; i < 10; i++)
        {
            Sequence served = bench.Step()[0].Sequence;
            bench.Add(10, tenant: "first");
            bench.Scheduler.Remove(served);
        }

        for (int i = 0; i < 12; i++) bench.Add(10, tenant: "second");
        var order = new List<string>();
        for (int i = 0; i < 10; i++)
        {
            Sequence served = bench.Step()[0].Sequence;
            order.Add(served.Tenant);
            bench.Add(10, tenant: "first");
            bench.Scheduler.Remove(served);
        }

        Assert.InRange(order.Count(tenant => tenant == "second"), 4, 6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Tenants_that_always_wait_are_served_by_weight_whatever_they_send(int seed)
    {
        const int Seats = 4;
        const int MaxTokens = 96;
        double[] weights = [1, 1, 2, 4];
        var random = new Random(seed);
        var bench = new SchedulerBench(blocks: Seats * MaxTokens / SchedulerBench.BlockSize, maxSequences: Seats, budget: 40);
        var targets = new Dictionary<Sequence, int>();
        var computed = new Dictionary<Sequence, int>();
        double[] served = new double[weights.Length];
        double bound = 0;
        void Send(int tenant)
        {
            // One sends long prompts, one long answers, the others both.
            int prompt = tenant == 0 ? 60 : tenant == 1 ? 5 : random.Next(1, 60);
            int answer = tenant == 0 ? 2 : random.Next(1, 30);
            Sequence sequence = bench.Add(prompt, tenant: $"{tenant}", weight: weights[tenant]);
            targets.Add(sequence, prompt + answer);
        }

        for (int tenant = 0; tenant < weights.Length; tenant++)
        {
            for (int i = 0; i < 3; i++) Send(tenant);
        }

        for (int step = 0; step < 5_000; step++)
        {
            bench.Step();
            foreach (ScheduledChunk chunk in bench.Last!.Chunks.ToArray())
            {
                Sequence sequence = chunk.Sequence;
                int tenant = int.Parse(sequence.Tenant, System.Globalization.CultureInfo.InvariantCulture);

                // What is computed again after a preemption is no service.
                int known = computed.GetValueOrDefault(sequence, 0);
                int tokens = Math.Max(0, chunk.End - Math.Max(known, chunk.First));
                computed[sequence] = Math.Max(known, chunk.End);
                served[tenant] += (chunk.IsDecode ? Scheduler.DecodeCost : 1) * tokens / weights[tenant];
                if (!chunk.ReachesEnd) continue;
                sequence.Tokens.Add(random.Next());
                if (sequence.Tokens.Count < targets[sequence]) continue;
                targets.Remove(sequence);
                computed.Remove(sequence);
                bench.Scheduler.Remove(sequence);
                Send(tenant);
            }

            bound = Math.Max(bound, served.Max() - served.Min());
        }

        // Sheng et al.: the difference is at most twice what the batch can hold.
        Assert.True(bound <= 2 * Seats * (60 + (2 * 30)), $"The shares were {bound:0} tokens apart.");
        Assert.True(served.Min() > 0.95 * served.Max(), string.Join(' ', served));
    }
}
