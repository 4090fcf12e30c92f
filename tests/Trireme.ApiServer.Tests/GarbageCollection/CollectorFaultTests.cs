using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Testing;

namespace Trireme.ApiServer.Tests.GarbageCollection;

public sealed class CollectorFaultTests
{
    [Fact]
    public async Task An_object_that_cannot_be_read_keeps_no_other_from_being_collected()
    {
        await using var world = new CollectorHarness();
        await world.CreateAsync(new ObjectKey(world.Resources.Namespace, "", "one"), []);
        ServedResource maps = world.Resources.Find("configmaps")!;
        await world.CreateAsync(new ObjectKey(maps, "one", "owner"), new JsonObject { ["uid"] = "owner" });
        foreach (string name in (string[])["bad", "child"])
        {
            await world.CreateAsync(new ObjectKey(maps, "one", name), new JsonObject
            {
                ["ownerReferences"] = new JsonArray(new JsonObject
                {
                    ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["name"] = "owner", ["uid"] = "owner",
                }),
            });
        }

        await world.DamageAsync("bad");
        await world.StartAsync();
        await world.Deletion.DeleteAsync(world.Get(new ObjectKey(maps, "one", "owner"))!, DeletionPropagation.Background);
        await Eventually.True(
            "the dependent is gone",
            TimeSpan.FromSeconds(20),
            () => Task.FromResult(world.Get(new ObjectKey(maps, "one", "child")) is null),
            TestContext.Current.CancellationToken);
    }
}
