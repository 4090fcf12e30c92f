using Trireme.Inference.Caching;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Tests.Caching;

public sealed class SequenceBlocksTests
{
    private const int BlockSize = 8;

    private readonly BlockPool _pool = new(16);
    private readonly SequenceBlocks _blocks;

    public SequenceBlocksTests() => _blocks = new SequenceBlocks(_pool, BlockSize, prefixCaching: true);

    [Fact]
    public void A_prompt_finds_the_full_blocks_of_an_earlier_one()
    {
        int[] first = Compute(Tokens(20)).Blocks.ToArray();
        Assert.Equal(first[..2], Find(Tokens(30)));
    }

    [Fact]
    public void The_last_token_is_computed_even_when_all_blocks_are_known()
    {
        Compute(Tokens(24));
        Assert.Equal(2, Find(Tokens(24)).Length);
        Assert.Equal(3, Find(Tokens(25)).Length);
    }

    [Fact]
    public void A_difference_hides_all_blocks_behind_it()
    {
        Compute(Tokens(40));
        List<int> other = Tokens(40);
        other[10] = 999;
        Assert.Single(Find(other));
    }

    [Fact]
    public void Salts_keep_equal_prompts_apart()
    {
        Compute(Tokens(24), salt: "a");
        Assert.Empty(Find(Tokens(24), salt: null));
        Assert.Empty(Find(Tokens(24), salt: "b"));
        Assert.Empty(Find(Tokens(24), salt: ""));
        Assert.Equal(2, Find(Tokens(24), salt: "a").Length);
    }

    [Fact]
    public void Freed_blocks_are_evicted_from_the_end_of_the_prompt_on()
    {
        _blocks.Release(Compute(Tokens(10 * BlockSize)));
        // Six blocks were never used; two more come from the freed prompt.
        for (int i = 0; i < 8; i++) _pool.Take();
        Assert.Equal(8, Find(Tokens(11 * BlockSize)).Length);
    }

    [Fact]
    public void Found_blocks_are_held_before_new_ones_are_taken()
    {
        _blocks.Release(Compute(Tokens(14 * BlockSize)));
        var table = new BlockTable();
        List<int> tokens = Tokens(16 * BlockSize);
        Assert.True(_blocks.TryStart(table, _blocks.FindPrefix(table, tokens, null), tokens.Count));
        Assert.Equal(16, table.Blocks.ToArray().Distinct().Count());
    }

    [Fact]
    public void A_start_that_does_not_fit_changes_nothing()
    {
        _blocks.Release(Compute(Tokens(10 * BlockSize)));
        var table = new BlockTable();
        List<int> tokens = Tokens(17 * BlockSize);
        Assert.False(_blocks.TryStart(table, _blocks.FindPrefix(table, tokens, null), tokens.Count));
        Assert.Equal(0, table.Count);
        Assert.Equal(16, _pool.FreeCount);
        Assert.Equal(10, Find(tokens).Length);
    }

    [Fact]
    public void Answers_are_found_by_the_next_turn_of_a_conversation()
    {
        List<int> tokens = Tokens(12);
        BlockTable table = Compute(tokens);
        for (int i = 0; i < 8; i++)
        {
            tokens.Add(500 + i);
            Assert.True(_blocks.TryGrow(table, tokens.Count - 1, tokens.Count, []));
            _blocks.CacheFullBlocks(table, tokens, null, tokens.Count);
        }

        tokens.Add(1);
        Assert.Equal(2, Find(tokens).Length);
    }

    [Fact]
    public void Nothing_is_found_when_prefix_caching_is_off()
    {
        var blocks = new SequenceBlocks(_pool, BlockSize, prefixCaching: false);
        var table = new BlockTable();
        Assert.True(blocks.TryStart(table, default, 24));
        blocks.CacheFullBlocks(table, Tokens(24), null, 24);
        Assert.Equal(0, blocks.FindPrefix(new BlockTable(), Tokens(24), null).Length);
        Assert.Equal(0, _pool.CachedCount);
    }

    [Fact]
    public void Who_writes_first_into_a_shared_block_gets_a_copy_and_the_last_one_keeps_it()
    {
        List<int> tokens = Tokens(12);
        BlockTable owner = Compute(tokens);
        var first = new BlockTable();
        var second = new BlockTable();
        _blocks.Share(owner, first);
        _blocks.Share(owner, second);
        int[] shared = owner.Blocks.ToArray();
        Assert.Equal(14, _pool.FreeCount);

        var copies = new List<BlockCopy>();
        foreach (BlockTable table in new[] { first, owner, second }) Assert.True(_blocks.TryGrow(table, 12, 13, copies));
        Assert.Equal([shared[1], shared[1]], copies.Select(copy => copy.Source));
        Assert.Equal([first.Blocks[1], owner.Blocks[1]], copies.Select(copy => copy.Target));
        Assert.Equal(shared[1], second.Blocks[1]);
        Assert.All(new[] { first, owner, second }, table => Assert.Equal(shared[0], table.Blocks[0]));
        Assert.Equal(12, _pool.FreeCount);

        foreach (BlockTable table in new[] { first, owner, second }) _blocks.Release(table);
        Assert.Equal(16, _pool.FreeCount);
    }

    [Fact]
    public void A_shared_block_without_room_for_its_copy_changes_nothing()
    {
        BlockTable owner = Compute(Tokens(12));
        var reader = new BlockTable();
        _blocks.Share(owner, reader);
        while (_pool.FreeCount > 0) _pool.Take();
        int[] before = reader.Blocks.ToArray();
        var copies = new List<BlockCopy>();
        Assert.False(_blocks.TryGrow(reader, 12, 13, copies));
        Assert.Empty(copies);
        Assert.Equal(before, reader.Blocks.ToArray());
    }

    [Fact]
    public void Stored_evicted_and_cleared_blocks_are_told_without_the_salt()
    {
        var log = new KvEventLog(capacity: 100, BlockSize);
        var pool = new BlockPool(2, log);
        var blocks = new SequenceBlocks(pool, BlockSize, prefixCaching: true, log);
        var table = new BlockTable();
        List<int> tokens = Tokens(2 * BlockSize);
        Assert.True(blocks.TryStart(table, default, tokens.Count));
        blocks.CacheFullBlocks(table, tokens, "secret", tokens.Count);
        blocks.Release(table);
        pool.Take();
        pool.ResetPrefixes();

        IReadOnlyList<KvEvent> events = log.Read(0, 10).Events;
        KvEventKind[] expected =
            [KvEventKind.BlockStored, KvEventKind.BlockStored, KvEventKind.BlockRemoved, KvEventKind.AllBlocksCleared];
        Assert.Equal(expected, events.Select(entry => entry.Kind));
        Assert.Null(events[0].ParentBlockHash);
        Assert.Equal(events[0].BlockHash, events[1].ParentBlockHash);
        Assert.Equal(tokens[..BlockSize], events[0].TokenIds);
        Assert.Equal(tokens[BlockSize..], events[1].TokenIds);
        Assert.Equal(events[1].BlockHash, events[2].BlockHash);
        Assert.Equal(BlockHash.Chain(BlockHash.Root("secret"), [.. tokens[..BlockSize]]).ToString(), events[0].BlockHash);
    }

    private static List<int> Tokens(int count) => [.. Enumerable.Range(100, count)];

    private int[] Find(List<int> tokens, string? salt = null) => _blocks.FindPrefix(new BlockTable(), tokens, salt).ToArray();

    private BlockTable Compute(List<int> tokens, string? salt = null)
    {
        var table = new BlockTable();
        Assert.True(_blocks.TryStart(table, default, tokens.Count));
        _blocks.CacheFullBlocks(table, tokens, salt, tokens.Count);
        return table;
    }
}
