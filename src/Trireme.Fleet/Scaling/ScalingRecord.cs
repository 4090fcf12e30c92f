using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Scaling;

/// <summary>
/// What the status records of scaling. It is written when the number changes, while a start goes on, and once in a while where what was
/// learnt has moved: numbers that change with every look would be a write with every look.
/// </summary>
internal static class ScalingRecord
{
    /// <summary>Time between writes of what was learnt alone.</summary>
    private static readonly TimeSpan LearntPause = TimeSpan.FromMinutes(10);

    /// <summary>Time between writes of how long a start has taken so far.</summary>
    private static readonly TimeSpan StartPause = TimeSpan.FromSeconds(5);

    /// <summary>A change that is worth a write.</summary>
    private const double Material = 0.1;

    public static ScalingStatus Next(ScalingSnapshot seen, ScalingMemory? memory, int desired, string reason)
    {
        ScalingStatus? before = seen.Recorded;
        bool changes = before is not null && before.Desired != desired;
        var next = new ScalingStatus
        {
            Desired = desired,
            Current = seen.Ready,
            Reason = reason,
            LastChange = changes ? seen.Now.Wall : before?.LastChange,
            ChangedFrom = changes ? before!.Desired : before?.ChangedFrom,
            Capacity = memory is null ? before?.Capacity : CapacityOf(memory, seen.Scaling),
            Startup = memory is { Starts.Phases: { Length: > 0 } phases } ? [.. phases] : before?.Startup,
        };
        if (before is null || changes) return next;
        bool isLearntDue = IsLearntDue(memory, seen, before, next);
        bool isStartDue = IsStartDue(memory, seen, before, next);

        // The same object where nothing is to be written: nobody has to compare two to find that out.
        if (before.Current == seen.Ready && !isLearntDue && !isStartDue) return before;
        return before with
        {
            Current = seen.Ready,
            Capacity = isLearntDue ? next.Capacity : before.Capacity,
            Startup = isStartDue ? next.Startup : before.Startup,
        };
    }

    private static ScalingCapacity CapacityOf(ScalingMemory memory, ScalingSpec scaling)
    {
        ReplicaCapacity capacity = memory.Capacity.Within(scaling.Slo.Attainment);
        return new ScalingCapacity
        {
            Of = memory.Capacity.Of,
            Concurrency = Math.Round(capacity.Concurrency, 2),
            RequestsPerSecond = Math.Round(capacity.RequestsPerSecond ?? 0, 3),
            Headroom = memory.Plan.Headroom,
            WindowSeconds = (int)memory.Plan.Window.TotalSeconds,
            Risk = Math.Round(memory.Allowance.Moved, 3),
            Cells = memory.Capacity.ToRecord(),
        };
    }

    private static bool IsLearntDue(ScalingMemory? memory, ScalingSnapshot seen, ScalingStatus before, ScalingStatus next)
    {
        if (memory is null || next.Capacity is not { } learnt || !memory.Capacity.IsMeasured) return false;
        if (before.Capacity is not { } known) return true;
        return seen.Now.Steady - memory.RecordedAt >= LearntPause
            && (known.Of != learnt.Of
                || IsMaterial(known.Concurrency, learnt.Concurrency)
                || IsMaterial(known.RequestsPerSecond, learnt.RequestsPerSecond)
                || IsMaterial(known.Headroom, learnt.Headroom));
    }

    private static bool IsStartDue(ScalingMemory? memory, ScalingSnapshot seen, ScalingStatus before, ScalingStatus next)
    {
        if (memory is null || next.Startup is not { } phases) return false;
        if (before.Startup is not { } known || known.Count != phases.Count) return true;
        bool moved = false;
        for (int i = 0; i < phases.Count; i++) moved |= phases[i].Phase != known[i].Phase || phases[i].Done != known[i].Done;
        return moved
            || (memory.Starts.IsStarting && seen.Ready == 0 && seen.Now.Steady - memory.RecordedAt >= StartPause)
            || (!memory.Starts.IsStarting && phases[0].ForecastSeconds != known[0].ForecastSeconds);
    }

    private static bool IsMaterial(double before, double after) => Math.Abs(after - before) > Material * Math.Max(Math.Abs(before), 1e-3);
}
