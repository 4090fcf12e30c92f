using Trireme.Inference.Engine;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Models;

/// <summary>How a model's weights are brought into memory.</summary>
internal sealed record WeightOptions
{
    public static WeightOptions Default { get; } = new();

    public WeightPrecision Precision { get; init; } = WeightPrecision.AsStored;

    public KernelChoice Kernels { get; init; } = KernelChoice.Best;

    /// <summary>Only checks the weights and counts their bytes: matrices have no memory and cannot compute.</summary>
    public bool MeasureOnly { get; init; }

    /// <summary>Threads that convert weights.</summary>
    public int Threads { get; init; } = 1;
}
