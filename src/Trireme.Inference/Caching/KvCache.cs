using Trireme.Inference.Kernels;

namespace Trireme.Inference.Caching;

/// <summary>Memory for the keys and values of all layers, in blocks of a fixed number of tokens. Holds float32.</summary>
internal sealed unsafe class KvCache : IDisposable
{
    private readonly NativeBuffer _memory;
    private readonly KvCacheShape _shape;

    public KvCache(KvCacheShape shape, int blockCount)
    {
        _shape = shape;
        BlockCount = blockCount;
        _memory = new NativeBuffer(shape.FloatsPerLayerBlock * shape.LayerCount * blockCount);
    }

    public int BlockCount { get; }

    public int BlockSize => _shape.BlockSize;

    public long ByteLength => _memory.ByteLength;

    public KvLayer Layer(int layer) =>
        new(
            _memory.Pointer + (_shape.FloatsPerLayerBlock * BlockCount * layer),
            _shape.BlockSize,
            _shape.KeyValueHeadCount,
            _shape.HeadDimension);

    public void Dispose() => _memory.Dispose();
}

/// <summary>What decides how much memory one block takes.</summary>
/// <param name="LayerCount">Layers with attention.</param>
/// <param name="KeyValueHeadCount">Heads that have keys and values of their own.</param>
/// <param name="HeadDimension">Floats per head.</param>
/// <param name="BlockSize">Tokens per block.</param>
internal sealed record KvCacheShape(int LayerCount, int KeyValueHeadCount, int HeadDimension, int BlockSize)
{
    public long FloatsPerLayerBlock => KvLayer.FloatsPerBlock(BlockSize, KeyValueHeadCount, HeadDimension);

    public long BytesPerBlock => FloatsPerLayerBlock * LayerCount * sizeof(float);

    public int BlocksFor(int tokens) => (tokens + BlockSize - 1) / BlockSize;
}
