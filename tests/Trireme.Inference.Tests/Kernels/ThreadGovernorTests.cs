using Trireme.Inference.Kernels;

namespace Trireme.Inference.Tests.Kernels;

/// <summary>The governor on simulated machines: seconds of a step by threads and time.</summary>
public sealed class ThreadGovernorTests
{
    [Fact]
    public void Threads_that_pay_are_kept()
    {
        var machine = new Machine(2, (threads, _) => 0.02 / threads);
        Assert.InRange(machine.Run(untilSeconds: 30), 1, 1.02);
        Assert.Equal(2, machine.LastThreads);
    }

    [Fact]
    public void Threads_that_gain_nothing_or_lose_are_given_up()
    {
        Assert.InRange(new Machine(2, (threads, _) => threads == 1 ? 0.01 : 0.03).Run(untilSeconds: 30), 1, 1.03);
        var saturated = new Machine(2, (threads, _) => threads == 1 ? 0.01 : 0.0105);
        saturated.Run(untilSeconds: 30);
        Assert.Equal(1, saturated.LastThreads);
    }

    [Fact]
    public void A_load_that_comes_and_goes_is_followed()
    {
        // For a while every step on two threads waits for a thread that has no core.
        var machine = new Machine(2, (threads, now) => threads == 1 ? 0.02 : now is > 20 and < 60 ? 0.08 : 0.01);
        machine.Run(untilSeconds: 19.5);
        Assert.Equal(2, machine.LastThreads);
        machine.Run(untilSeconds: 22);
        Assert.Equal(1, machine.LastThreads);
        machine.Run(untilSeconds: 59);
        Assert.InRange(machine.Loss, 1, 1.1);
        machine.Run(untilSeconds: 90);
        Assert.Equal(2, machine.LastThreads);
        Assert.InRange(machine.Loss, 1, 1.2);
    }

    [Fact]
    public void Rare_stalls_weigh_as_much_as_they_cost()
    {
        var random = new Random(1);
        // One thread takes 10 ms, two take 6 and are stalled for 30 in a fifth of the steps: 12 on average.
        var machine = new Machine(2, (threads, _) => threads == 1 ? 0.01 : random.Next(5) == 0 ? 0.036 : 0.006, best: _ => 0.01);
        Assert.InRange(machine.Run(untilSeconds: 200), 0.9, 1.12);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(12)]
    public void Among_many_threads_the_best_count_is_found(int idleCores)
    {
        int[] counts = [1, 2, 4, 8, 12];
        double Cost(int threads, double now) => threads <= idleCores ? 0.02 / threads : 0.02 * threads / idleCores / idleCores;
        var machine = new Machine(12, Cost, best: now => counts.Min(threads => Cost(threads, now)));
        machine.Run(untilSeconds: 60);
        Assert.Equal(idleCores, machine.LastThreads);
    }

    [Fact]
    public void Large_batches_keep_their_threads_when_small_ones_lose_theirs()
    {
        var governor = new ThreadGovernor(2);
        double now = 0;
        int small = 0, large = 0;
        for (int step = 0; step < 4000; step++)
        {
            small = governor.Choose(1, now);
            Advance(1, small == 1 ? 0.005 : 0.006);
            large = governor.Choose(512, now);
            Advance(512, large == 1 ? 0.2 : 0.1);
        }

        Assert.Equal((1, 2), (small, large));
        void Advance(int tokens, double seconds)
        {
            now += seconds;
            governor.Record(tokens, seconds, now);
        }
    }

    [Fact]
    public void One_thread_is_never_more()
    {
        var machine = new Machine(1, (_, _) => 0.01);
        Assert.Equal(1, machine.Run(untilSeconds: 5), 1e-9);
    }

    /// <summary>Runs steps of one token and compares their time with what the best count would have taken.</summary>
    private sealed class Machine(int threadsMax, Func<int, double, double> cost, Func<double, double>? best = null)
    {
        private readonly ThreadGovernor _governor = new(threadsMax);
        private double _now;
        private double _best;

        public int LastThreads { get; private set; }

        public double Loss => _now / _best;

        public double Run(double untilSeconds)
        {
            while (_now < untilSeconds)
            {
                _best += best?.Invoke(_now) ?? Enumerable.Range(1, threadsMax).Min(threads => cost(threads, _now));
                LastThreads = _governor.Choose(1, _now);
                double seconds = cost(LastThreads, _now);
                _now += seconds;
                _governor.Record(1, seconds, _now);
            }

            return Loss;
        }
    }
}
