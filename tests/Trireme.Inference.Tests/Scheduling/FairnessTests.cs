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
                served[tenant] += (chunk.IsDecode ? Scheduler.DecodeCost : chunk.Count) / weights[tenant];
                if (!chunk.ReachesEnd) continue;
                sequence.Tokens.Add(random.Next());
                if (sequence.Tokens.Count < targets[sequence]) continue;
                targets.Remove(sequence);
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
