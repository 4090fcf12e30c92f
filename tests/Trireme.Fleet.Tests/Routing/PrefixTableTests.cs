using CsCheck;
using Trireme.Fleet.Routing;

namespace Trireme.Fleet.Tests.Routing;

public sealed class PrefixTableTests
{
    [Fact]
    public void What_was_sent_is_matched_as_far_as_it_is_the_same()
    {
        var table = new PrefixTable(100);
        table.Add([1, 2, 3, 4]);
        table.Add([1, 2, 30]);
        Assert.Equal(4, table.Match([1, 2, 3, 4]));
        Assert.Equal(4, table.Match([1, 2, 3, 4, 5, 6]));
        Assert.Equal(2, table.Match([1, 2, 9]));
        Assert.Equal(3, table.Match([1, 2, 30, 40]));
        Assert.Equal(0, table.Match([7, 8]));
        Assert.Equal(0, table.Match([]));
    }

    [Fact]
    public void What_is_used_stays_and_what_is_not_is_forgotten_for_it()
    {
        var table = new PrefixTable(20);
        table.Add([1, 2, 3]);
        table.Add([4, 5, 6]);
        for (ulong i = 100; i < 200; i += 5)
        {
            table.Add([i, i + 1, i + 2, i + 3, i + 4]);
            table.Add([1, 2, 3]);
        }

        Assert.Equal(3, table.Match([1, 2, 3]));
        Assert.Equal(0, table.Match([4, 5, 6]));
        Assert.InRange(table.Count, 1, 20);
    }

    [Fact]
    public void Of_a_prompt_longer_than_a_generation_the_beginning_is_remembered()
    {
        var table = new PrefixTable(20);
        ulong[] prompt = [.. Enumerable.Range(1, 50).Select(static i => (ulong)i)];
        table.Add(prompt);
        Assert.Equal(10, table.Match(prompt));
    }

    [Fact]
    public void What_a_replica_turns_out_not_to_have_is_matched_no_more()
    {
        var table = new PrefixTable(20);
        table.Add([1, 2, 3, 4]);
        table.Forget([3, 4]);
        Assert.Equal(2, table.Match([1, 2, 3, 4]));
    }

    /// <summary>With room for all, a match is the longest beginning that any prompt before had.</summary>
    [Fact]
    public void A_match_is_what_a_plain_search_finds() => Gen.Int[1, 5].Array[0, 12].Array[1, 30].Sample(
        prompts =>
        {
            var table = new PrefixTable(10_000);
            var known = new HashSet<ulong>();
            foreach (int[] prompt in prompts)
            {
                ulong[] blocks = Chain(prompt);
                int expected = blocks.TakeWhile(known.Contains).Count();
                Assert.Equal(expected, table.Match(blocks));
                table.Add(blocks);
                known.UnionWith(blocks);
            }
        },
        iter: 300,
        threads: 1);

    [Fact]
    public void A_cached_prompt_is_worth_a_wait_and_not_any_wait()
    {
        var idle = new ReplicaLoad(0, 0);
        Assert.True(FirstTokenCost.Of(idle, 0) < FirstTokenCost.Of(idle, 1000));
        Assert.True(FirstTokenCost.Of(new ReplicaLoad(3, 4000), 0) < FirstTokenCost.Of(idle, 1000));
        Assert.True(FirstTokenCost.Of(new ReplicaLoad(3, 20_000), 0) > FirstTokenCost.Of(idle, 1000));
        Assert.True(FirstTokenCost.Of(new ReplicaLoad(1, 0), 0) < FirstTokenCost.Of(new ReplicaLoad(2, 0), 0));
    }

    [Fact]
    public void A_look_allocates_nothing()
    {
        var table = new PrefixTable(1000);
        ulong[] prompt = [.. Enumerable.Range(1, 200).Select(static i => (ulong)i)];
        table.Add(prompt);
        long sum = table.Match(prompt);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++) sum += table.Match(prompt) + FirstTokenCost.Of(new ReplicaLoad(i, i), i);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0, sum);
    }

    private static ulong[] Chain(int[] parts)
    {
        ulong[] blocks = new ulong[parts.Length];
        ulong before = 17;
        for (int i = 0; i < parts.Length; i++) blocks[i] = before = TrafficSplit.KeyOf($"{before} {parts[i]}");
        return blocks;
    }
}
