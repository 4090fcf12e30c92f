using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Trireme.Inference.Kernels;

/// <summary>
/// Runs one piece of work on several threads, the caller's included, and returns when all are done. Waiting threads spin for a
/// moment, because the next piece of a forward pass follows within microseconds, and then park: on a machine shared with others,
/// spinning longer takes the cores from the very threads that are waited for. How many threads take part is decided anew for each
/// step, so that a busy machine costs the other threads' help and no more. Results must not depend on the number.
/// </summary>
internal sealed class ComputeThreads : IDisposable
{
    private static readonly long SpinTicks = Stopwatch.Frequency / 1_000_000 * 20;

    private readonly Worker[] _workers;
    private readonly ThreadGovernor _governor;
    private readonly CoreContention _contention = new();
    private readonly RunDelay _delay = new();
    private readonly Func<long?> _waitedNanoseconds;
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly ManualResetEventSlim _done = new(initialState: false, spinCount: 0);
    private Action<int, int>? _work;
    private Exception? _failure;
    private int _pending;
    private int _stepTokens;
    private long _stepStarted;
    private volatile bool _stopping;

    /// <param name="threads">Most threads that compute, the caller's included; 1 runs everything inline.</param>
    /// <param name="time">Clock of the steps; the system's when absent.</param>
    /// <param name="waitedNanoseconds">How long the threads have waited for cores so far; the kernel's word when absent.</param>
    public ComputeThreads(int threads, TimeProvider? time = null, Func<long?>? waitedNanoseconds = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Count = threads;
        Active = threads;
        _time = time ?? TimeProvider.System;
        _origin = _time.GetTimestamp();
        _governor = new ThreadGovernor(threads);
        _waitedNanoseconds = waitedNanoseconds ?? _delay.Nanoseconds;
        _workers = new Worker[threads - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Worker(this, i + 1);
            _workers[i].Start();
        }
    }

    /// <summary>Most threads that take part in a piece of work.</summary>
    public int Count { get; }

    /// <summary>Threads that take part now.</summary>
    public int Active { get; private set; }

    /// <summary>Starts a step of this many tokens: decides how many threads its pieces of work get.</summary>
    public void BeginStep(int tokens)
    {
        if (Count == 1 || tokens == 0) return;
        _stepTokens = tokens;
        _stepStarted = _time.GetTimestamp();
        double now = SecondsTo(_stepStarted);
        Active = _governor.Choose(tokens, now, IsContended(now));
    }

    /// <summary>Ends the step, whose time helps to decide about the next ones.</summary>
    public void EndStep()
    {
        if (_stepTokens == 0) return;
        long now = _time.GetTimestamp();
        _governor.Record(_stepTokens, _time.GetElapsedTime(_stepStarted, now).TotalSeconds, SecondsTo(now));
        _stepTokens = 0;
    }

    /// <summary>
    /// Calls the work once per active thread with the thread's number and the number of active threads. Only one thread at a time may
    /// call this. The first exception of any thread is thrown again here after all threads are done.
    /// </summary>
    public void Run(Action<int, int> work)
    {
        if (Active == 1)
        {
            work(0, 1);
            return;
        }

        _work = work;
        _failure = null;
        _done.Reset();
        Volatile.Write(ref _pending, Active - 1);
        for (int i = 0; i < Active - 1; i++) _workers[i].Call();
        RunShare(0);
        if (!SpinUntilDone()) _done.Wait();
        if (_failure is not null) ExceptionDispatchInfo.Throw(_failure);
    }

    public void Dispose()
    {
        _stopping = true;
        foreach (Worker worker in _workers)
        {
            worker.Call();
            worker.Dispose();
        }

        _done.Dispose();
        _delay.Dispose();
    }

    /// <summary>Whether the threads of the last steps waited for cores; null where the kernel does not say.</summary>
    private bool? IsContended(double nowSeconds)
    {
        // Whoever begins a step computes its share.
        _delay.AddThisThread();
        return _contention.Update(_contention.IsDue(nowSeconds) ? _waitedNanoseconds() : null, nowSeconds, Active);
    }

    private double SecondsTo(long timestamp) => _time.GetElapsedTime(_origin, timestamp).TotalSeconds;

    private void RunShare(int index)
    {
        try
        {
            _work!(index, Active);
        }
#pragma warning disable CA1031 // Whatever the work throws belongs to the caller of Run.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _failure, exception, null);
        }
    }

    private bool SpinUntilDone()
    {
        long deadline = Stopwatch.GetTimestamp() + SpinTicks;
        while (Volatile.Read(ref _pending) != 0)
        {
            if (Stopwatch.GetTimestamp() > deadline) return false;
            Thread.SpinWait(4);
        }

        // The last worker still has to set the event; a later Reset must not overtake it.
        _done.Wait();
        return true;
    }

    private sealed class Worker : IDisposable
    {
        private readonly ComputeThreads _owner;
        private readonly int _index;
        private readonly Thread _thread;
        private readonly ManualResetEventSlim _wake = new(initialState: false, spinCount: 0);
        private long _calls;

        public Worker(ComputeThreads owner, int index)
        {
            _owner = owner;
            _index = index;
            _thread = new Thread(Loop) { IsBackground = true, Name = $"compute {index}" };
        }

        public void Start() => _thread.Start();

        /// <summary>Lets the thread run its share of the work that is set.</summary>
        public void Call()
        {
            Interlocked.Increment(ref _calls);
            _wake.Set();
        }

        public void Dispose()
        {
            _thread.Join();
            _wake.Dispose();
        }

        private void Loop()
        {
            _owner._delay.AddThisThread();
            for (long seen = 0; ; seen++)
            {
                AwaitCallAfter(seen);
                if (_owner._stopping) return;
                _owner.RunShare(_index);
                if (Interlocked.Decrement(ref _owner._pending) == 0) _owner._done.Set();
            }
        }

        private void AwaitCallAfter(long seen)
        {
            long deadline = Stopwatch.GetTimestamp() + SpinTicks;
            while (Volatile.Read(ref _calls) == seen)
            {
                if (Stopwatch.GetTimestamp() <= deadline)
                {
                    Thread.SpinWait(4);
                    continue;
                }

                // Calls are counted before the event is set: the count is read again after the reset, so no wake-up is lost.
                _wake.Reset();
                if (Volatile.Read(ref _calls) == seen) _wake.Wait();
            }
        }
    }
}
