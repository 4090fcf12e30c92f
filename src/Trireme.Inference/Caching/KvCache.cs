using Trireme.Inference.Engine;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Caching;

/// <summary>Memory for the keys and values of all layers, in blocks of a fixed number of tokens.</summary>
internal sealed unsafe class KvCache : IDisposable
{
    private readonly NativeBuffer _memory;
    private readonly KvCacheShape _shape;

    public KvCache(KvCacheShape shape, int blockCount)
    {
        _shape = shape;
        BlockCount = blockCount;
        _memory = new NativeBuffer(shape.BytesPerBlock / sizeof(float) * blockCount);
    }

    public int BlockCount { get; }

    public int BlockSize => _shape.BlockSize;

    public long ByteLength => _memory.ByteLength;

    public KvLayer Layer(int layer) =>
        new((byte*)_memory.Pointer + (_shape.Layout.BlockBytes * BlockCount * layer), _shape.Layout);

    public void Dispose() => _memory.Dispose();
}

/// <summary>What decides how much memory one block takes.</summary>
/// <param name="LayerCount">Layers with attention.</param>
/// <param name="KeyValueHeadCount">Heads that have keys and values of their own.</param>
/// <param name="HeadDimension">Numbers per head.</param>
/// <param name="BlockSize">Tokens per block, a multiple of eight.</param>
/// <param name="Precision">How keys and values are kept.</param>
internal sealed record KvCacheShape(
    int LayerCount, int KeyValueHeadCount, int HeadDimension, int BlockSize, KvPrecision Precision = KvPrecision.Float32)
{
    /// <summary>One block of one layer.</summary>
    public KvLayout Layout => new(BlockSize, KeyValueHeadCount, HeadDimension, Precision);

    public long BytesPerBlock => Layout.BlockBytes * LayerCount;

    public int BlocksFor(int tokens) => (tokens + BlockSize - 1) / BlockSize;
}
