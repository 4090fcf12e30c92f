using System.Runtime.CompilerServices;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>Fills one group of packed weights. Groups are independent of each other, so that threads can share a matrix.</summary>
internal static unsafe class Packing
{
    /// <summary>Quantises up to sixteen rows.</summary>
    /// <param name="type">Eight or four bits with a scale.</param>
    /// <param name="source">Rows x columns.</param>
    /// <param name="rows">1 to 16; the rows that the group has besides are zero.</param>
    /// <param name="columns">Columns of a row.</param>
    /// <param name="group">Takes the group's blocks.</param>
    /// <returns>Whether half precision can hold all scales, without which the group means nothing.</returns>
    public static bool TryQuantize(WeightType type, ReadOnlySpan<float> source, int rows, int columns, byte* group) => type switch
    {
        WeightType.Int8 => TryQuantize<Int8Format>(source, rows, columns, group),
        WeightType.Int4 => TryQuantize<Int4Format>(source, rows, columns, group),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type that weights are quantised to."),
    };

    /// <summary>Makes a group's memory zeros, for rows that <see cref="WriteRow"/> will not write.</summary>
    public static void Clear<TFormat>(byte* group, int columns)
        where TFormat : IPackedFormat =>
        new Span<byte>(group, checked(PackedLayout.Blocks(columns) * PackedLayout.BlockBytes<TFormat>())).Clear();

    /// <summary>Writes one row of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="row">The row in the group.</param>
    /// <param name="numbers">32 numbers.</param>
    /// <param name="scale">The scale.</param>
    /// <param name="other">The minimum, or the scale of the second half, where the format has one.</param>
    /// <returns>Whether half precision can hold the factors.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool WriteRow<TFormat>(byte* block, int row, byte* numbers, float scale, float other)
        where TFormat : IPackedFormat
    {
        Half* factors = (Half*)block + row;
        Half first = PackedFactors.Encode(scale), second = PackedFactors.Encode(other);
        factors[0] = first;
        if (TFormat.HasHalfScales || TFormat.HasMinimums) factors[PackedLayout.GroupRows] = second;
        TFormat.Write((uint*)(block + PackedLayout.HeaderBytes<TFormat>()) + row, (uint*)numbers);
        return Half.IsFinite(first) && Half.IsFinite(second);
    }

    private static bool TryQuantize<TFormat>(ReadOnlySpan<float> source, int rows, int columns, byte* group)
        where TFormat : IPackedFormat
    {
        Clear<TFormat>(group, columns);
        bool finite = true;
        float* values = stackalloc float[PackedLayout.BlockColumns];
        byte* numbers = stackalloc byte[PackedLayout.BlockColumns];
        for (int first = 0; first < columns; first += PackedLayout.BlockColumns, group += PackedLayout.BlockBytes<TFormat>())
        {
            int count = Math.Min(PackedLayout.BlockColumns, columns - first);
            var part = new Span<float>(values, PackedLayout.BlockColumns);
            part[count..].Clear();
            for (int row = 0; row < rows; row++)
            {
                source.Slice((row * columns) + first, count).CopyTo(part);
                float scale = TFormat.Bits == 8
                    ? Eight(values, numbers)
                    : BlockQuantizer.ToInt4(part, new Span<byte>(numbers, PackedLayout.BlockColumns));
                finite &= WriteRow<TFormat>(group, row, numbers, scale, other: 0);
            }
        }

        return finite;
    }

    private static float Eight(float* values, byte* numbers)
    {
        float scale = PackedFactors.Decode(PackedFactors.Encode(BlockQuantizer.Int8Scale(values)));
        BlockQuantizer.ToInt8(values, scale, (sbyte*)numbers);
        for (int i = 0; i < PackedLayout.BlockColumns; i++) numbers[i] ^= Int8Format.SignBit;
        return scale;
    }
}
