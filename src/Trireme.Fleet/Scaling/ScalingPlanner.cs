using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Scaling;

/// <summary>
/// Decides how many replicas a service has. Up goes at once, ahead of the load: by what is forecast for the time that a start takes, and by
/// what waits now. Down goes in small steps, once fewer were enough at every look of the stabilisation time and those that stay can take
/// what the others do now, so that draining costs nobody anything. To zero goes who had no request for the idle time; a held request brings
/// it back. What is not known moves nothing.
/// </summary>
public static class ScalingPlanner
{
    /// <summary>Time between looks at a service that does not sleep.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Time between looks at one that does; a held request is announced at once, and this is for when nobody heard it.</summary>
    public static readonly TimeSpan SleepInterval = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Replicas that are added at once, at least; more where that would not double the number. As in HPA's default policy.
    /// </summary>
    public const int StepUpMin = 4;

    /// <summary>Time between steps up, for the last one to show.</summary>
    private static readonly TimeSpan StepUpPause = TimeSpan.FromSeconds(5);

    /// <summary>Time between steps down.</summary>
    private static readonly TimeSpan StepDownPause = TimeSpan.FromSeconds(15);

    /// <summary>Share of the replicas that go at once, at least one.</summary>
    private const double StepDownShare = 0.1;

    /// <summary>What fewer replicas must have to spare before one goes: half of HPA's tolerance.</summary>
    private const double DownTolerance = 0.05;

    public static ScalingDecision Decide(ScalingSnapshot seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        int current = Initial(seen.Scaling, seen.Recorded, seen.HasServed);
        if (seen.Memory is not { } memory || !memory.IsFresh(seen.Now.Steady)) return Freeze(seen, current);

        ScalingNeed need = memory.Need(seen.Scaling, seen.Ready);
        int least = Least(seen, memory);
        int wanted = least == 0 ? 0 : Math.Clamp(need.Count, least, Math.Max(least, seen.Scaling.MaxReplicas));
        (int desired, string? why) = wanted > current
            ? (Up(memory, current, wanted, seen.Now.Steady), need.Because)
            : Down(seen, memory, current, least);
        return Decided(seen, memory, need, desired, why);
    }

    /// <summary>
    /// The number that a service starts from: the recorded one within the bounds, or the least that shows that it can serve.
    /// </summary>
    internal static int Initial(ScalingSpec scaling, ScalingStatus? recorded, bool hasServed)
    {
        int least = hasServed ? scaling.MinReplicas : Math.Max(1, scaling.MinReplicas);
        return Math.Clamp(recorded?.Desired ?? Math.Max(1, least), least, scaling.MaxReplicas);
    }

    /// <summary>The fewest that are allowed now: a service that may sleep keeps one until it was idle for long enough.</summary>
    private static int Least(ScalingSnapshot seen, ScalingMemory memory)
    {
        if (seen.Scaling.MinReplicas > 0) return seen.Scaling.MinReplicas;
        bool isAsleep = seen.Recorded?.Desired == 0;

        // As far as it is known: since the last reading there may have been one.
        bool mayRest = isAsleep || memory.LastAt - memory.BusyAt >= seen.Scaling.IdleTimeout;
        bool isWanted = memory.Last is { } load && (load.Held > 0 || load.InFlight > 0);
        return seen.HasServed && mayRest && !isWanted ? 0 : 1;
    }

    private static int Up(ScalingMemory memory, int current, int wanted, TimeSpan now)
    {
        // What a replica carries is not known before the first answers: a few are to show it before many are started.
        if (!memory.Capacity.IsMeasured) wanted = Math.Min(wanted, Math.Max(current, StepUpMin));
        bool justRose = memory is { RoseLast: true, ChangedAt: { } at } && now - at < StepUpPause;
        return justRose && current > 0 ? current : Math.Min(wanted, current + Math.Max(StepUpMin, current));
    }

    private static (int Desired, string? Why) Down(ScalingSnapshot seen, ScalingMemory memory, int current, int least)
    {
        TimeSpan now = seen.Now.Steady;
        ServiceLoad load = memory.Last!;

        // Nothing is in flight, nothing was asked for a long time: there is nothing to drain and nobody to take over.
        if (least == 0)
        {
            return (0, Text($"there was no request for {new Duration(Whole(now - memory.BusyAt))}"));
        }

        TimeSpan window = seen.Scaling.ScaleDownStabilization;
        TimeSpan changed = memory.ChangedAt ?? memory.BeganAt;
        bool isSettled = now - memory.BeganAt >= window && now - changed >= (memory.RoseLast ? window : StepDownPause);
        if (!isSettled || load.Held > 0) return (current, null);

        double most = memory.MostNeeded(now, window);
        int enough = Math.Max(least, (int)Math.Ceiling(most * (1 + DownTolerance)));
        if (enough >= current) return (current, null);
        int next = Math.Max(enough, current - Math.Max(1, (int)(current * StepDownShare)));
        double room = next * memory.Capacity.Within(seen.Scaling.Slo.Attainment).Concurrency;
        return Math.Max(memory.Load, load.WorkInFlight) > room
            ? (current, null)
            : (next, Text($"at most {most:0.##} replicas were needed in the last {seen.Scaling.ScaleDownStabilization}"));
    }

    private static ScalingDecision Decided(ScalingSnapshot seen, ScalingMemory memory, ScalingNeed need, int desired, string? why)
    {
        ScalingSpec scaling = seen.Scaling;
        bool isLimited = need.Count > scaling.MaxReplicas && desired == scaling.MaxReplicas;
        (ConditionStatus, string, string) active = desired == 0
            ? (ConditionStatus.True, ScalingReasons.Asleep, "No replica runs; the next request starts one and waits for it.")
            : isLimited
                ? (ConditionStatus.True, ScalingReasons.LimitedByMaximum,
                    Text($"The load needs more than the {scaling.MaxReplicas} replicas that spec.scaling.maxReplicas allows."))
                : (ConditionStatus.True, ScalingReasons.FollowsLoad, "The number of replicas follows the load.");
        bool sleeps = desired == 0 && seen.Ready == 0;
        return new ScalingDecision
        {
            Status = ScalingRecord.Next(seen, memory, desired, why ?? need.Because),
            Active = active,
            RequeueAfter = sleeps ? SleepInterval : Interval,
        };
    }

    /// <summary>The number stays, within the bounds that a person may have changed since.</summary>
    private static ScalingDecision Freeze(ScalingSnapshot seen, int current)
    {
        string stays = Text($"the number of replicas stays at {current}");
        return new ScalingDecision
        {
            Status = ScalingRecord.Next(seen, seen.Memory, current, $"{stays}, because the load is not known"),
            Active = seen.Memory?.Last is null
                ? (ConditionStatus.False, ScalingReasons.SignalsMissing, $"{Silence(seen.Memory)} yet; {stays}.")
                : (ConditionStatus.False, ScalingReasons.SignalsStale,
                    Text($"{Silence(seen.Memory)} for more than {ScalingMemory.StaleAfter.TotalSeconds:0} s; {stays}.")),
            RequeueAfter = Interval,
        };
    }

    private static string Silence(ScalingMemory? memory)
    {
        IReadOnlyList<string> silent = memory is { Silent.Count: > 0 } ? memory.Silent : ["The router"];
        return $"{string.Join(" and ", silent)} {(silent.Count == 1 ? "has" : "have")} said nothing of the load";
    }

    private static TimeSpan Whole(TimeSpan time) => TimeSpan.FromSeconds(Math.Floor(time.TotalSeconds));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
