using System.Runtime.InteropServices;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>Reads packed weights one by one, for embeddings and for writing them to files.</summary>
internal static class Unpacking
{
    /// <summary>Dequantises one row of a group.</summary>
    /// <param name="type">A packed type.</param>
    /// <param name="group">The group's blocks.</param>
    /// <param name="row">Row in the group.</param>
    /// <param name="destination">Takes the row; its length is the number of columns.</param>
    public static void ReadRow(WeightType type, ReadOnlySpan<byte> group, int row, Span<float> destination)
    {
        int blockBytes = PackedLayout.BlockBytes(type);
        for (int first = 0; first < destination.Length; first += PackedLayout.BlockColumns)
        {
            ReadOnlySpan<byte> block = group.Slice(first / PackedLayout.BlockColumns * blockBytes, blockBytes);
            float scale = MemoryMarshal.Cast<byte, float>(block)[row];
            Span<float> part = destination[first..Math.Min(first + PackedLayout.BlockColumns, destination.Length)];
            for (int column = 0; column < part.Length; column++) part[column] = scale * Number(type, block, row, column);
        }
    }

    /// <summary>The signed number of one weight of a block, before it is scaled.</summary>
    public static int Number(WeightType type, ReadOnlySpan<byte> block, int row, int column)
    {
        if (type == WeightType.Int8) return block[Offset(row, column)] - PackedLayout.Int8Offset;
        const int Half = PackedLayout.BlockColumns / 2;
        int pair = block[Offset(row, column % Half)];
        return (column < Half ? pair & 15 : pair >> 4) - PackedLayout.Int4Offset;
    }

    private static int Offset(int row, int column) =>
        PackedLayout.ScaleBytes + (column / 4 * PackedLayout.ChunkBytes) + (row * 4) + (column % 4);
}
