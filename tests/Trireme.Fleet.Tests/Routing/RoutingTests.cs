using System.Text;
using CsCheck;
using Trireme.Fleet.Routing;

namespace Trireme.Fleet.Tests.Routing;

public class RoutingTests
{
    private static readonly ulong Stable = TrafficSplit.KeyOf("v1");
    private static readonly ulong Candidate = TrafficSplit.KeyOf("v2");

    [Theory]
    [InlineData(90, 10)]
    [InlineData(50, 50)]
    [InlineData(1, 99)]
    public void Keys_are_split_by_weight(int stable, int candidate)
    {
        const int keys = 40_000;
        int moved = Enumerable.Range(0, keys).Count(i => Choose(stable, candidate, $"client-{i}") == 1);
        double expected = candidate / 100.0;
        double fourSigma = 4 * Math.Sqrt(expected * (1 - expected) / keys);
        Assert.InRange(moved / (double)keys, expected - fourSigma, expected + fourSigma);
    }

    [Fact]
    public void Raising_the_candidates_weight_never_moves_a_client_back() =>
        Gen.Select(Gen.String, Gen.Int[0, 99]).Sample(
            (client, weight) => Choose(100 - weight, weight, client) == 0 || Choose(99 - weight, weight + 1, client) == 1,
            iter: 5000,
            threads: 1);

    [Fact]
    public void A_third_release_takes_clients_but_moves_none_between_the_others()
    {
        ulong third = TrafficSplit.KeyOf("v3");
        for (int i = 0; i < 2000; i++)
        {
            ulong key = TrafficSplit.KeyOf($"client-{i}");
            int before = TrafficSplit.Choose([new(Stable, 50), new(Candidate, 50)], key);
            int after = TrafficSplit.Choose([new(Stable, 50), new(Candidate, 50), new(third, 30)], key);
            Assert.True(after == before || after == 2);
        }
    }

    [Fact]
    public void Only_weights_above_zero_are_chosen()
    {
        Assert.Equal(-1, TrafficSplit.Choose([], 1));
        Assert.Equal(-1, TrafficSplit.Choose([new(Stable, 0)], 1));
        for (ulong key = 0; key < 500; key++) Assert.Equal(1, TrafficSplit.Choose([new(Stable, 0), new(Candidate, 1)], key));
    }

    [Fact]
    public void Text_and_its_bytes_have_the_same_key() =>
        Gen.String.Sample(text => TrafficSplit.KeyOf(text) == TrafficSplit.KeyOf(Encoding.UTF8.GetBytes(text)), iter: 2000, threads: 1);

    [Fact]
    public void Keys_are_the_same_in_every_version() => Assert.Equal(0x6781CE17116AEDBCUL, TrafficSplit.KeyOf("client-1"));

    [Fact]
    public void The_least_loaded_replica_is_chosen_and_ties_are_shared()
    {
        Assert.Equal(2, LeastLoaded.Choose([3, 2, 1, 4], 12345));
        Assert.Equal(-1, LeastLoaded.Choose([LeastLoaded.Excluded], 1));
        Assert.Equal(-1, LeastLoaded.Choose([], 1));
        int[] chosen = new int[4];
        for (uint random = 0; random < 300; random++) chosen[LeastLoaded.Choose([1, 5, 1, 1], random)]++;
        Assert.Equal([100, 0, 100, 100], chosen);
    }

    [Fact]
    public void Choosing_allocates_nothing()
    {
        WeightedTarget[] targets = [new(Stable, 90), new(Candidate, 10)];
        int[] loads = [1, 2, 3];
        int sum = 0;
        for (int i = 0; i < 10; i++) sum += TrafficSplit.Choose(targets, TrafficSplit.KeyOf("warm-up")) + LeastLoaded.Choose(loads, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            sum += TrafficSplit.Choose(targets, TrafficSplit.KeyOf("client")) + LeastLoaded.Choose(loads, (uint)i);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(int.MinValue, sum);
    }

    private static int Choose(int stable, int candidate, string client) =>
        TrafficSplit.Choose([new WeightedTarget(Stable, stable), new WeightedTarget(Candidate, candidate)], TrafficSplit.KeyOf(client));
}
