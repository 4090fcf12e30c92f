using System.Runtime.CompilerServices;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>For processors without the vectors of the other kernels, and as the plain statement of what those compute.</summary>
internal readonly unsafe struct ScalarKernel<TFormat> : IPackedKernel
    where TFormat : IPackedFormat
{
    public static WeightType Type => TFormat.Type;

    public static void OneToken(byte* group, in QuantizedRows inputs, float* sums)
    {
        int blockBytes = PackedLayout.BlockBytes<TFormat>();
        for (int row = 0; row < PackedLayout.GroupRows; row++)
        {
            float sum = 0;
            byte* block = group;
            for (int i = 0; i < inputs.Blocks; i++, block += blockBytes) sum = Add(sum, block, row, inputs, i);
            sums[row] = sum;
        }
    }

    public static void FourTokens(byte* group, in QuantizedRows inputs, float* sums)
    {
        for (int token = 0; token < 4; token++) OneToken(group, inputs.From(token), sums + (token * PackedLayout.GroupRows));
    }

    private static float Add(float sum, byte* block, int row, in QuantizedRows inputs, int i)
    {
        byte* chunks = block + PackedLayout.HeaderBytes<TFormat>() + (row * PackedLayout.BytesPerRow);
        sbyte* x = inputs.Values + (i * PackedLayout.BlockColumns);
        int first = Dot(chunks, half: 0, x), second = Dot(chunks, half: 1, x + PackedLayout.HalfColumns);
        float scale = Factor(block, row), inputScale = inputs.Scales[i];
        if (TFormat.HasHalfScales)
        {
            first -= TFormat.Offset * inputs.HalfSums[i];
            second -= TFormat.Offset * (inputs.Sums[i] - inputs.HalfSums[i]);
            sum = MathF.FusedMultiplyAdd(first, scale * inputScale, sum);
            return MathF.FusedMultiplyAdd(second, Factor(block + PackedLayout.FactorBytes, row) * inputScale, sum);
        }

        sum = MathF.FusedMultiplyAdd(first + second - (TFormat.Offset * inputs.Sums[i]), scale * inputScale, sum);
        if (!TFormat.HasMinimums) return sum;
        return MathF.FusedMultiplyAdd(-Factor(block + PackedLayout.FactorBytes, row), inputScale * inputs.Sums[i], sum);
    }

    private static float Factor(byte* factors, int row) => PackedFactors.Decode(((Half*)factors)[row]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Dot(byte* chunks, int half, sbyte* x)
    {
        int dot = 0;
        for (int k = 0; k < 4; k++, x += 4)
        {
            uint four = TFormat.Read<OneRow>(chunks, half, k).Four;
            dot += (int)(four & 255) * x[0];
            dot += (int)((four >> 8) & 255) * x[1];
            dot += (int)((four >> 16) & 255) * x[2];
            dot += (int)(four >> 24) * x[3];
        }

        return dot;
    }
}
