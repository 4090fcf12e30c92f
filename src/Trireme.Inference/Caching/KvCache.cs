using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Caching;

/// <summary>Memory for the keys and values of all layers, in blocks of a fixed number of tokens.</summary>
internal sealed unsafe class KvCache : IDisposable
{
    private readonly KvCacheShape _shape;
    private NativeBuffer _memory;

    public KvCache(KvCacheShape shape, int blockCount)
    {
        _shape = shape;
        BlockCount = blockCount;
        _memory = Allocate();
    }

    public int BlockCount { get; }

    public int BlockSize => _shape.BlockSize;

    public long ByteLength => _memory.ByteLength;

    public KvLayer Layer(int layer) =>
        new((byte*)_memory.Pointer + (_shape.Layout.BlockBytes * BlockCount * layer), _shape.Layout);

    /// <summary>Copies the keys and values of all layers.</summary>
    public void Copy(BlockCopy copy)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)copy.Source, (uint)BlockCount, nameof(copy));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)copy.Target, (uint)BlockCount, nameof(copy));
        long blockBytes = _shape.Layout.BlockBytes;
        for (int layer = 0; layer < _shape.LayerCount; layer++)
        {
            byte* blocks = (byte*)_memory.Pointer + (blockBytes * BlockCount * layer);
            var source = new ReadOnlySpan<byte>(blocks + (blockBytes * copy.Source), checked((int)blockBytes));
            source.CopyTo(new Span<byte>(blocks + (blockBytes * copy.Target), (int)blockBytes));
        }
    }

    /// <summary>Gives the memory back; nothing may be read or written until <see cref="Restore"/>.</summary>
    public void Release() => _memory.Dispose();

    /// <summary>Takes memory again, with nothing in it.</summary>
    public void Restore()
    {
        if (_memory.IsClosed) _memory = Allocate();
    }

    public void Dispose() => _memory.Dispose();

    private NativeBuffer Allocate() => new(_shape.BytesPerBlock / sizeof(float) * BlockCount);
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
    public static KvCacheShape Of(EngineOptions options, ModelConfig config) => new(
        config.LayerCount, config.KeyValueHeadCount, config.HeadDimension, options.BlockSize, options.KvPrecision);

    /// <summary>One block of one layer.</summary>
    public KvLayout Layout => new(BlockSize, KeyValueHeadCount, HeadDimension, Precision);

    public long BytesPerBlock => Layout.BlockBytes * LayerCount;

    public int BlocksFor(int tokens) => (tokens + BlockSize - 1) / BlockSize;
}
