using Trireme.Inference.Kernels;
using Trireme.Inference.Kernels.Packed;

namespace Trireme.Inference.Models;

/// <summary>output = weight * input + bias.</summary>
internal sealed unsafe class LinearLayer(WeightMatrix weight, NativeBuffer? bias)
{
    /// <summary>
    /// What threads split rows by: groups of packed rows, and blocks of columns where the outputs are the next layer's inputs.
    /// </summary>
    public const int RowGranularity = 32;

    public WeightMatrix Weight => weight;

    public int OutputSize => weight.Rows;

    /// <summary>Computes some outputs of consecutive tokens.</summary>
    /// <param name="inputs">Encoded rows.</param>
    /// <param name="firstToken">First row of the inputs.</param>
    /// <param name="outputs">Tokens x <see cref="OutputSize"/>, from the first token on.</param>
    /// <param name="tokens">Number of tokens.</param>
    /// <param name="firstRow">First output, a multiple of <see cref="RowGranularity"/>.</param>
    /// <param name="endRow">Output after the last one: a multiple of <see cref="RowGranularity"/> or <see cref="OutputSize"/>.</param>
    public void Apply(LayerInput inputs, int firstToken, float* outputs, int tokens, int firstRow, int endRow)
    {
        float* added = bias is null ? null : bias.Pointer;
        if (weight.IsPacked)
        {
            PackedMultiply.Run(weight, added, inputs.Quantized(firstToken), outputs, weight.Rows, tokens, firstRow, endRow);
        }
        else
        {
            MatrixMultiply.Run(weight, added, inputs.Row(firstToken), outputs, weight.Rows, tokens, firstRow, endRow);
        }
    }
}
