using Trireme.Inference.Kernels;

namespace Trireme.Inference.Models;

/// <summary>output = weight * input + bias.</summary>
internal sealed unsafe class LinearLayer(WeightMatrix weight, NativeBuffer? bias)
{
    public WeightMatrix Weight => weight;

    public int OutputSize => weight.Rows;

    public void Apply(float* inputs, float* outputs, int tokens, int firstRow, int endRow) =>
        MatrixMultiply.Run(weight, bias is null ? null : bias.Pointer, inputs, outputs, weight.Rows, tokens, firstRow, endRow);
}
