using Microsoft.Extensions.Time.Testing;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Tests.Kernels;

public sealed class ComputeThreadsTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_share_of_every_piece_runs_once(int threads)
    {
        const int Pieces = 2_000;
        using var pool = new ComputeThreads(threads);
        var counts = new int[threads];
        int wrongShares = 0;
        void Work(int index, int count)
        {
            if (count != threads) Interlocked.Increment(ref wrongShares);
            counts[index]++;
        }

        for (int piece = 1; piece <= Pieces; piece++)
        {
            pool.Run(Work);
            Assert.All(counts, count => Assert.Equal(piece, count));
        }

        Assert.Equal(0, wrongShares);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(3, 2)]
    public void A_failing_share_fails_the_caller_and_leaves_the_threads_usable(int threads, int failing)
    {
        using var pool = new ComputeThreads(threads);
        for (int i = 0; i < 10; i++)
        {
            Assert.Throws<InvalidDataException>(() => pool.Run((index, _) =>
            {
                if (index == failing) throw new InvalidDataException();
            }));
            int ran = 0;
            pool.Run((_, _) => Interlocked.Increment(ref ran));
            Assert.Equal(threads, ran);
        }
    }

    [Fact]
    public void Steps_that_are_slower_on_more_threads_move_to_one_and_still_do_all_their_work()
    {
        var time = new FakeTimeProvider();
        long waited = 0;
        using var pool = new ComputeThreads(3, time, () => waited);
        var items = new int[100];
        void Work(int index, int count)
        {
            (int first, int end) = Partition.Range(items.Length, index, count);
            for (int i = first; i < end; i++) items[i]++;
            if (index != 0) return;
            time.Advance(TimeSpan.FromMilliseconds(10 * count));
            // All but one of the threads wait for the one core there is.
            waited += 10_000_000L * count * (count - 1);
        }

        for (int step = 1; step <= 200; step++)
        {
            pool.BeginStep(tokens: 1);
            pool.Run(Work);
            pool.EndStep();
            Assert.All(items, count => Assert.Equal(step, count));
        }

        Assert.Equal(1, pool.Active);
        Assert.Equal(3, pool.Count);
    }

    [Fact]
    public void Ranges_cover_every_item_once_in_order()
    {
        for (int count = 0; count < 70; count++)
        {
            for (int parts = 1; parts < 9; parts++)
            {
                int next = 0;
                for (int part = 0; part < parts; part++)
                {
                    (int first, int end) = Partition.Range(count, part, parts, granularity: 8);
                    Assert.Equal(next, first);
                    Assert.True(first % 8 == 0 || first == count);
                    next = end;
                }

                Assert.Equal(count, next);
            }
        }
    }
}
