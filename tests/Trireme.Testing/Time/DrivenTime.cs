using Microsoft.Extensions.Time.Testing;

namespace Trireme.Testing;

/// <summary>
/// A fake clock that knows when its next timer is due, and whose timers queue their callbacks instead of calling them: a timer that
/// goes off runs nothing in the middle of something else.
/// </summary>
internal sealed class DrivenTime(DateTimeOffset start, DriverContext context) : TimeProvider
{
    /// <summary>The time that passes. The time of day is told apart from it, so that setting one moves no timer.</summary>
    private readonly FakeTimeProvider _passing = new(start);

    private readonly HashSet<DrivenTimer> _timers = [];

    /// <summary>How far the time of day has been set away from the time that passes.</summary>
    public TimeSpan WallOffset { get; set; }

    /// <summary>Time that passes, whatever the clock on the wall is set to.</summary>
    public DateTimeOffset Steady => _passing.GetUtcNow();

    public override long TimestampFrequency => _passing.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => _passing.LocalTimeZone;

    public DateTimeOffset? NextDue
    {
        get
        {
            DateTimeOffset? next = null;
            foreach (DrivenTimer timer in _timers)
            {
                if (next is null || timer.Due < next) next = timer.Due;
            }

            return next;
        }
    }

    public void JumpTo(DateTimeOffset time)
    {
        if (time > Steady) _passing.SetUtcNow(time);
    }

    public override DateTimeOffset GetUtcNow() => Steady + WallOffset;

    public override long GetTimestamp() => _passing.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new DrivenTimer(this, callback, state, dueTime, period);

    private ITimer CreateInner(TimerCallback callback) =>
        _passing.CreateTimer(callback, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    private sealed class DrivenTimer : ITimer
    {
        private readonly DrivenTime _time;
        private readonly ITimer _inner;
        private readonly TimerCallback _callback;
        private readonly object? _state;
        private TimeSpan _period;

        public DrivenTimer(DrivenTime time, TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _time = time;
            _callback = callback;
            _state = state;
            _inner = time.CreateInner(_ => Fire());
            Change(dueTime, period);
        }

        public DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                _time._timers.Remove(this);
            }
            else
            {
                Due = _time.Steady + dueTime;
                _time._timers.Add(this);
            }

            return _inner.Change(dueTime, Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            _time._timers.Remove(this);
            _inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire()
        {
            _time._timers.Remove(this);
            _time.Queue(() => _callback(_state));
            if (_period > TimeSpan.Zero) Change(_period, _period);
        }
    }

    private void Queue(Action callback) => context.Post(static state => ((Action)state!)(), callback);
}
