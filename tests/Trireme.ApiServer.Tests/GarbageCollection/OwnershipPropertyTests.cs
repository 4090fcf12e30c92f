using System.Collections.Immutable;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Tests.GarbageCollection;

/// <summary>Random graphs of owners, random deletions and restarts in the middle of them, against the rules.</summary>
public sealed class OwnershipPropertyTests
{
    private const int Graphs = 24;
    private const int Size = 6;
    private const int Acts = 4;

    [Fact]
    public async Task Whatever_is_deleted_the_collector_ends_where_the_rules_lead()
    {
        await using var world = new CollectorHarness();
        foreach (string name in (string[])["one", "two"])
        {
            await world.CreateAsync(new ObjectKey(world.Resources.Namespace, "", name), new() { ["generation"] = 1 });
        }

        await world.StartAsync();
        int deletions = 0;
        for (int seed = 0; seed < Graphs; seed++)
        {
            var random = new Random(seed);
            await world.StopAsync();
            string plan = await PlantAsync(world, random);
            ImmutableSortedDictionary<string, OwnedObject> state = OwnershipModel.Of(world.Objects());
            await world.StartAsync();
            state = await CheckAsync(world, state, random, $"seed {seed}, planted:\n{plan}");
            for (int act = 0; act < Acts && !state.IsEmpty; act++)
            {
                (string what, ImmutableSortedDictionary<string, OwnedObject> expected) = await ActAsync(world, state, random);
                deletions++;
                state = await CheckAsync(world, expected, random, $"seed {seed}, act {act}: {what}, from:\n{OwnershipModel.Text(state)}");
            }

            await ClearAsync(world, state);
        }

        Assert.True(deletions > Graphs);
    }

    private static async Task<string> PlantAsync(CollectorHarness world, Random random)
    {
        IReadOnlyList<PlannedObject> planned = RandomGraph.Make(
            random, ["ConfigMap", "Secret", "ClusterThing", "ConfigMap"], Size, kind => OwnershipModel.Kinds[kind]);
        foreach (PlannedObject thing in planned)
        {
            await world.CreateAsync(
                new ObjectKey(world.Resources.FindKind("v1", thing.Kind)!, thing.Namespace, thing.Name), thing.Metadata);
        }

        return OwnershipModel.Text(OwnershipModel.Of(world.Objects()));
    }

    private static async Task<(string What, ImmutableSortedDictionary<string, OwnedObject> Expected)> ActAsync(
        CollectorHarness world, ImmutableSortedDictionary<string, OwnedObject> state, Random random)
    {
        OwnedObject target = state.Values.ElementAt(random.Next(state.Count));
        var key = new ObjectKey(world.Resources.FindKind("v1", target.Kind)!, target.Namespace, target.Name);
        StoredObject stored = world.Get(key)!;
        if (target.Finalizers.Contains(RandomGraph.Hold) && random.Next(2) == 0)
        {
            await world.Deletion.ChangeAsync(stored, document =>
                document.Metadata().SetTextList("finalizers", [.. target.Finalizers.Remove(RandomGraph.Hold)]));
            return ($"{target.Place} let go", OwnershipModel.Release(state, target.Place, RandomGraph.Hold));
        }

        var propagation = (DeletionPropagation)random.Next(3);
        string? finalizer = propagation switch
        {
            DeletionPropagation.Orphan => OwnershipModel.Orphan,
            DeletionPropagation.Foreground => OwnershipModel.Foreground,
            _ => null,
        };
        await world.Deletion.DeleteAsync(stored, propagation);
        return ($"{propagation} deletion of {target.Place}", OwnershipModel.Delete(state, target.Place, finalizer));
    }

    /// <summary>Waits for the collector, some of the time over restarts, and holds its end to those of the rules.</summary>
    private static async Task<ImmutableSortedDictionary<string, OwnedObject>> CheckAsync(
        CollectorHarness world, ImmutableSortedDictionary<string, OwnedObject> start, Random random, string what)
    {
        for (int restarts = random.Next(3); restarts > 0; restarts--) await world.RestartAsync();
        await world.SettledAsync();
        ImmutableSortedDictionary<string, OwnedObject> end = OwnershipModel.Of(world.Objects());
        IReadOnlyList<string> ends = OwnershipModel.Ends(start);
        Assert.True(
            ends.Contains(OwnershipModel.Text(end)),
            $"{what}\nended at:\n{OwnershipModel.Text(end)}\nbut the rules lead to:\n{string.Join("\nor:\n", ends)}");
        return end;
    }

    private static async Task ClearAsync(CollectorHarness world, ImmutableSortedDictionary<string, OwnedObject> state)
    {
        await world.StopAsync();
        foreach (OwnedObject left in state.Values)
        {
            var key = new ObjectKey(world.Resources.FindKind("v1", left.Kind)!, left.Namespace, left.Name);
            StoredObject stored = world.Get(key)!;
            await world.Deletion.ChangeAsync(stored, document => document.Metadata().Remove("finalizers"));
            if (world.Get(key) is { } still) await world.Deletion.DeleteAsync(still, DeletionPropagation.Background);
        }
    }
}
