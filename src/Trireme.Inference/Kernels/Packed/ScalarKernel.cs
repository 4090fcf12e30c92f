using System.Runtime.CompilerServices;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>How the numbers of one packed type are read one by one.</summary>
internal unsafe interface IPackedNumbers
{
    static abstract WeightType Type { get; }

    /// <summary>What was added to the weights.</summary>
    static abstract int Offset { get; }

    /// <summary>The four unsigned weights of a row from column 4 * <paramref name="k"/> on, as bytes of one number.</summary>
    static abstract uint Four(byte* chunks, int row, int k);
}

internal readonly unsafe struct Int8Numbers : IPackedNumbers
{
    public static WeightType Type => WeightType.Int8;

    public static int Offset => PackedLayout.Int8Offset;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Four(byte* chunks, int row, int k) => ((uint*)chunks)[(k * PackedLayout.GroupRows) + row];
}

internal readonly unsafe struct Int4Numbers : IPackedNumbers
{
    public static WeightType Type => WeightType.Int4;

    public static int Offset => PackedLayout.Int4Offset;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Four(byte* chunks, int row, int k) =>
        (((uint*)chunks)[(k % 4 * PackedLayout.GroupRows) + row] >> (k / 4 * 4)) & 0x0F0F0F0F;
}

/// <summary>For processors without the vectors of the other kernels, and as the plain statement of what those compute.</summary>
internal readonly unsafe struct ScalarKernel<TNumbers> : IPackedKernel
    where TNumbers : IPackedNumbers
{
    public static WeightType Type => TNumbers.Type;

    public static void OneToken(byte* group, in QuantizedRows inputs, float* sums)
    {
        for (int row = 0; row < PackedLayout.GroupRows; row++)
        {
            float sum = 0;
            byte* block = group;
            for (int i = 0; i < inputs.Blocks; i++, block += PackedLayout.BlockBytes(TNumbers.Type))
            {
                int dot = Dot(block + PackedLayout.ScaleBytes, row, inputs.Values + (i * PackedLayout.BlockColumns));
                dot -= TNumbers.Offset * inputs.Sums[i];
                sum = MathF.FusedMultiplyAdd(dot, ((float*)block)[row] * inputs.Scales[i], sum);
            }

            sums[row] = sum;
        }
    }

    public static void FourTokens(byte* group, in QuantizedRows inputs, float* sums)
    {
        for (int token = 0; token < 4; token++) OneToken(group, inputs.From(token), sums + (token * PackedLayout.GroupRows));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Dot(byte* chunks, int row, sbyte* inputs)
    {
        int dot = 0;
        for (int k = 0; k < PackedLayout.BlockColumns / 4; k++, inputs += 4)
        {
            uint four = TNumbers.Four(chunks, row, k);
            dot += (int)(four & 255) * inputs[0];
            dot += (int)((four >> 8) & 255) * inputs[1];
            dot += (int)((four >> 16) & 255) * inputs[2];
            dot += (int)(four >> 24) * inputs[3];
        }

        return dot;
    }
}
