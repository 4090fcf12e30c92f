using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Fleet.Scaling;

/// <summary>How many replicas a load needs, in parts of one, with the numbers it follows from.</summary>
/// <param name="Replicas">Parts of a replica; 0 for no load at all.</param>
/// <param name="Because">A clause for people.</param>
public sealed record ScalingNeed(double Replicas, string Because)
{
    /// <summary>
    /// Requests that wait are to be answered within this time beside those that keep coming, or within that of a start if that is longer.
    /// </summary>
    private static readonly TimeSpan BacklogTime = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Share of KV blocks in use above which an engine preempts: the saturation default of llm-d's endpoint picker.
    /// </summary>
    private const double KvUseMax = 0.8;

    /// <summary>Nothing smaller is more than rounding.</summary>
    private const double Epsilon = 1e-6;

    /// <summary>Whole replicas.</summary>
    public int Count => (int)Math.Ceiling(Math.Min(Replicas, int.MaxValue) - Epsilon);

    internal static ScalingNeed Of(ScalingMemory memory, ScalingSpec scaling, int ready)
    {
        if (memory.Last is not { } load) return new ScalingNeed(0, "no load is known");
        ReplicaCapacity capacity = memory.Capacity.Within(scaling.Slo.Attainment);
        LoadPlan plan = memory.Plan;
        TimeSpan horizon = memory.Starts.Forecast;
        double open = Math.Max(memory.Load, load.Held);

        // 1. What keeps coming: what would have been enough for what came, or the rate and some headroom while little is known of it.
        double rate = plan.History.Rate;
        double expected = plan.History.Expected(horizon);
        double ahead = plan.Enough ?? (capacity.RequestsPerSecond is { } each
            ? expected * plan.Headroom / each
            : open * plan.Headroom / capacity.Concurrency);

        // 2. What is there already: what keeps coming, and beside it what is more in flight than the ready replicas may have.
        double backlog = open - (ready * capacity.Concurrency);
        double live = 0;
        if (capacity.RequestsPerSecond is not { } served) live = open / capacity.Concurrency;
        else if (backlog > 0) live = (rate + (backlog / Math.Max(BacklogTime.TotalSeconds, horizon.TotalSeconds))) / served;

        // 3. What the engines' memory bears.
        double memoryUse = load.KvUse is { } use and > KvUseMax && double.IsFinite(use) ? ready * use / KvUseMax : 0;

        double need = Math.Max(Math.Max(ahead, live), memoryUse);
        if (load.Held > 0) need = Math.Max(need, 1);
        string because = need == memoryUse && memoryUse > 0
            ? Text($"{100 * load.KvUse!.Value:0}% of the KV blocks are in use")
            : need > ahead
                ? Text($"{load.InFlight} requests are in flight and {load.Held} held, {rate:0.##} come per second")
                : Text($"{rate:0.##} requests come per second, up to {expected:0.##} expected within {Seconds(horizon)}") + Planned(plan);
        return new ScalingNeed(need, $"{because}; {Says(capacity, memory.Capacity.IsMeasured)}");
    }

    private static string Planned(LoadPlan plan) => plan.Enough is { } enough
        ? Text($", and {enough:0.#} replicas are enough for the load of the last {new Duration(plan.Window)}")
        : "";

    private static string Says(ReplicaCapacity capacity, bool isMeasured) => capacity.RequestsPerSecond is { } rate
        ? Text($"one replica answers {rate:0.##} per second with {capacity.Concurrency:0.#} at a time within the SLO")
        : isMeasured
            ? Text($"one replica answers {capacity.Concurrency:0.#} at a time within the SLO")
            : Text($"one replica is trusted with {capacity.Concurrency:0.#} at a time until more is measured");

    private static string Seconds(TimeSpan time) => Text($"{Math.Ceiling(time.TotalSeconds)} s");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
