using System.Globalization;
using System.Runtime.ExceptionServices;

namespace Trireme.Testing;

/// <summary>
/// Runs asynchronous code on the test's own thread under virtual time, so that the same code does the same things in the same order
/// each time. Continuations of awaits, channels and delays queue up and run one by one; time stands still while any is left and then
/// jumps to the next timer. Use it from one thread, in tests that are not asynchronous themselves.
///
/// What leaves the thread cannot be ordered: a continuation that comes back from the thread pool fails the test and is named, and a
/// wait for something that neither work nor a timer can bring about fails at once instead of hanging.
/// </summary>
public sealed class TimeDriver : IDisposable
{
    /// <summary>Callbacks at one moment after which the work is taken for a loop that never waits.</summary>
    private const int CallbacksAtOneMomentMax = 1_000_000;

    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromHours(1);

    private readonly DrivenTime _time;
    private readonly DriverContext _context = new();
    private readonly List<Task> _started = [];
    private bool _running;

    /// <param name="start">Virtual time at the beginning; some whole second by default.</param>
    public TimeDriver(DateTimeOffset? start = null) =>
        _time = new DrivenTime(start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), _context);

    /// <summary>The clock that the code under test is given.</summary>
    public TimeProvider Time => _time;

    /// <summary>The time that passes. Code under test may be shown another time of day.</summary>
    public DateTimeOffset Now => _time.Steady;

    /// <summary>
    /// Sets the clock on the wall forward or back, as a person or a time server does. Timers, timestamps and <see cref="Now"/> go on as
    /// if nothing had happened.
    /// </summary>
    public void SetWallClock(TimeSpan by) => _time.WallOffset += by;

    /// <summary>Begins work that goes on while time is driven. Its failure fails the next call that drives time.</summary>
    public Task Start(Func<Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Task task = Inside(work);
        _started.Add(task);
        return task;
    }

    /// <summary>Runs until nothing is left to do at this moment.</summary>
    public void RunUntilIdle()
    {
        if (_running) throw new InvalidOperationException("Time is driven by the test, not by the code it runs.");
        _running = true;
        try
        {
            Inside(RunQueued);
        }
        finally
        {
            _running = false;
        }

        ThrowFailures();
    }

    /// <summary>Jumps to the next timer and runs what it starts. False if none is due within the time.</summary>
    public bool AdvanceToNextTimer(TimeSpan? within = null)
    {
        RunUntilIdle();
        if (_time.NextDue is not { } due || (within is { } limit && due > Now + limit)) return false;
        _time.JumpTo(due);
        RunUntilIdle();
        return true;
    }

    /// <summary>Lets time pass, timer by timer.</summary>
    public void AdvanceBy(TimeSpan duration)
    {
        DateTimeOffset end = Now + duration;
        while (AdvanceToNextTimer(end - Now))
        {
            // The next timer.
        }

        _time.JumpTo(end);
        RunUntilIdle();
    }

    /// <summary>Runs until something is so, letting time pass as needed.</summary>
    /// <param name="awaited">What is waited for; the message of a failure.</param>
    /// <param name="condition">Asked after each moment's work.</param>
    /// <param name="within">Longest virtual time; one hour by default.</param>
    public void RunUntil(string awaited, Func<bool> condition, TimeSpan? within = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        DateTimeOffset begun = Now;
        DateTimeOffset deadline = begun + (within ?? DefaultDeadline);
        RunUntilIdle();
        while (!condition())
        {
            if (AdvanceToNextTimer(deadline - Now)) continue;
            string cause = _time.NextDue is null
                ? "nothing is left to run and no timer is set: it waits for the thread pool, a socket or another thread, or for nothing"
                : string.Create(
                    CultureInfo.InvariantCulture, $"it did not happen within {(deadline - begun).TotalSeconds:0.###} s of virtual time");
            throw new TimeoutException($"Not seen: {awaited}; {cause}.");
        }
    }

    /// <summary>Runs until a task ends and throws what it threw.</summary>
    public void Await(Task task, string awaited = "the task ends", TimeSpan? within = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        RunUntil(awaited, () => task.IsCompleted, within);
        Finish(task);
    }

    /// <summary>Calls asynchronous code, runs until its result is there and returns it.</summary>
    public T Await<T>(Func<Task<T>> work, string awaited = "the result", TimeSpan? within = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        Task<T> task = Inside(work);
        RunUntil(awaited, () => task.IsCompleted, within);
        Finish(task);
#pragma warning disable RS0030 // The task is complete.
        return task.Result;
#pragma warning restore RS0030
    }

    /// <summary>Calls asynchronous code and runs until it ends.</summary>
    public void Await(Func<Task> work, string awaited = "the work ends", TimeSpan? within = null)
    {
        ArgumentNullException.ThrowIfNull(work);
        Await(Inside(work), awaited, within);
    }

    /// <summary>
    /// Calls code that begins work and does not wait for it: what it begins runs when time is driven next, and not on other threads.
    /// </summary>
    public T Inside<T>(Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        SynchronizationContext? outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_context);
        try
        {
            return work();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    /// <summary>Fails if work left the thread that nobody asked about since.</summary>
    public void Dispose() => _context.ThrowEscapes();

    private static void Finish(Task task)
    {
        if (task.IsFaulted) ExceptionDispatchInfo.Throw(task.Exception.InnerException!);
        if (task.IsCanceled) throw new TaskCanceledException(task);
    }

    private void RunQueued()
    {
        for (int count = 0; _context.RunOne(); count++)
        {
            if (count < CallbacksAtOneMomentMax) continue;
            throw new InvalidOperationException(
                $"More than {CallbacksAtOneMomentMax} callbacks ran at {Now:O}: something loops without waiting for time.");
        }
    }

    private void ThrowFailures()
    {
        _context.ThrowEscapes();
        foreach (Task task in _started)
        {
            if (task.IsFaulted) ExceptionDispatchInfo.Throw(task.Exception.InnerException!);
        }

        _started.RemoveAll(static task => task.IsCompleted);
    }

    private void Inside(Action work) => Inside(() =>
    {
        work();
        return true;
    });
}
