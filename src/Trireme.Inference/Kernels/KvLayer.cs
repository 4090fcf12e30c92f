using System.Runtime.CompilerServices;
using Trireme.Inference.Engine;

namespace Trireme.Inference.Kernels;

/// <summary>
/// Where one layer's keys and values lie. Per block: for each head the keys, head dimension x block size; then for each head the values,
/// block size x value stride; then, in eight bits only, for each head the scales of its keys and those of its values.
/// </summary>
internal readonly unsafe struct KvLayer(byte* data, KvLayout layout)
{
    private readonly byte* _data = data;
    private readonly KvLayout _layout = layout;

    public int BlockSize => _layout.BlockSize;

    public int HeadDimension => _layout.HeadDimension;

    public int ValueStride => _layout.ValueStride;

    public KvPrecision Precision => _layout.Precision;

    /// <summary>Of one head and block.</summary>
    public long KeyBytes => _layout.KeyBytes;

    /// <summary>Of one head and block.</summary>
    public long ValueBytes => _layout.ValueBytes;

    /// <summary>Element (dimension, slot) is at dimension * BlockSize + slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Keys(int block, int head) => _data + (block * _layout.BlockBytes) + (head * _layout.KeyBytes);

    /// <summary>Element (slot, dimension) is at slot * ValueStride + dimension.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Values(int block, int head) =>
        _data + (block * _layout.BlockBytes) + (_layout.HeadCount * _layout.KeyBytes) + (head * _layout.ValueBytes);

    /// <summary>What each slot's key is multiplied by; in eight bits only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* KeyScales(int block, int head) =>
        (float*)(_data + (block * _layout.BlockBytes) + (_layout.HeadCount * (_layout.KeyBytes + _layout.ValueBytes)))
            + (head * 2L * BlockSize);

    /// <summary>What each slot's value is multiplied by; in eight bits only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* ValueScales(int block, int head) => KeyScales(block, head) + BlockSize;

    /// <summary>Stores one token's key and value of one head.</summary>
    public void Write(int block, int slot, int head, float* key, float* value)
    {
        byte* keys = Keys(block, head);
        byte* values = Values(block, head);
        if (Precision == KvPrecision.Float32)
        {
            for (int i = 0; i < HeadDimension; i++) ((float*)keys)[(i * BlockSize) + slot] = key[i];
            float* row = (float*)values + ((long)slot * ValueStride);
            new ReadOnlySpan<float>(value, HeadDimension).CopyTo(new Span<float>(row, HeadDimension));
            return;
        }

        KeyScales(block, head)[slot] = Quantize(key, (sbyte*)keys + slot, BlockSize);
        ValueScales(block, head)[slot] = Quantize(value, (sbyte*)values + ((long)slot * ValueStride), stride: 1);
    }

    /// <summary>Rounds to eight bits and returns the scale.</summary>
    private float Quantize(float* source, sbyte* destination, int stride)
    {
        float largest = 0;
        for (int i = 0; i < HeadDimension; i++) largest = MathF.Max(largest, MathF.Abs(source[i]));
        float scale = largest / sbyte.MaxValue;
        float inverse = scale > 0 ? 1 / scale : 0;
        // A number so small that the inverse overflows rounds to zero. Not a number stays one: the scale carries it.
        if (!float.IsFinite(inverse)) inverse = 0;
        for (int i = 0; i < HeadDimension; i++) destination[i * stride] = (sbyte)MathF.Round(source[i] * inverse);
        return scale;
    }
}

/// <summary>The sizes of one block of one layer.</summary>
internal readonly record struct KvLayout(int BlockSize, int HeadCount, int HeadDimension, KvPrecision Precision = KvPrecision.Float32)
{
    private const int Lanes = 8;

    /// <summary>Elements from one slot's value to the next: the head dimension rounded up to whole vectors of eight.</summary>
    public int ValueStride { get; } = (HeadDimension + Lanes - 1) / Lanes * Lanes;

    /// <summary>Of one head.</summary>
    public long KeyBytes { get; } = (long)HeadDimension * BlockSize * ElementBytes(Precision);

    /// <summary>Of one head.</summary>
    public long ValueBytes { get; } = (long)((HeadDimension + Lanes - 1) / Lanes * Lanes) * BlockSize * ElementBytes(Precision);

    public long BlockBytes { get; } = HeadCount * BlockSize
        * (((HeadDimension + ((HeadDimension + Lanes - 1L) / Lanes * Lanes)) * ElementBytes(Precision)) + ScaleBytes(Precision));

    private static int ElementBytes(KvPrecision precision) => precision == KvPrecision.Float32 ? sizeof(float) : sizeof(sbyte);

    private static int ScaleBytes(KvPrecision precision) => precision == KvPrecision.Float32 ? 0 : 2 * sizeof(float);
}
