namespace Trireme.Fleet.Benchmarks.Scaling;

/// <summary>A number of replicas that never changes, as who knows the peak beforehand would choose it.</summary>
internal sealed class StaticScaler(int count) : IAutoscaler
{
    public double IntervalSeconds => 60;

    public int Initial => count;

    public int Decide(ScalingWorld world) => count;
}
