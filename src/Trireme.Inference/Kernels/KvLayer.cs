using System.Runtime.CompilerServices;

namespace Trireme.Inference.Kernels;

/// <summary>
/// Where one layer's keys and values lie. Per block: for each head the keys, head dimension x block size, then for each head the
/// values, block size x value stride, where the stride is the head dimension rounded up to whole vectors of eight.
/// </summary>
internal readonly unsafe struct KvLayer(float* data, int blockSize, int headCount, int headDimension)
{
    private const int Lanes = 8;

    private readonly float* _data = data;
    private readonly int _headCount = headCount;

    public int BlockSize { get; } = blockSize;

    public int HeadDimension { get; } = headDimension;

    public int ValueStride { get; } = RoundUp(headDimension);

    private int KeyFloats => HeadDimension * BlockSize;

    private int ValueFloats => ValueStride * BlockSize;

    private long BlockFloats => (long)_headCount * (KeyFloats + ValueFloats);

    public static long FloatsPerBlock(int blockSize, int headCount, int headDimension) =>
        (long)headCount * blockSize * (headDimension + RoundUp(headDimension));

    /// <summary>Element (dimension, slot) is at dimension * BlockSize + slot.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Keys(int block, int head) => _data + (block * BlockFloats) + ((long)head * KeyFloats);

    /// <summary>Element (slot, dimension) is at slot * ValueStride + dimension.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Values(int block, int head) =>
        _data + (block * BlockFloats) + ((long)_headCount * KeyFloats) + ((long)head * ValueFloats);

    /// <summary>Stores one token's key and value of one head.</summary>
    public void Write(int block, int slot, int head, float* key, float* value)
    {
        float* keys = Keys(block, head) + slot;
        for (int i = 0; i < HeadDimension; i++) keys[i * BlockSize] = key[i];
        float* values = Values(block, head) + ((long)slot * ValueStride);
        new ReadOnlySpan<float>(value, HeadDimension).CopyTo(new Span<float>(values, HeadDimension));
    }

    private static int RoundUp(int dimension) => (dimension + Lanes - 1) / Lanes * Lanes;
}
