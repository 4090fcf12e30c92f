namespace Trireme.Fleet.Benchmarks.Scaling;

/// <summary>
/// Kubernetes' HorizontalPodAutoscaler on a Pods metric: requests in flight, averaged over the pods. By its documentation
/// (kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale): a look every 15 s; desired = ceil(current * value / target), with a
/// tolerance of 0.1; pods that are not ready count with 0 when the number would rise; downwards the highest recommendation of the last 300
/// s counts; upwards at most 4 pods or 100% in 15 s, whichever is more.
/// </summary>
internal sealed class HpaScaler(double target) : IAutoscaler
{
    private const double Tolerance = 0.1;
    private const double StabilizationSeconds = 300;

    private readonly List<(double At, int Count)> _recommended = [];

    public double IntervalSeconds => 15;

    public int Decide(ScalingWorld world)
    {
        int current = world.LiveCount;
        return Stabilized(world.Now, current, Recommend(world, current));
    }

    /// <summary>The behaviour that all users of the HPA share.</summary>
    public int Stabilized(double now, int current, int recommended)
    {
        _recommended.Add((now, recommended));
        _recommended.RemoveAll(item => now - item.At > StabilizationSeconds);
        int wanted = recommended >= current ? recommended : Math.Min(current, _recommended.Max(static item => item.Count));
        return Math.Max(1, Math.Min(wanted, current + Math.Max(4, current)));
    }

    private int Recommend(ScalingWorld world, int current)
    {
        int ready = world.ReadyCount;
        if (ready == 0) return current;
        double ratio = world.InFlight / (double)ready / target;
        if (Math.Abs(ratio - 1) <= Tolerance) return current;
        if (ready == current) return (int)Math.Ceiling(ratio * ready);
        double cautious = world.InFlight / (double)current / target;
        if (ratio < 1) return (int)Math.Ceiling(ratio * ready);
        return Math.Abs(cautious - 1) <= Tolerance || cautious < 1 ? current : Math.Max(current, (int)Math.Ceiling(cautious * current));
    }
}
