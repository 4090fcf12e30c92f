namespace Trireme.Inference.Kernels.Packed;

/// <summary>Reads packed weights row by row, for embeddings and for writing them to files.</summary>
internal static unsafe class Unpacking
{
    /// <summary>Dequantises one row of a group.</summary>
    /// <param name="type">A packed type.</param>
    /// <param name="group">The group's blocks.</param>
    /// <param name="row">Row in the group.</param>
    /// <param name="destination">Takes the row; its length is the number of columns.</param>
    public static void ReadRow(WeightType type, byte* group, int row, Span<float> destination)
    {
        switch (type)
        {
            case WeightType.Int4: ReadRow<Int4Format>(group, row, destination); break;
            case WeightType.Int4WithMinimum: ReadRow<Int4WithMinimumFormat>(group, row, destination); break;
            case WeightType.Int5WithMinimum: ReadRow<Int5WithMinimumFormat>(group, row, destination); break;
            case WeightType.Int6: ReadRow<Int6Format>(group, row, destination); break;
            case WeightType.Int8: ReadRow<Int8Format>(group, row, destination); break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "Not a packed type.");
        }
    }

    private static void ReadRow<TFormat>(byte* group, int row, Span<float> destination)
        where TFormat : IPackedFormat
    {
        uint* numbers = stackalloc uint[PackedLayout.BlockColumns / 4];
        for (; !destination.IsEmpty; group += PackedLayout.BlockBytes<TFormat>())
        {
            byte* chunks = group + PackedLayout.HeaderBytes<TFormat>() + (row * PackedLayout.BytesPerRow);
            for (int i = 0; i < PackedLayout.BlockColumns / 4; i++) numbers[i] = TFormat.Read<OneRow>(chunks, i / 4, i % 4).Four;
            Half* factors = (Half*)group + row;
            float scale = PackedFactors.Decode(factors[0]), other = PackedFactors.Decode(factors[PackedLayout.GroupRows]);
            float upperScale = TFormat.HasHalfScales ? other : scale, minimum = TFormat.HasMinimums ? other : 0;
            int count = Math.Min(PackedLayout.BlockColumns, destination.Length);
            for (int i = 0; i < count; i++)
            {
                int number = ((byte*)numbers)[i] - TFormat.Offset;
                destination[i] = ((i < PackedLayout.HalfColumns ? scale : upperScale) * number) - minimum;
            }

            destination = destination[count..];
        }
    }
}
