using CsCheck;
using Trireme.Fleet.Routing;

namespace Trireme.Fleet.Tests.Routing;

public class ReplicaChoiceTests
{
    private const int X = LeastLoaded.Excluded;

    private static readonly ulong[] Ids = [.. Enumerable.Range(1, ReplicaChoice.MaxReleases).Select(i => TrafficSplit.KeyOf($"v{i}"))];

    public static TheoryData<string> Sentences() => [.. Cases.Keys];

    private static readonly Dictionary<string, (int[] Weights, int[][] Loads, ChosenReplica Expected)> Cases = new()
    {
        ["The only release with a share takes the request"] = ([100, 0], [[5, 3], [0]], new(0, 1)),
        ["The least loaded of its replicas takes it"] = ([100], [[5, 3, 1, 4]], new(0, 2)),
        ["An excluded replica does not, however idle"] = ([100], [[7, X, 9]], new(0, 0)),
        ["A release without usable replicas is stood in for by one with a share"] = ([99, 1], [[X], [8]], new(1, 0)),
        ["A release with a share comes before one without"] = ([0, 99, 1], [[0], [X], [9]], new(2, 0)),
        ["A release without a share is the last resort"] = ([100, 0], [[X, X], [X, 6]], new(1, 1)),
        ["A release without replicas is passed over"] = ([100, 0], [[], [6]], new(1, 0)),
        ["Nothing usable is nothing chosen"] = ([60, 40, 0], [[X], [X, X], []], ChosenReplica.None),
        ["A service without releases has nothing to choose"] = ([], [], ChosenReplica.None),
    };

    [Theory]
    [MemberData(nameof(Sentences))]
    public void Choice(string sentence)
    {
        (int[] weights, int[][] loads, ChosenReplica expected) = Cases[sentence];
        for (ulong key = 0; key < 50; key++) Assert.Equal(expected, Choose(weights, loads, key, (uint)key));
    }

    [Fact]
    public void While_all_can_take_requests_the_share_of_traffic_alone_names_the_release()
    {
        for (ulong key = 0; key < 2000; key++)
        {
            int expected = TrafficSplit.Choose([new(Ids[0], 70), new(Ids[1], 30)], key);
            Assert.Equal(expected, Choose([70, 30], [[9, 9], [0, 0]], key, 1).Release);
        }
    }

    [Fact]
    public void What_is_chosen_is_usable_and_none_of_its_release_is_less_loaded_and_a_usable_one_is_always_found() =>
        Gen.Select(Gen.Int[0, 3].Select(weight => weight * 30), Gen.OneOf(Gen.Int[0, 5], Gen.Const(X)).Array[0, 4])
            .Array[0, 5].Select(Gen.ULong, Gen.UInt).Sample((releases, key, random) =>
            {
                int[] weights = [.. releases.Select(release => release.Item1)];
                int[][] loads = [.. releases.Select(release => release.Item2)];
                ChosenReplica chosen = Choose(weights, loads, key, random);
                if (chosen.IsNone) return loads.All(replicas => replicas.All(load => load == X));
                int load = loads[chosen.Release][chosen.Replica];
                bool fallback = weights[chosen.Release] == 0;
                bool allowed = !fallback || !releases.Any(release => release.Item1 > 0 && release.Item2.Any(other => other != X));
                return load != X && load == loads[chosen.Release].Min() && allowed;
            }, iter: 20_000, threads: 1);

    [Fact]
    public void Choosing_allocates_nothing()
    {
        WeightedTarget[] targets = [new(Ids[0], 90), new(Ids[1], 10), new(Ids[2], 0)];
        int[] ends = [2, 4, 5];
        int[] loads = [X, X, 3, X, 1];
        int sum = 0;
        for (ulong key = 0; key < 100; key++) sum += ReplicaChoice.Choose(targets, ends, loads, key, 1).Replica;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong key = 0; key < 1000; key++) sum += ReplicaChoice.Choose(targets, ends, loads, key, 1).Replica;
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.Equal(0, sum);
    }

    private static ChosenReplica Choose(int[] weights, int[][] loads, ulong key, uint random)
    {
        WeightedTarget[] targets = [.. weights.Select((weight, i) => new WeightedTarget(Ids[i], weight))];
        int end = 0;
        int[] ends = [.. loads.Select(replicas => end += replicas.Length)];
        return ReplicaChoice.Choose(targets, ends, [.. loads.SelectMany(replicas => replicas)], key, random);
    }
}
