using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;
using Trireme.Contracts.Timing;

namespace Trireme.Kubernetes;

/// <summary>
/// Keys that need attention. A key waits at most once, is handed to one worker at a time, and is handed out again if it was
/// added while being worked on. Memory is bounded by the number of distinct keys, because nothing but keys is queued.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue, and the pattern's name.")]
public sealed class WorkQueue<TKey> : IDisposable
    where TKey : notnull
{
    private readonly TimeProvider _time;
    private readonly Backoff _backoff;
    private readonly Lock _lock = new();
    private readonly Channel<TKey> _ready = Channel.CreateUnbounded<TKey>();
    private readonly HashSet<TKey> _dirty = [];
    private readonly HashSet<TKey> _processing = [];
    private readonly Dictionary<TKey, int> _failures = [];
    private readonly Dictionary<TKey, TimeSpan> _due = [];
    private readonly PriorityQueue<TKey, TimeSpan> _delayed = new();
    private readonly ITimer _timer;
    private bool _disposed;

    public WorkQueue(TimeProvider time, Backoff? backoff = null)
    {
        _time = time;
        _backoff = backoff ?? new Backoff();
        _timer = time.CreateTimer(_ => Release(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Keys that wait for a worker, without those that wait for a time.</summary>
    public int Depth
    {
        get
        {
            lock (_lock)
            {
                return _dirty.Count;
            }
        }
    }

    /// <summary>Keys that wait for a time.</summary>
    public int Delayed
    {
        get
        {
            lock (_lock)
            {
                return _due.Count;
            }
        }
    }

    /// <summary>Asks for attention now.</summary>
    public void Add(TKey key)
    {
        lock (_lock)
        {
            if (!_dirty.Add(key)) return;

            // A key in work is written to the channel when its worker is done, never beside it.
            if (!_processing.Contains(key)) _ready.Writer.TryWrite(key);
        }
    }

    /// <summary>Asks for attention after a time. Of several such wishes for one key the earliest counts.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        if (delay <= TimeSpan.Zero)
        {
            Add(key);
            return;
        }

        lock (_lock)
        {
            TimeSpan due = _time.GetSteadyTime() + delay;
            if (_due.TryGetValue(key, out TimeSpan earlier) && earlier <= due) return;
            _due[key] = due;
            _delayed.Enqueue(key, due);
            ArmTimer();
        }
    }

    /// <summary>Asks for attention after a pause that grows with each failure of this key. Returns the pause.</summary>
    public TimeSpan AddAfterFailure(TKey key)
    {
        int failures;
        lock (_lock)
        {
            failures = _failures[key] = _failures.GetValueOrDefault(key) + 1;
        }

        TimeSpan pause = _backoff.After(failures);
        AddAfter(key, pause);
        return pause;
    }

    /// <summary>Ends a key's run of failures.</summary>
    public void Forget(TKey key)
    {
        lock (_lock)
        {
            _failures.Remove(key);
        }
    }

    /// <summary>Hands out the next key; <see cref="Done"/> must follow.</summary>
    public async Task<TKey> TakeAsync(CancellationToken cancellationToken)
    {
        TKey key = await _ready.Reader.ReadAsync(cancellationToken);
        Begin(key);
        return key;
    }

    /// <summary>Hands out all keys that wait, up to a number, and at least one; <see cref="Done"/> must follow for each.</summary>
    public async Task<IReadOnlyList<TKey>> TakeBatchAsync(int countMax, CancellationToken cancellationToken)
    {
        var keys = new List<TKey> { await TakeAsync(cancellationToken) };
        while (keys.Count < countMax && _ready.Reader.TryRead(out TKey? key))
        {
            Begin(key);
            keys.Add(key);
        }

        return keys;
    }

    /// <summary>Says that the worker that took the key is finished with it.</summary>
    public void Done(TKey key)
    {
        lock (_lock)
        {
            _processing.Remove(key);
            if (_dirty.Contains(key)) _ready.Writer.TryWrite(key);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        _timer.Dispose();
        _ready.Writer.TryComplete();
    }

    private void Begin(TKey key)
    {
        lock (_lock)
        {
            _dirty.Remove(key);
            _processing.Add(key);
        }
    }

    private void Release()
    {
        lock (_lock)
        {
            if (_disposed) return;
            TimeSpan now = _time.GetSteadyTime();
            while (_delayed.TryPeek(out TKey? key, out TimeSpan due) && due <= now)
            {
                _delayed.Dequeue();

                // An entry that a shorter delay has overtaken is left in the heap and skipped here.
                if (!_due.TryGetValue(key, out TimeSpan current) || current != due) continue;
                _due.Remove(key);
                Add(key);
            }

            ArmTimer();
        }
    }

    private void ArmTimer()
    {
        if (_disposed || !_delayed.TryPeek(out _, out TimeSpan due)) return;

        // Timers count whole milliseconds; rounding up keeps the timer from firing just before the key is due.
        double milliseconds = Math.Ceiling(Math.Max(0, (due - _time.GetSteadyTime()).TotalMilliseconds));
        _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Timeout.InfiniteTimeSpan);
    }
}
