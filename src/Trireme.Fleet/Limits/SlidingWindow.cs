namespace Trireme.Fleet.Limits;

/// <summary>
/// What was taken within the last minute, or any other time, and whether there is room for more. In no window of that length, wherever it
/// begins, is more taken than the limit: there is no edge at which a second portion may be had, as fixed minutes and token buckets have.
/// Time is counted in sixtieths of the window, so that what was taken is free again at most one sixtieth late. Not safe for concurrent use.
/// </summary>
public sealed class SlidingWindow
{
    /// <summary>Parts of the window.</summary>
    public const int Parts = 60;

    /// <summary>By part; one more than the window has, because its oldest part may reach into the window by half.</summary>
    private readonly long[] _taken = new long[Parts + 1];
    private readonly TimeSpan _part;

    /// <summary>The newest part.</summary>
    private long _now;

    /// <param name="limit">Most that is taken in a window.</param>
    /// <param name="window">Its length.</param>
    public SlidingWindow(long limit, TimeSpan window)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        ArgumentOutOfRangeException.ThrowIfLessThan(window, TimeSpan.FromMilliseconds(Parts));
        Limit = limit;
        _part = window / Parts;
    }

    /// <summary>Most that is taken in a window. Less than before lets nothing be taken until enough is free again.</summary>
    public long Limit { get; set; }

    /// <summary>What was taken and is not free yet.</summary>
    public long Taken { get; private set; }

    /// <summary>How much may be taken.</summary>
    public long Free(TimeSpan now)
    {
        Advance(now);
        return Math.Max(0, Limit - Taken);
    }

    /// <summary>Takes it whether or not there is room: what has been used already is counted as it was.</summary>
    /// <returns>The part that it was taken in, to give some of it back.</returns>
    public long Take(long amount, TimeSpan now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        Advance(now);
        Slot(_now) += amount;
        Taken += amount;
        return _now;
    }

    /// <summary>Gives back what was not used.</summary>
    /// <param name="amount">At most what was taken.</param>
    /// <param name="part">The part that it was taken in; from one that has left the window there is nothing to give back.</param>
    public void GiveBack(long amount, long part)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        if (part <= _now - _taken.Length || part > _now) return;
        ref long slot = ref Slot(part);
        long back = Math.Min(amount, slot);
        slot -= back;
        Taken -= back;
    }

    /// <summary>How long until that much may be taken if nobody takes any; null if it is more than the limit.</summary>
    public TimeSpan? WaitFor(long amount, TimeSpan now)
    {
        long free = Free(now);
        if (amount <= free) return TimeSpan.Zero;
        if (amount > Limit) return null;
        for (long part = _now - Parts; part <= _now; part++)
        {
            free += Slot(part);
            if (free >= amount) return ((part + Parts + 1) * _part) - now;
        }

        return null;
    }

    private void Advance(TimeSpan now)
    {
        long part = now.Ticks / _part.Ticks;
        if (part <= _now) return;

        // After a pause longer than the window each slot is cleared once, not each part.
        for (long old = Math.Max(_now + 1, part - Parts); old <= part; old++)
        {
            ref long slot = ref Slot(old);
            Taken -= slot;
            slot = 0;
        }

        _now = part;
    }

    private ref long Slot(long part) => ref _taken[(int)(((part % _taken.Length) + _taken.Length) % _taken.Length)];
}
