namespace Trireme.Contracts.Timing;

/// <summary>Reads both clocks of a time provider.</summary>
public static class MomentClock
{
    extension(TimeProvider time)
    {
        public Moment GetMoment() => new(time.GetUtcNow(), time.GetSteadyTime());

        /// <summary>Time by the steady clock, to the tick, from an origin of the process's own.</summary>
        public TimeSpan GetSteadyTime()
        {
            (long seconds, long rest) = Math.DivRem(time.GetTimestamp(), time.TimestampFrequency);
            return new TimeSpan((seconds * TimeSpan.TicksPerSecond) + (rest * TimeSpan.TicksPerSecond / time.TimestampFrequency));
        }
    }
}
