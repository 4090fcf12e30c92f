using Trireme.Inference.Caching;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Tests.Caching;

public sealed class KvEventLogTests
{
    private static readonly BlockHash Hash = BlockHash.Chain(default, [1]);

    private readonly KvEventLog _log = new(capacity: 4, blockSize: 2);

    [Fact]
    public void A_reader_that_follows_sees_every_event_once_and_no_gap()
    {
        long next = 0;
        for (int i = 0; i < 10; i++)
        {
            _log.AddStored(Hash, i % 2 == 0 ? null : Hash, [i, -i]);
            KvEventPage page = _log.Read(next, 10);
            Assert.False(page.HasGap);
            KvEvent entry = Assert.Single(page.Events);
            Assert.Equal(i, entry.Number);
            Assert.Equal([i, -i], entry.TokenIds);
            Assert.Equal(i % 2 == 0 ? null : Hash.ToString(), entry.ParentBlockHash);
            next = page.Next;
        }
    }

    [Theory]
    [InlineData("at the oldest event", 6, false, 6)]
    [InlineData("at the end", 10, false, 10)]
    [InlineData("before the oldest event", 5, true, 6)]
    [InlineData("at the start", 0, true, 6)]
    [InlineData("in the future", 11, true, 6)]
    public void A_reader_gets_what_is_left_and_is_told_of_what_is_not(string place, long from, bool hasGap, long first)
    {
        for (int i = 0; i < 10; i++) _log.AddRemoved(Hash);
        KvEventPage page = _log.Read(from, 10);
        Assert.True((page.HasGap, page.From, page.Next) == (hasGap, first, 10), place);
        Assert.Equal(10 - first, page.Events.Count);
    }

    [Fact]
    public void A_page_ends_at_its_limit_and_the_next_goes_on_there()
    {
        for (int i = 0; i < 4; i++) _log.AddStored(Hash, null, [i, i]);
        KvEventPage page = _log.Read(0, 3);
        Assert.Equal([0, 1, 2], page.Events.Select(entry => entry.TokenIds[0]));
        Assert.Equal(3, Assert.Single(_log.Read(page.Next, 3).Events).TokenIds[0]);
    }

    [Fact]
    public async Task Who_waits_for_the_next_event_is_woken_by_the_step_that_adds_it()
    {
        CancellationToken cancelled = TestContext.Current.CancellationToken;
        Task first = _log.WaitAsync(0, cancelled), second = _log.WaitAsync(0, cancelled);
        Assert.False(first.IsCompleted);
        _log.AddCleared();
        Assert.False(first.IsCompleted);
        _log.Publish();
        await Task.WhenAll(first, second);
        await _log.WaitAsync(0, cancelled);
        await _log.WaitAsync(5, cancelled);
        Assert.False(_log.WaitAsync(1, cancelled).IsCompleted);
        Assert.Equal(KvEventKind.AllBlocksCleared, Assert.Single(_log.Read(0, 9).Events).Kind);
    }

    [Fact]
    public void Adding_allocates_nothing()
    {
        for (int i = 0; i < 8; i++) _log.AddStored(Hash, Hash, [1, 2]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            _log.AddStored(Hash, Hash, [1, 2]);
            _log.AddRemoved(Hash);
            _log.Publish();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
