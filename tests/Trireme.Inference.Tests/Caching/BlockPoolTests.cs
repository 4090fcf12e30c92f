using Trireme.Inference.Caching;

namespace Trireme.Inference.Tests.Caching;

public sealed class BlockPoolTests
{
    [Fact]
    public void Blocks_are_taken_in_the_order_they_were_freed()
    {
        var pool = new BlockPool(4);
        int[] taken = [pool.Take(), pool.Take(), pool.Take(), pool.Take()];
        foreach (int block in new[] { taken[2], taken[0], taken[3], taken[1] }) pool.Release(block);
        Assert.Equal([taken[2], taken[0], taken[3], taken[1]], [pool.Take(), pool.Take(), pool.Take(), pool.Take()]);
    }

    [Fact]
    public void A_freed_block_is_found_until_it_is_taken_again()
    {
        var pool = new BlockPool(2);
        BlockHash hash = HashOf(1);
        int block = pool.Take();
        pool.Cache(block, hash);
        pool.Release(block);
        Assert.Equal(block, pool.Find(hash));

        pool.Take();
        Assert.Equal(block, pool.Find(hash));
        Assert.Equal(block, pool.Take());
        Assert.Equal(-1, pool.Find(hash));
        Assert.Equal(0, pool.CachedCount);
    }

    [Fact]
    public void A_held_block_is_never_handed_out()
    {
        var pool = new BlockPool(2);
        int block = pool.Take();
        pool.Cache(block, HashOf(1));
        pool.Release(block);
        pool.AddReference(block);
        Assert.Equal(1, pool.FreeCount);
        Assert.NotEqual(block, pool.Take());
        Assert.Throws<InvalidOperationException>(() => pool.Take());
    }

    [Fact]
    public void A_block_cannot_be_released_more_often_than_it_is_held()
    {
        var pool = new BlockPool(1);
        int block = pool.Take();
        pool.AddReference(block);
        pool.Release(block);
        Assert.Equal(0, pool.FreeCount);
        pool.Release(block);
        Assert.Throws<InvalidOperationException>(() => pool.Release(block));
        Assert.Equal(1, pool.FreeCount);
    }

    [Fact]
    public void A_block_with_nothing_of_worth_in_it_is_taken_before_any_other()
    {
        var pool = new BlockPool(3);
        int first = pool.Take(), second = pool.Take();
        pool.Cache(first, HashOf(1));
        pool.Release(first);
        pool.ReturnUnused(second);
        Assert.Equal(second, pool.Take());
        Assert.Equal(first, pool.Find(HashOf(1)));

        pool.AddReference(second);
        Assert.Throws<InvalidOperationException>(() => pool.ReturnUnused(second));
        pool.AddReference(first);
        Assert.Throws<InvalidOperationException>(() => pool.ReturnUnused(first));
    }

    [Fact]
    public void Of_two_blocks_with_the_same_content_the_first_stays_known()
    {
        var pool = new BlockPool(2);
        int first = pool.Take(), second = pool.Take();
        pool.Cache(first, HashOf(7));
        pool.Cache(second, HashOf(7));
        Assert.Equal(first, pool.Find(HashOf(7)));
        pool.Release(second);
        Assert.Equal(second, pool.Take());
        Assert.Equal(first, pool.Find(HashOf(7)));
    }

    [Fact]
    public void Random_use_keeps_the_books_of_a_simple_model()
    {
        const int Blocks = 12;
        const int Contents = 20;
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new Random(seed);
            var pool = new BlockPool(Blocks);
            var references = new int[Blocks];
            int?[] contents = new int?[Blocks];
            for (int step = 0; step < 200; step++)
            {
                int block = random.Next(Blocks);
                switch (random.Next(4))
                {
                    case 0 when pool.FreeCount > 0:
                        block = pool.Take();
                        Assert.Equal(0, references[block]);
                        references[block] = 1;
                        contents[block] = null;
                        break;
                    case 1:
                        pool.AddReference(block);
                        references[block]++;
                        break;
                    case 2 when references[block] > 0:
                        pool.Release(block);
                        references[block]--;
                        break;
                    default:
                        int content = random.Next(Contents);
                        pool.Cache(block, HashOf(content));
                        if (contents[block] is null && !contents.Contains(content)) contents[block] = content;
                        break;
                }

                Assert.Equal(references.Count(count => count == 0), pool.FreeCount);
                for (int content = 0; content < Contents; content++)
                {
                    Assert.Equal(Array.IndexOf(contents, content), pool.Find(HashOf(content)));
                }
            }
        }
    }

    private static BlockHash HashOf(int token) => BlockHash.Chain(default, [token]);
}
