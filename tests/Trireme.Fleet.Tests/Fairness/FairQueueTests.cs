using CsCheck;
using Trireme.Fleet.Fairness;

namespace Trireme.Fleet.Tests.Fairness;

public sealed class FairQueueTests
{
    /// <summary>What happens to a queue: a kind of event and numbers to choose the item and its values by.</summary>
    private static readonly Gen<(int Kind, int Which, int Value)[]> s_events =
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 999], Gen.Int[0, 60]).Array[1, 200];

    [Fact]
    public void Every_answer_is_that_of_the_rules_written_plainly() =>
        s_events.Sample(
            events =>
            {
                var run = new ComparedRun();
                foreach ((int kind, int which, int value) in events) run.Apply(kind, which, value);
            },
            iter: 2_000);

    [Fact]
    public void Tenants_that_always_wait_are_never_further_apart_than_twice_what_is_served_at_once() =>
        Gen.Select(Gen.Int[1, 6], Gen.Int[1, 4].Array[2, 5], Gen.Int[1, 50].Array[400])
            .Sample(
                (seats, weights, costs) =>
                {
                    double[] served = ServeAllWaiting(seats, weights, costs, out double furthest);
                    double bound = 2.0 * seats * costs.Max();
                    Assert.True(furthest <= bound, $"{furthest} apart, more than {bound}: {string.Join(' ', served)}");
                },
                iter: 300);

    [Fact]
    public void No_item_is_served_before_one_of_better_priority() =>
        Gen.Select(Gen.Int[0, 4], Gen.Int[-2, 2])
            .Array[1, 50]
            .Sample(
                items =>
                {
                    var queue = new FairQueue<QueuedItem>();
                    for (int i = 0; i < items.Length; i++)
                    {
                        var item = new QueuedItem($"{items[i].Item1}", i) { Priority = items[i].Item2 };
                        queue.Enter(item);
                        queue.Add(item);
                    }

                    var order = new List<int>();
                    while (queue.Peek() is { } next)
                    {
                        order.Add(next.Priority);
                        queue.Remove(next);
                        queue.Charge(next, 10);
                        queue.Leave(next);
                    }

                    Assert.Equal(items.Select(item => item.Item2).Order(), order);
                });

    [Fact]
    public void Time_without_work_earns_nothing()
    {
        var queue = new FairQueue<QueuedItem>();
        long arrivals = 0;
        for (int i = 0; i < 100; i++) Serve(queue, Enter(queue, "busy", arrivals++));
        var waiting = new List<QueuedItem>();
        for (int i = 0; i < 10; i++)
        {
            waiting.Add(Enter(queue, "back", arrivals++));
            waiting.Add(Enter(queue, "busy", arrivals++));
        }

        var order = new List<string>();
        while (queue.Peek() is { } next)
        {
            order.Add(next.Tenant);
            Serve(queue, next);
        }

        // It takes turns from the start instead of catching up with a hundred.
        Assert.InRange(order.Take(10).Count(tenant => tenant == "back"), 4, 6);
        Assert.Equal(0, queue.TenantCount);
    }

    [Fact]
    public void Tenants_are_forgotten_once_nothing_is_to_be_made_up_for_and_never_more_than_the_limit_are_kept()
    {
        const int MaxIdleTenants = 64;
        var queue = new FairQueue<QueuedItem>(MaxIdleTenants);
        var steady = new QueuedItem("steady", 0);
        queue.Enter(steady);
        for (int i = 1; i < MaxIdleTenants * 2; i++)
        {
            var visitor = new QueuedItem($"visitor {i}", i);
            queue.Enter(visitor);
            queue.Charge(visitor, 1000 + i);
            queue.Leave(visitor);
            Assert.True(queue.TenantCount <= MaxIdleTenants + 1);
        }

        Assert.Equal(MaxIdleTenants + 1, queue.TenantCount);
        queue.Leave(steady);
        Assert.Equal(0, queue.TenantCount);
    }

    [Fact]
    public void An_item_expires_at_its_deadline_and_not_before()
    {
        var queue = new FairQueue<QueuedItem>();
        QueuedItem[] items =
        [
            new("one", 0) { Deadline = 5, Cost = 3 }, new("two", 1) { Cost = 4 }, new("one", 2) { Deadline = 7, Cost = 5 },
        ];
        foreach (QueuedItem item in items)
        {
            queue.Enter(item);
            queue.Add(item);
        }

        var expired = new List<QueuedItem>();
        queue.TakeExpired(4, expired);
        Assert.Empty(expired);
        queue.TakeExpired(5, expired);
        Assert.Equal([items[0]], expired);
        queue.TakeExpired(6, expired);
        queue.TakeExpired(7, expired);
        Assert.Equal([items[0], items[2]], expired);
        queue.TakeExpired(long.MaxValue, expired);
        Assert.Equal(2, expired.Count);
        Assert.Equal(1, queue.Count);
        Assert.Equal(4, queue.CostSum);
        Assert.Same(items[1], queue.Peek());
    }

    [Fact]
    public void A_turn_of_known_tenants_allocates_nothing()
    {
        var queue = new FairQueue<QueuedItem>();
        var expired = new List<QueuedItem>();
        QueuedItem[] items = [.. Enumerable.Range(0, 64).Select(i => new QueuedItem($"{i % 4}", i) { Deadline = 1_000_000 })];
        foreach (QueuedItem item in items) queue.Enter(item);
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run()
        {
            foreach (QueuedItem item in items) queue.Add(item);
            queue.TakeExpired(now: 1, expired);
            while (queue.Peek() is { } next)
            {
                queue.Remove(next);
                queue.Charge(next, next.Cost);
            }
        }
    }

    /// <summary>Serves tenants that always have an item waiting and gives what each got for its weight.</summary>
    private static double[] ServeAllWaiting(int seats, int[] weights, int[] costs, out double furthest)
    {
        var queue = new FairQueue<QueuedItem>();
        double[] served = new double[weights.Length];
        var running = new Queue<QueuedItem>();
        long arrivals = 0;
        void Send(int tenant)
        {
            int cost = costs[arrivals % costs.Length];
            var item = new QueuedItem($"{tenant}", arrivals++) { Weight = weights[tenant], Cost = cost };
            queue.Enter(item);
            queue.Add(item);
        }

        for (int tenant = 0; tenant < weights.Length; tenant++)
        {
            for (int i = 0; i <= seats; i++) Send(tenant);
        }

        furthest = 0;
        for (int i = 0; i < costs.Length; i++)
        {
            QueuedItem next = queue.Peek()!;
            queue.Remove(next);
            running.Enqueue(next);
            if (running.Count < seats) continue;
            QueuedItem done = running.Dequeue();
            int tenant = int.Parse(done.Tenant, System.Globalization.CultureInfo.InvariantCulture);
            // The cost is known only at the end, as that of an answer is.
            queue.Charge(done, done.Cost);
            served[tenant] += (double)done.Cost / weights[tenant];
            queue.Leave(done);
            Send(tenant);
            furthest = Math.Max(furthest, served.Max() - served.Min());
        }

        return served;
    }

    private static QueuedItem Enter(FairQueue<QueuedItem> queue, string tenant, long arrival)
    {
        var item = new QueuedItem(tenant, arrival);
        queue.Enter(item);
        queue.Add(item);
        return item;
    }

    private static void Serve(FairQueue<QueuedItem> queue, QueuedItem item)
    {
        queue.Remove(item);
        queue.Charge(item, 10);
        queue.Leave(item);
    }
}
