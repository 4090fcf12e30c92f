namespace Trireme.Contracts.Timing;

/// <summary>
/// A moment by two clocks. The wall's is for people and may be set at any time; the steady one only goes on, and every interval is
/// measured by it. It counts from an origin of the process's own, so that it means nothing to another process.
/// </summary>
/// <param name="Wall">Time of day, to show and to record.</param>
/// <param name="Steady">Time by the steady clock, to measure with.</param>
public readonly record struct Moment(DateTimeOffset Wall, TimeSpan Steady)
{
    public static Moment operator +(Moment moment, TimeSpan duration) => moment.Add(duration);

    /// <summary>The moment so much later, on both clocks.</summary>
    public Moment Add(TimeSpan duration) => new(Wall + duration, Steady + duration);
}
