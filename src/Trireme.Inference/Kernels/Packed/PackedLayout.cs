using System.Runtime.CompilerServices;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// How packed weights lie in memory. Sixteen rows form a group, 32 columns a block, and the blocks of a group follow each other. A
/// block starts with the half-precision scale of each row; formats with a minimum, or with a scale for each half of the columns, have
/// sixteen more numbers there. Then come chunks of 64 bytes, four per row, whose bits <see cref="IPackedFormat"/> explains. A vector
/// lane therefore belongs to one row, so that a dot product needs no sum across lanes, and reading is one stream that only goes
/// forward. Rows and columns beyond the matrix are padded with zeros.
/// </summary>
internal static class PackedLayout
{
    public const int GroupRows = 16;

    public const int BlockColumns = 32;

    /// <summary>Columns in half a block.</summary>
    public const int HalfColumns = BlockColumns / 2;

    /// <summary>Bytes of the scales of a group's rows, or of their minimums.</summary>
    public const int FactorBytes = GroupRows * sizeof(ushort);

    /// <summary>Bytes of a chunk: four per row.</summary>
    public const int ChunkBytes = GroupRows * BytesPerRow;

    /// <summary>Bytes of a chunk that belong to one row.</summary>
    public const int BytesPerRow = 4;

    /// <summary>Bytes of a block before its first chunk.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int HeaderBytes<TFormat>()
        where TFormat : IPackedFormat => TFormat.HasHalfScales || TFormat.HasMinimums ? 2 * FactorBytes : FactorBytes;

    /// <summary>Bytes of a block: a chunk has one bit of each of its numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int BlockBytes<TFormat>()
        where TFormat : IPackedFormat => HeaderBytes<TFormat>() + (ChunkBytes * TFormat.Bits);

    public static int BlockBytes(WeightType type) => type switch
    {
        WeightType.Int4 => BlockBytes<Int4Format>(),
        WeightType.Int4WithMinimum => BlockBytes<Int4WithMinimumFormat>(),
        WeightType.Int5WithMinimum => BlockBytes<Int5WithMinimumFormat>(),
        WeightType.Int6 => BlockBytes<Int6Format>(),
        WeightType.Int8 => BlockBytes<Int8Format>(),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a packed type."),
    };

    /// <summary>Blocks of one row.</summary>
    public static int Blocks(int columns) => (columns + BlockColumns - 1) / BlockColumns;

    public static int Groups(int rows) => (rows + GroupRows - 1) / GroupRows;

    public static long GroupBytes(WeightType type, int columns) => (long)Blocks(columns) * BlockBytes(type);

    public static long ByteLength(WeightType type, int rows, int columns) => Groups(rows) * GroupBytes(type, columns);
}
