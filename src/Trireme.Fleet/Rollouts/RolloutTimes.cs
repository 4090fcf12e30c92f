using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Rollouts;

/// <summary>
/// The times of a move, all measured on one clock that starts with it and runs while the platform does. What is recorded is written every
/// few seconds only, so that a platform that is started again goes on from there and loses no more than that.
/// </summary>
internal static class RolloutTimes
{
    /// <summary>How much of the clock a crash may cost; also the longest pause between two looks at a move.</summary>
    public static readonly TimeSpan RecordInterval = TimeSpan.FromSeconds(5);

    /// <summary>The latest time on the move's clock that anything is recorded of.</summary>
    public static TimeSpan Recorded(RolloutStatus rollout)
    {
        TimeSpan latest = rollout.Elapsed;
        foreach (Duration? mark in (ReadOnlySpan<Duration?>)[rollout.StepStartedAfter, rollout.ProgressAfter, rollout.UnusableAfter])
        {
            if (mark is { } known && known.Value > latest) latest = known;
        }

        return latest;
    }

    /// <summary>The rollout with as much of the clock as is due to be recorded.</summary>
    public static RolloutStatus Record(RolloutStatus rollout, TimeSpan elapsed)
    {
        TimeSpan whole = RecordInterval * Math.Floor(elapsed / RecordInterval);
        return whole > rollout.Elapsed.Value ? rollout with { Elapsed = new Duration(whole) } : rollout;
    }

    /// <summary>The rollout with all of the clock, which stops as it ends.</summary>
    public static RolloutStatus End(RolloutStatus rollout, TimeSpan elapsed) =>
        elapsed > Recorded(rollout) ? rollout with { Elapsed = Mark(elapsed) } : rollout with { Elapsed = Mark(Recorded(rollout)) };

    /// <summary>A time on the move's clock as it is recorded: in whole milliseconds, and never later than it is.</summary>
    public static Duration Mark(TimeSpan elapsed) => new(TimeSpan.FromMilliseconds(Math.Floor(elapsed.TotalMilliseconds)));
}
