namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// Dot products of one group of sixteen rows with the inputs of one or four tokens. Per row, token and block, or half block where
/// those have scales, the numbers are multiplied and added as integers, which is exact in any order; then
/// sum = fma(integer, weight scale * input scale, sum), and where there is a minimum, sum = fma(-minimum, input scale * input sum, sum),
/// block by block. So every kernel computes the same bits, for a token alone and for one among four.
/// </summary>
internal unsafe interface IPackedKernel
{
    static abstract WeightType Type { get; }

    /// <param name="group">The group's blocks.</param>
    /// <param name="inputs">Starts at the token.</param>
    /// <param name="sums">Takes sixteen sums.</param>
    static abstract void OneToken(byte* group, in QuantizedRows inputs, float* sums);

    /// <param name="group">The group's blocks.</param>
    /// <param name="inputs">Starts at the first of the four tokens.</param>
    /// <param name="sums">Takes four times sixteen sums, token by token.</param>
    static abstract void FourTokens(byte* group, in QuantizedRows inputs, float* sums);
}
