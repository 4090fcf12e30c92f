using Trireme.Inference.Caching;
using Trireme.Inference.Engine;

namespace Trireme.Inference.Tests.Caching;

public sealed unsafe class KvCacheTests
{
    [Theory]
    [InlineData(KvPrecision.Float32)]
    [InlineData(KvPrecision.Int8)]
    public void A_copy_holds_every_byte_of_all_layers_and_touches_no_other_block(KvPrecision precision)
    {
        KvCacheShape shape = Shape(precision);
        using var cache = new KvCache(shape, blockCount: 4);
        for (int layer = 0; layer < shape.LayerCount; layer++)
        {
            for (int block = 0; block < cache.BlockCount; block++)
            {
                new Random((layer * 10) + block).NextBytes(Block(cache, shape, layer, block));
            }
        }

        cache.Copy(new BlockCopy(Source: 2, Target: 0));
        for (int layer = 0; layer < shape.LayerCount; layer++)
        {
            for (int block = 0; block < cache.BlockCount; block++)
            {
                var expected = new byte[shape.Layout.BlockBytes];
                new Random((layer * 10) + (block == 0 ? 2 : block)).NextBytes(expected);
                Assert.True(Block(cache, shape, layer, block).SequenceEqual(expected), $"layer {layer}, block {block}");
            }
        }
    }

    [Theory]
    [InlineData(0, 3)]
    [InlineData(3, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    public void A_block_that_does_not_exist_is_not_copied(int source, int target)
    {
        using var cache = new KvCache(Shape(KvPrecision.Float32), blockCount: 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Copy(new BlockCopy(source, target)));
    }

    [Fact]
    public void Released_memory_comes_back_on_demand()
    {
        using var cache = new KvCache(Shape(KvPrecision.Float32), blockCount: 3);
        long bytes = cache.ByteLength;
        cache.Release();
        cache.Restore();
        cache.Restore();
        Assert.Equal(bytes, cache.ByteLength);
        cache.Copy(new BlockCopy(1, 2));
    }

    private static KvCacheShape Shape(KvPrecision precision) =>
        new(LayerCount: 2, KeyValueHeadCount: 2, HeadDimension: 3, BlockSize: 8, precision);

    private static Span<byte> Block(KvCache cache, KvCacheShape shape, int layer, int block) =>
        new(cache.Layer(layer).Keys(block, 0), (int)shape.Layout.BlockBytes);
}
