using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Trireme.Inference.Kernels;

/// <summary>
/// Runs one piece of work on a fixed number of threads, the caller's included, and returns when all are done. Waiting threads spin
/// for a moment, because the next piece of a forward pass follows within microseconds, and then park: on a machine shared with
/// others, spinning longer takes the cores from the very threads that are waited for.
/// </summary>
internal sealed class ComputeThreads : IDisposable
{
    private static readonly long SpinTicks = Stopwatch.Frequency / 1_000_000 * 20;

    private readonly Worker[] _workers;
    private readonly ManualResetEventSlim _done = new(initialState: false, spinCount: 0);
    private Action<int, int>? _work;
    private Exception? _failure;
    private long _generation;
    private int _pending;
    private volatile bool _stopping;

    /// <param name="threads">Threads that compute, the caller's included; 1 runs everything inline.</param>
    public ComputeThreads(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Count = threads;
        _workers = new Worker[threads - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Worker(this, i + 1);
            _workers[i].Start();
        }
    }

    public int Count { get; }

    /// <summary>
    /// Calls the work once per thread with the thread's number and the number of threads. Only one thread at a time may call this.
    /// The first exception of any thread is thrown again here after all threads are done.
    /// </summary>
    public void Run(Action<int, int> work)
    {
        if (_workers.Length == 0)
        {
            work(0, 1);
            return;
        }

        _work = work;
        _failure = null;
        _done.Reset();
        Volatile.Write(ref _pending, _workers.Length);
        Interlocked.Increment(ref _generation);
        foreach (Worker worker in _workers) worker.Wake.Set();
        RunShare(0);
        if (!SpinUntilDone()) _done.Wait();
        if (_failure is not null) ExceptionDispatchInfo.Throw(_failure);
    }

    public void Dispose()
    {
        _stopping = true;
        Interlocked.Increment(ref _generation);
        foreach (Worker worker in _workers)
        {
            worker.Wake.Set();
            worker.Join();
        }

        _done.Dispose();
    }

    private void RunShare(int index)
    {
        try
        {
            _work!(index, Count);
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

    private sealed class Worker
    {
        private readonly ComputeThreads _owner;
        private readonly int _index;
        private readonly Thread _thread;

        public Worker(ComputeThreads owner, int index)
        {
            _owner = owner;
            _index = index;
            _thread = new Thread(Loop) { IsBackground = true, Name = $"compute {index}" };
        }

        public ManualResetEventSlim Wake { get; } = new(initialState: false, spinCount: 0);

        public void Start() => _thread.Start();

        public void Join()
        {
            _thread.Join();
            Wake.Dispose();
        }

        private void Loop()
        {
            for (long seen = 0; ; seen++)
            {
                AwaitGenerationAfter(seen);
                if (_owner._stopping) return;
                _owner.RunShare(_index);
                if (Interlocked.Decrement(ref _owner._pending) == 0) _owner._done.Set();
            }
        }

        private void AwaitGenerationAfter(long seen)
        {
            long deadline = Stopwatch.GetTimestamp() + SpinTicks;
            while (Volatile.Read(ref _owner._generation) == seen)
            {
                if (Stopwatch.GetTimestamp() <= deadline)
                {
                    Thread.SpinWait(4);
                    continue;
                }

                // The generation rises before the event is set: it is read again after the reset, so no wake-up is lost.
                Wake.Reset();
                if (Volatile.Read(ref _owner._generation) == seen) Wake.Wait();
            }
        }
    }
}
