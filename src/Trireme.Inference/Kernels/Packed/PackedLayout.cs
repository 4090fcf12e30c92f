namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// How packed weights lie in memory. Sixteen rows form a group, 32 columns a block, and the blocks of a group follow each other. A
/// block starts with the float32 scale of each row and goes on with chunks of 64 bytes, four per row. In eight bits, chunk k holds
/// the columns from 4k on, plus 128. In four bits, chunk k holds the columns from 4k on in the lower halves of its bytes and those
/// from 16 + 4k on in the upper ones, plus 8; that is how Q4_0 pairs columns. A vector lane therefore belongs to one row, so that a
/// dot product needs no sum across lanes, and every read is a whole cache line of a stream that only goes forward. Rows and
/// columns beyond the matrix are padded with zeros.
/// </summary>
internal static class PackedLayout
{
    public const int GroupRows = 16;

    public const int BlockColumns = 32;

    /// <summary>Bytes of a block before its first chunk: one float per row.</summary>
    public const int ScaleBytes = GroupRows * sizeof(float);

    /// <summary>Bytes of a chunk: four per row.</summary>
    public const int ChunkBytes = GroupRows * 4;

    /// <summary>Added to eight-bit weights, which makes them unsigned.</summary>
    public const int Int8Offset = 128;

    /// <summary>Added to four-bit weights, which makes them unsigned.</summary>
    public const int Int4Offset = 8;

    public const int Int8BlockBytes = ScaleBytes + (GroupRows * BlockColumns);

    public const int Int4BlockBytes = ScaleBytes + (GroupRows * BlockColumns / 2);

    public static int BlockBytes(WeightType type) => type == WeightType.Int4 ? Int4BlockBytes : Int8BlockBytes;

    /// <summary>Blocks of one row.</summary>
    public static int Blocks(int columns) => (columns + BlockColumns - 1) / BlockColumns;

    public static int Groups(int rows) => (rows + GroupRows - 1) / GroupRows;

    public static long GroupBytes(WeightType type, int columns) => (long)Blocks(columns) * BlockBytes(type);

    public static long ByteLength(WeightType type, int rows, int columns) => Groups(rows) * GroupBytes(type, columns);
}
