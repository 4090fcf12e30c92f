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
        var busy = new Machine(2, (threads, _) => threads == 1 ? 0.01 : 0.03) { IsContended = (threads, _) => threads == 2 };
        Assert.InRange(busy.Run(untilSeconds: 30), 1, 1.03);
        // Nothing waits for a core, and still the second thread is in vain: that is found in time.
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
        var machine = new Machine(2, (threads, _) => threads == 1 ? 0.01 : random.Next(5) == 0 ? 0.036 : 0.006, best: _ => 0.01)
        {
            IsContended = (threads, _) => threads == 2,
        };
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
        var machine = new Machine(12, Cost, best: now => counts.Min(threads => Cost(threads, now)))
        {
            IsContended = (threads, _) => threads > idleCores,
        };
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
            small = governor.Choose(1, now, isContended: true);
            Advance(1, small == 1 ? 0.005 : 0.006);
            large = governor.Choose(512, now, isContended: true);
            Advance(512, large == 1 ? 0.2 : 0.1);
        }

        Assert.Equal((1, 2), (small, large));
        void Advance(int tokens, double seconds)
        {
            now += seconds;
            governor.Record(tokens, seconds, now);
        }
    }

    /// <summary>The first prompts of a user: nothing is slower than it was, and no thread waits for a core.</summary>
    [Theory]
    [InlineData(512, 0.16)]
    [InlineData(512, 0.8)]
    [InlineData(64, 0.05)]
    [InlineData(1, 0.02)]
    public void On_a_quiet_machine_steps_run_on_the_best_count(int tokens, double secondsOfTwo)
    {
        var random = new Random(5);
        // Steps of a quiet machine vary by a few hundredths.
        double Cost(int threads, double now) => (threads == 2 ? 1 : 1.8) * secondsOfTwo * (1 + random.NextDouble() * 0.08);
        var machine = new Machine(2, Cost, best: _ => secondsOfTwo)
        {
            IsContended = (_, _) => false,
            Tokens = tokens,
        };
        machine.RunSteps(10);
        Assert.Equal(0, machine.StepsBelow);
        machine.RunSteps(5000);
        Assert.InRange(machine.StepsBelow, 0, 50);
    }

    [Fact]
    public void A_trial_that_is_clearly_worse_ends_with_its_first_step()
    {
        var machine = new Machine(2, (threads, _) => threads == 2 ? 0.02 : 0.036) { IsContended = (_, _) => true };
        machine.RunSteps(5);
        Assert.Equal(1, machine.StepsBelow);
        machine.RunSteps(5);
        Assert.Equal(1, machine.StepsBelow);
    }

    [Fact]
    public void Long_steps_are_tried_on_when_the_kernel_says_so_and_then_once()
    {
        // They get slower, as prompts do behind long conversations: no reason by itself.
        var growing = new Machine(2, (threads, now) => (threads == 2 ? 0.5 : 0.9) * (1 + now / 100))
        {
            IsContended = (_, _) => false,
            Tokens = 512,
        };
        growing.RunSteps(200);
        Assert.Equal(0, growing.StepsBelow);

        var busy = new Machine(2, (threads, _) => threads == 2 ? 2.0 : 1.0)
        {
            IsContended = (threads, _) => threads == 2,
            Tokens = 512,
        };
        busy.RunSteps(6);
        Assert.Equal(1, busy.LastThreads);
        Assert.Equal(2, busy.StepsBelow);
    }

    [Fact]
    public void Beside_a_busy_neighbour_steps_do_not_collapse()
    {
        foreach (int tokens in (int[])[1, 512])
        {
            double scale = tokens == 1 ? 0.01 : 0.5;
            var machine = new Machine(2, (threads, now) => scale * (threads == 1 ? 1.8 : now is > 60 and < 180 ? 8 : 1))
            {
                IsContended = (threads, now) => threads == 2 && now is > 60 and < 180,
                Tokens = tokens,
            };
            machine.Run(untilSeconds: 400);
            Assert.Equal(2, machine.LastThreads);
            Assert.InRange(machine.Loss, 1, 1.25);
        }
    }

    [Fact]
    public void Steps_of_about_as_many_tokens_are_not_slower_for_being_fewer()
    {
        // A step costs the same for two streams and for three, as decoding does.
        var governor = new ThreadGovernor(2);
        double now = 0;
        for (int step = 0; step < 600; step++)
        {
            int tokens = step % 40 < 20 ? 3 : 2;
            Assert.Equal(2, governor.Choose(tokens, now, isContended: false));
            now += 0.02;
            governor.Record(tokens, 0.02, now);
        }
    }

    [Theory]
    [InlineData("nobody waits", 0.0, false)]
    [InlineData("a thread waits now and then", 0.004, false)]
    [InlineData("each of two threads waits a third of the time", 0.066, true)]
    public void Cores_are_contended_when_threads_wait_for_a_tenth_of_their_time(string sentence, double waitedSeconds, bool expected)
    {
        var contention = new CoreContention();
        Assert.False(contention.Update(5_000_000_000, 10, threads: 2));
        Assert.False(contention.IsDue(10.01));
        bool? contended = contention.Update(5_000_000_000 + (long)(waitedSeconds * 1e9), 10.1, threads: 2);
        Assert.True(contended == expected, sentence);
        // Unknown stays unknown, and a pause is no evidence.
        Assert.Null(contention.Update(null, 10.2, threads: 2));
        Assert.False(contention.Update(90_000_000_000, 60, threads: 2));
    }

    [Fact]
    public void The_kernel_says_how_long_threads_have_waited()
    {
        using var delay = new RunDelay();
        delay.AddThisThread();
        Assert.SkipUnless(File.Exists("/proc/thread-self/schedstat"), "this kernel keeps no such statistics");
        Assert.InRange(delay.Nanoseconds() ?? -1, 0, long.MaxValue);
    }

    [Fact]
    public void One_thread_is_never_more()
    {
        var machine = new Machine(1, (_, _) => 0.01);
        Assert.Equal(1, machine.Run(untilSeconds: 5), 1e-9);
    }

    /// <summary>Runs steps and compares their time with what the best count would have taken.</summary>
    private sealed class Machine(int threadsMax, Func<int, double, double> cost, Func<double, double>? best = null)
    {
        private readonly ThreadGovernor _governor = new(threadsMax);
        private double _now;
        private double _best;

        /// <summary>The kernel's word, by the threads of the last step and the time; without it, the kernel says nothing.</summary>
        public Func<int, double, bool>? IsContended { get; init; }

        public int Tokens { get; init; } = 1;

        /// <summary>Zero before the first step.</summary>
        public int LastThreads { get; private set; }

        /// <summary>Steps on fewer than all threads.</summary>
        public int StepsBelow { get; private set; }

        public double Loss => _now / _best;

        public double Run(double untilSeconds)
        {
            while (_now < untilSeconds) RunStep();
            return Loss;
        }

        public void RunSteps(int count)
        {
            for (int i = 0; i < count; i++) RunStep();
        }

        private void RunStep()
        {
            _best += best?.Invoke(_now) ?? Enumerable.Range(1, threadsMax).Min(threads => cost(threads, _now));
            LastThreads = _governor.Choose(Tokens, _now, IsContended?.Invoke(LastThreads == 0 ? threadsMax : LastThreads, _now));
            if (LastThreads < threadsMax) StepsBelow++;
            double seconds = cost(LastThreads, _now);
            _now += seconds;
            _governor.Record(Tokens, seconds, _now);
        }
    }
}
