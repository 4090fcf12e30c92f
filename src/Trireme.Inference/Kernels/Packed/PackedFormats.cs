using System.Runtime.CompilerServices;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// How the numbers of one packed type lie in the chunks of a block. A block's 32 columns are read in eight fours, four of each half.
/// weight = scale * (number - offset) - minimum.
/// </summary>
internal unsafe interface IPackedFormat
{
    static abstract WeightType Type { get; }

    /// <summary>Bits of a number, which is unsigned.</summary>
    static abstract int Bits { get; }

    /// <summary>What makes signed weights unsigned numbers; zero where a minimum does.</summary>
    static abstract int Offset { get; }

    /// <summary>Whether each half of the columns has a scale of its own: the upper half's follow the lower half's.</summary>
    static abstract bool HasHalfScales { get; }

    /// <summary>Whether rows have minimums, which follow the scales.</summary>
    static abstract bool HasMinimums { get; }

    /// <summary>Reads the numbers of columns 16 * <paramref name="half"/> + 4 * <paramref name="k"/> on, a byte each.</summary>
    /// <param name="chunks">The block's first chunk, at the first row to read.</param>
    /// <param name="half">0 or 1, a constant where speed matters.</param>
    /// <param name="k">0 to 3.</param>
    static abstract TLanes Read<TLanes>(byte* chunks, int half, int k)
        where TLanes : struct, ILanes<TLanes>;

    /// <summary>Writes the numbers of one row.</summary>
    /// <param name="row">The row's bytes in the block's first chunk.</param>
    /// <param name="numbers">Eight times four numbers, a byte each.</param>
    static abstract void Write(uint* row, uint* numbers);
}

/// <summary>A chunk holds four columns.</summary>
internal readonly unsafe struct Int8Format : IPackedFormat
{
    /// <summary>Turning it around adds <see cref="Offset"/> to a signed number.</summary>
    public const byte SignBit = 128;

    public static WeightType Type => WeightType.Int8;

    public static int Bits => 8;

    public static int Offset => SignBit;

    public static bool HasHalfScales => false;

    public static bool HasMinimums => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Read<TLanes>(byte* chunks, int half, int k)
        where TLanes : struct, ILanes<TLanes> => TLanes.Load(chunks + (((4 * half) + k) * PackedLayout.ChunkBytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(uint* row, uint* numbers)
    {
        for (int k = 0; k < 8; k++) row[k * PackedLayout.GroupRows] = numbers[k];
    }
}

/// <summary>
/// The lower four bits of numbers, with which every smaller format begins: four chunks, whose bytes hold a column of the lower half in
/// their lower and one of the upper half in their upper four bits, as Q4_0 pairs them.
/// </summary>
internal static unsafe class Nibbles
{
    private const uint Mask = 0x0F0F0F0F;

    /// <summary>Uints from a row's bytes in the first chunk to those behind the nibbles.</summary>
    public const int Rows = 4 * PackedLayout.GroupRows;

    /// <summary>The chunks behind the nibbles.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* End(byte* chunks) => chunks + (4 * PackedLayout.ChunkBytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Read<TLanes>(byte* chunks, int half, int k)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes pairs = TLanes.Load(chunks + (k * PackedLayout.ChunkBytes));
        return (half == 0 ? pairs : pairs >> 4) & Mask;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(uint* row, uint* numbers)
    {
        for (int k = 0; k < 4; k++) row[k * PackedLayout.GroupRows] = (numbers[k] & Mask) | ((numbers[k + 4] & Mask) << 4);
    }
}

/// <summary>Four bits around 8.</summary>
internal readonly unsafe struct Int4Format : IPackedFormat
{
    public static WeightType Type => WeightType.Int4;

    public static int Bits => 4;

    public static int Offset => 8;

    public static bool HasHalfScales => false;

    public static bool HasMinimums => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Read<TLanes>(byte* chunks, int half, int k)
        where TLanes : struct, ILanes<TLanes> => Nibbles.Read<TLanes>(chunks, half, k);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(uint* row, uint* numbers) => Nibbles.Write(row, numbers);
}

/// <summary>Four bits over a minimum.</summary>
internal readonly unsafe struct Int4WithMinimumFormat : IPackedFormat
{
    public static WeightType Type => WeightType.Int4WithMinimum;

    public static int Bits => 4;

    public static int Offset => 0;

    public static bool HasHalfScales => false;

    public static bool HasMinimums => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Read<TLanes>(byte* chunks, int half, int k)
        where TLanes : struct, ILanes<TLanes> => Nibbles.Read<TLanes>(chunks, half, k);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(uint* row, uint* numbers) => Nibbles.Write(row, numbers);
}

/// <summary>Five bits over a minimum: nibbles, then a chunk with the fifth bits: bit 4 * half + k of a byte is its column's.</summary>
internal readonly unsafe struct Int5WithMinimumFormat : IPackedFormat
{
    private const uint FifthBits = 0x10101010;

    public static WeightType Type => WeightType.Int5WithMinimum;

    public static int Bits => 5;

    public static int Offset => 0;

    public static bool HasHalfScales => false;

    public static bool HasMinimums => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Read<TLanes>(byte* chunks, int half, int k)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes fifth = TLanes.Load(Nibbles.End(chunks));
        return Nibbles.Read<TLanes>(chunks, half, k) | ((half == 0 ? fifth << (4 - k) : fifth >> k) & FifthBits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(uint* row, uint* numbers)
    {
        Nibbles.Write(row, numbers);
        uint fifth = 0;
        for (int k = 0; k < 4; k++) fifth |= ((numbers[k] & FifthBits) >> (4 - k)) | ((numbers[k + 4] & FifthBits) << k);
        row[Nibbles.Rows] = fifth;
    }
}

/// <summary>
/// Six bits around 32 with a scale per half: nibbles, then a chunk for each half with the upper two bits, of which bits 2k and 2k + 1
/// of a byte are its column's.
/// </summary>
internal readonly unsafe struct Int6Format : IPackedFormat
{
    private const uint UpperBits = 0x30303030;

    public static WeightType Type => WeightType.Int6;

    public static int Bits => 6;

    public static int Offset => 32;

    public static bool HasHalfScales => true;

    public static bool HasMinimums => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Read<TLanes>(byte* chunks, int half, int k)
        where TLanes : struct, ILanes<TLanes>
    {
        TLanes upper = TLanes.Load(Nibbles.End(chunks) + (half * PackedLayout.ChunkBytes));
        return Nibbles.Read<TLanes>(chunks, half, k) | (((upper >> (2 * k)) << 4) & UpperBits);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(uint* row, uint* numbers)
    {
        Nibbles.Write(row, numbers);
        for (int half = 0; half < 2; half++)
        {
            uint upper = 0;
            for (int k = 0; k < 4; k++) upper |= ((numbers[(4 * half) + k] & UpperBits) >> 4) << (2 * k);
            row[Nibbles.Rows + (half * PackedLayout.GroupRows)] = upper;
        }
    }
}
