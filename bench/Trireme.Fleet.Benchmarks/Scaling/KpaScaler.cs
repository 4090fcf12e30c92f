namespace Trireme.Fleet.Benchmarks.Scaling;

/// <summary>
/// Knative's pod autoscaler on concurrency (knative.dev/docs/serving/autoscaling: kpa-specific, concurrency,
/// scale-bounds, and pkg/autoscaler/scaling/autoscaler.go): a look every 2 s; the mean over a stable window of 60 s, or over a panic window
/// of 6 s once that asks for at least twice the ready pods, and until it has not for 60 s; no way down in panic; target utilisation of 70%;
/// at most 1000 times as many at once, and at least half of them.
/// </summary>
internal sealed class KpaScaler(double target) : IAutoscaler
{
    private const double StableSeconds = 60;
    private const double PanicSeconds = 6;
    private const double PanicThreshold = 2;
    private const double Utilization = 0.7;

    private readonly Queue<(double At, double Concurrency)> _seen = new();
    private double? _panicSince;
    private int _panicMost;

    /// <summary>container-concurrency-target-default.</summary>
    public const double DefaultTarget = 100;

    public double IntervalSeconds => 2;

    public int Decide(ScalingWorld world)
    {
        double now = world.Now;
        _seen.Enqueue((now, world.InFlight));
        while (now - _seen.Peek().At > StableSeconds) _seen.Dequeue();
        int ready = Math.Max(1, world.ReadyCount);
        int stable = Desired(_seen.Average(static point => point.Concurrency), ready);
        int panic = Desired(_seen.Where(point => now - point.At <= PanicSeconds).Average(static point => point.Concurrency), ready);
        bool isOver = panic / (double)ready >= PanicThreshold;
        if (isOver)
        {
            _panicMost = _panicSince is null ? panic : Math.Max(_panicMost, panic);
            _panicSince = now;
        }
        else if (_panicSince is { } since && now - since > StableSeconds)
        {
            _panicSince = null;
        }

        if (_panicSince is null) return Math.Max(1, stable);
        _panicMost = Math.Max(_panicMost, Math.Max(panic, stable));
        return Math.Max(1, _panicMost);
    }

    private int Desired(double concurrency, int ready) => Math.Clamp(
        (int)Math.Ceiling(concurrency / (target * Utilization)), (int)Math.Floor(ready / 2.0), 1000 * ready);
}
