namespace Trireme.Hosting.Telemetry;

/// <summary>
/// A time of day that follows the machine's and never goes back: what is kept in order of time, such as samples, would otherwise be
/// refused as out of order until the clock is where it was. After a clock was set back this one goes on from where it was, at the same
/// pace.
/// </summary>
internal sealed class ForwardTime(TimeProvider machine) : TimeProvider
{
    private readonly Lock _lock = new();
    private DateTimeOffset _last = DateTimeOffset.MinValue;
    private long _lastTimestamp;

    public override long TimestampFrequency => machine.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            // The timestamp is taken before the time it is compared with and after the time it is kept with. Otherwise a pause between the
            // two would count as a step, and pauses would add up.
            long before = machine.GetTimestamp();
            DateTimeOffset wall = machine.GetUtcNow();
            if (_last != DateTimeOffset.MinValue && _last + machine.GetElapsedTime(_lastTimestamp, before) is var due && due > wall)
            {
                (_last, _lastTimestamp) = (due, before);
            }
            else
            {
                (_last, _lastTimestamp) = (wall, machine.GetTimestamp());
            }

            return _last;
        }
    }

    public override long GetTimestamp() => machine.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);
}
