using Trireme.Inference.Caching;

namespace Trireme.Inference.Tests.Caching;

public sealed unsafe class KvCacheTests
{
    private static readonly KvCacheShape Shape = new(LayerCount: 2, KeyValueHeadCount: 2, HeadDimension: 3, BlockSize: 8);

    [Fact]
    public void A_copy_holds_the_keys_and_values_of_all_layers_and_heads()
    {
        using var cache = new KvCache(Shape, blockCount: 3);
        float* key = stackalloc float[3];
        float* value = stackalloc float[3];
        for (int i = 0; i < 2 * 2 * 8; i++)
        {
            (int layer, int head, int slot) = (i / 16, i / 8 % 2, i % 8);
            for (int dimension = 0; dimension < 3; dimension++)
            {
                key[dimension] = (i * 10) + dimension;
                value[dimension] = -(i * 10) - dimension;
            }

            cache.Layer(layer).Write(block: 2, slot, head, key, value);
        }

        cache.Copy(new BlockCopy(Source: 2, Target: 0));
        for (int i = 0; i < 2 * 2 * 8; i++)
        {
            (int layer, int head, int slot) = (i / 16, i / 8 % 2, i % 8);
            for (int dimension = 0; dimension < 3; dimension++)
            {
                Assert.Equal((i * 10) + dimension, cache.Layer(layer).Keys(0, head)[(dimension * 8) + slot]);
                int at = (slot * cache.Layer(layer).ValueStride) + dimension;
                Assert.Equal(-(i * 10) - dimension, cache.Layer(layer).Values(0, head)[at]);
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
        using var cache = new KvCache(Shape, blockCount: 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Copy(new BlockCopy(source, target)));
    }

    [Fact]
    public void Released_memory_comes_back_on_demand()
    {
        using var cache = new KvCache(Shape, blockCount: 3);
        long bytes = cache.ByteLength;
        cache.Release();
        cache.Restore();
        cache.Restore();
        Assert.Equal(bytes, cache.ByteLength);
        cache.Copy(new BlockCopy(1, 2));
    }
}
