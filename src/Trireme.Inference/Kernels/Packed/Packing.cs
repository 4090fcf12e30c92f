using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>Fills one group of packed weights. Groups are independent of each other, so that threads can share a matrix.</summary>
internal static unsafe class Packing
{
    private const int Q8BlockBytes = sizeof(ushort) + PackedLayout.BlockColumns;
    private const int Q4BlockBytes = sizeof(ushort) + (PackedLayout.BlockColumns / 2);

    /// <summary>Quantises up to sixteen rows.</summary>
    /// <param name="type">A packed type.</param>
    /// <param name="source">Rows x columns.</param>
    /// <param name="rows">1 to 16; the rows that the group has besides are zero.</param>
    /// <param name="columns">Columns of a row.</param>
    /// <param name="group">Takes the group's blocks.</param>
    public static void Quantize(WeightType type, ReadOnlySpan<float> source, int rows, int columns, Span<byte> group)
    {
        Span<float> values = stackalloc float[PackedLayout.BlockColumns];
        Span<byte> numbers = stackalloc byte[PackedLayout.BlockColumns];
        group.Clear();
        int blockBytes = PackedLayout.BlockBytes(type);
        for (int first = 0; first < columns; first += PackedLayout.BlockColumns)
        {
            Span<byte> block = group.Slice(first / PackedLayout.BlockColumns * blockBytes, blockBytes);
            Span<float> scales = MemoryMarshal.Cast<byte, float>(block[..PackedLayout.ScaleBytes]);
            int count = Math.Min(PackedLayout.BlockColumns, columns - first);
            for (int row = 0; row < rows; row++)
            {
                values[count..].Clear();
                source.Slice((row * columns) + first, count).CopyTo(values);
                scales[row] = type == WeightType.Int8 ? Int8Numbers(values, numbers) : Int4Numbers(values, numbers);
                Interleave(block, row, numbers[..(type == WeightType.Int8 ? 32 : 16)]);
            }
        }
    }

    /// <summary>Puts rows of Q8_0 or Q4_0 blocks into a group: every number and scale stays what it is.</summary>
    /// <param name="type">Eight bits for Q8_0, four for Q4_0.</param>
    /// <param name="rows">First byte of each row: a half-precision scale, then 32 signed bytes or 16 bytes of two numbers each.</param>
    /// <param name="count">1 to 16; the rows that the group has besides are zero.</param>
    /// <param name="columns">Columns of a row, a multiple of 32.</param>
    /// <param name="group">Takes the group's blocks.</param>
    // Runs once for every weight while a model is loaded, which leaves the runtime no time to find out that it is hot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Repack(WeightType type, byte** rows, int count, int columns, byte* group)
    {
        int sourceBytes = type == WeightType.Int8 ? Q8BlockBytes : Q4BlockBytes;
        int blockBytes = PackedLayout.BlockBytes(type);
        int fours = (sourceBytes - sizeof(ushort)) / 4;
        // Signed bytes become unsigned when 128 is added, which turns the highest bit around; nibbles are unsigned already.
        uint mask = type == WeightType.Int8 ? 0x80808080 : 0;
        if (count < PackedLayout.GroupRows) new Span<byte>(group, checked((int)PackedLayout.GroupBytes(type, columns))).Clear();
        for (int i = 0; i < columns / PackedLayout.BlockColumns; i++)
        {
            byte* block = group + ((long)i * blockBytes);
            for (int row = 0; row < count; row++)
            {
                byte* from = rows[row] + ((long)i * sourceBytes);
                ((float*)block)[row] = (float)*(Half*)from;
                var source = (uint*)(from + sizeof(ushort));
                uint* chunk = (uint*)(block + PackedLayout.ScaleBytes) + row;
                for (int k = 0; k < fours; k++) chunk[k * PackedLayout.GroupRows] = source[k] ^ mask;
            }
        }
    }

    /// <summary>Spreads one row's bytes over the chunks of a block, four to each.</summary>
    private static void Interleave(Span<byte> block, int row, ReadOnlySpan<byte> bytes)
    {
        Span<uint> chunks = MemoryMarshal.Cast<byte, uint>(block[PackedLayout.ScaleBytes..]);
        ReadOnlySpan<uint> fours = MemoryMarshal.Cast<byte, uint>(bytes);
        for (int k = 0; k < fours.Length; k++) chunks[(k * PackedLayout.GroupRows) + row] = fours[k];
    }

    private static float Int8Numbers(Span<float> values, Span<byte> numbers)
    {
        float scale;
        fixed (float* from = values)
        fixed (byte* to = numbers)
        {
            BlockQuantizer.ToInt8(from, (sbyte*)to, wide: null, out scale);
        }

        foreach (ref byte number in numbers) number ^= PackedLayout.Int8Offset;
        return scale;
    }

    private static float Int4Numbers(Span<float> values, Span<byte> numbers)
    {
        const int Half = PackedLayout.BlockColumns / 2;
        float scale = BlockQuantizer.ToInt4(values, numbers);
        for (int i = 0; i < Half; i++) numbers[i] |= (byte)(numbers[Half + i] << 4);
        return scale;
    }
}
