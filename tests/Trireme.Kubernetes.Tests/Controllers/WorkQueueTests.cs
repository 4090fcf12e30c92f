using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Timing;

namespace Trireme.Kubernetes.Tests.Controllers;

public sealed class WorkQueueTests
{
    private static readonly CancellationToken Never = CancellationToken.None;

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_key_added_twice_is_handed_out_once()
    {
        using var queue = new WorkQueue<string>(_time);
        queue.Add("a");
        queue.Add("a");
        Assert.Equal("a", await queue.TakeAsync(Never));
        queue.Done("a");
        Assert.False(queue.TakeAsync(Never).IsCompleted);
    }

    [Fact]
    public async Task A_key_added_while_in_work_is_handed_out_again_when_the_work_is_done()
    {
        using var queue = new WorkQueue<string>(_time);
        queue.Add("a");
        await queue.TakeAsync(Never);
        queue.Add("a");
        Task<string> next = queue.TakeAsync(Never);
        Assert.False(next.IsCompleted);
        queue.Done("a");
        Assert.Equal("a", await next);
    }

    [Fact]
    public async Task A_delayed_key_comes_at_its_time_and_not_before()
    {
        using var queue = new WorkQueue<string>(_time);
        queue.AddAfter("a", TimeSpan.FromSeconds(10));
        Task<string> next = queue.TakeAsync(Never);
        _time.Advance(TimeSpan.FromSeconds(9.999));
        Assert.False(next.IsCompleted);
        Assert.Equal(1, queue.Delayed);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("a", await next);
        Assert.Equal(0, queue.Delayed);
    }

    [Theory]
    [InlineData(10, 2)]
    [InlineData(2, 10)]
    public async Task Of_two_delays_the_shorter_one_counts_and_the_key_comes_once(int first, int second)
    {
        using var queue = new WorkQueue<string>(_time);
        queue.AddAfter("a", TimeSpan.FromSeconds(first));
        queue.AddAfter("a", TimeSpan.FromSeconds(second));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("a", await queue.TakeAsync(Never));
        queue.Done("a");
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.False(queue.TakeAsync(Never).IsCompleted);
    }

    [Fact]
    public void Pauses_double_with_each_failure_up_to_the_limit_and_start_over_when_forgotten()
    {
        using var queue = new WorkQueue<string>(_time, new Backoff { First = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromSeconds(5) });
        Assert.Equal([1, 2, 4, 5, 5], Enumerable.Range(0, 5).Select(_ => queue.AddAfterFailure("a").TotalSeconds));
        queue.Forget("a");
        Assert.Equal(1, queue.AddAfterFailure("a").TotalSeconds);
    }

    [Fact]
    public void Jitter_only_shortens_a_pause()
    {
        var backoff = new Backoff { First = TimeSpan.FromSeconds(8), Jitter = 0.5 };
        Assert.All(Enumerable.Range(0, 1000), _ => Assert.InRange(backoff.After(1).TotalSeconds, 4, 8));
        Assert.Equal(60, new Backoff().After(int.MaxValue).TotalSeconds);
    }

    /// <summary>
    /// Whatever happens in whatever order: no key is with two workers at once, and every wish for attention is followed by a
    /// hand-out once its time has come and workers are free.
    /// </summary>
    [Fact]
    public void No_wish_is_lost_and_no_key_is_worked_on_twice_at_once()
    {
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 3], Gen.Int[1, 5000]).List[1, 200].Sample(
            operations =>
            {
                using var world = new QueueWorld();
                foreach ((int kind, int key, int milliseconds) in operations) world.Step(kind, key, milliseconds);
                world.Drain();
            },
            iter: 2000);
    }

    private sealed class QueueWorld : IDisposable
    {
        private readonly FakeTimeProvider _time = new();
        private readonly WorkQueue<int> _queue;
        private readonly HashSet<int> _working = [];
        private readonly HashSet<int> _unserved = [];

        public QueueWorld() => _queue = new WorkQueue<int>(_time);

        public void Step(int kind, int key, int milliseconds)
        {
            switch (kind)
            {
                case 0:
                    _unserved.Add(key);
                    _queue.Add(key);
                    break;
                case 1:
                    _unserved.Add(key);
                    _queue.AddAfter(key, TimeSpan.FromMilliseconds(milliseconds));
                    break;
                case 2:
                    _unserved.Add(key);
                    _queue.AddAfterFailure(key);
                    break;
                case 3:
                    Take();
                    break;
                case 4 when _working.Remove(key):
                    _queue.Done(key);
                    break;
                default:
                    _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
                    break;
            }
        }

        public void Drain()
        {
            _time.Advance(TimeSpan.FromHours(1));
            for (int round = 0; round < 10; round++)
            {
                while (Take())
                {
                    // Hand out all that is ready.
                }

                foreach (int key in _working) _queue.Done(key);
                _working.Clear();
            }

            Assert.Empty(_unserved);
            Assert.Equal(0, _queue.Depth);
        }

        public void Dispose() => _queue.Dispose();

        private bool Take()
        {
            if (_queue.Depth == 0) return false;
            using var cancel = new CancellationTokenSource();
            Task<int> next = _queue.TakeAsync(cancel.Token);
            if (!next.IsCompletedSuccessfully)
            {
                // Everything that waits is in work; the request is taken back.
                cancel.Cancel();
                return false;
            }

#pragma warning disable RS0030 // The task is complete.
            int key = next.Result;
#pragma warning restore RS0030
            Assert.True(_working.Add(key), "a key was handed out twice");
            _unserved.Remove(key);
            return true;
        }
    }
}
