using Trireme.Inference.Kernels;

namespace Trireme.Kernels.Benchmarks;

/// <summary>One workload for each type of weights.</summary>
internal sealed class Workloads : IDisposable
{
    public Workload[] All { get; } =
    [
        new(WeightType.Int8), new(WeightType.Int6), new(WeightType.Int5WithMinimum), new(WeightType.Int4WithMinimum), new(WeightType.Int4),
        new(WeightType.BFloat16),
    ];

    public void Dispose()
    {
        foreach (Workload workload in All) workload.Dispose();
    }
}
