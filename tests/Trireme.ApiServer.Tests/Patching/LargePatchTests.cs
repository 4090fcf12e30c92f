using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Patching;
using Trireme.ApiServer.Patching.Apply;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Tests.Patching;

/// <summary>The work of a patch grows with its size and that of the object, not with their product.</summary>
public sealed class LargePatchTests
{
    private const int Members = 150_000;

    /// <summary>Each takes some tenths of a second; by the product of the sizes it would be minutes.</summary>
    private static readonly TimeSpan Quickly = TimeSpan.FromSeconds(15);

    [Fact]
    public void A_merge_patch_removes_many_members_in_one_pass() => Time(() =>
    {
        JsonObject map = MergePatch.Apply(Map(_ => "v"), Map(_ => null)).AsObject();
        Assert.Empty(map);
    });

    [Fact]
    public void A_strategic_merge_patch_removes_many_members_in_one_pass() => Time(() =>
    {
        SchemaNode schema = ResourceCatalog.ConfigMaps.Schema;
        var document = new JsonObject { ["data"] = Map(_ => "v") };
        StrategicMergePatch.Apply(document, new JsonObject { ["data"] = Map(_ => null) }, schema);
        Assert.Empty(document["data"]!.AsObject());
    });

    [Fact]
    public void Many_members_that_nobody_owns_any_more_are_removed_in_one_pass() => Time(() =>
    {
        JsonObject map = Map(_ => "v");
        ObjectMerger.Remove(map, null, Set(Members), Set(1));
        Assert.Equal("k0", Assert.Single(map).Key);
    });

    [Fact]
    public void Many_nulls_are_pruned_in_one_pass() => Time(() =>
    {
        var known = new JsonObject { ["metadata"] = new JsonObject(), ["data"] = new JsonObject() };
        for (int i = 0; i < Members; i++) known[$"unknown{i}"] = 1;
        SchemaPruner.RemoveUnknown(known, ResourceCatalog.ConfigMaps.Schema);
        Assert.Equal(["metadata", "data"], known.Select(member => member.Key));
    });

    [Fact]
    public void Thousands_of_small_sets_are_compared_with_a_large_one_by_their_own_size() => Time(() =>
    {
        FieldSet large = Set(Members);
        FieldSet[] owners = [.. Enumerable.Range(0, 10_000).Select(i => new FieldSet()).Select((set, i) =>
        {
            set.Child($"f:k{i}").IsMember = true;
            return set;
        })];
        Assert.All(owners, owner => Assert.True(FieldSet.Difference(owner, large).IsEmpty));
        Assert.All(owners, owner => Assert.Single(FieldSet.Intersection(owner, large).Paths()));
        Assert.All(owners, owner => Assert.True(large.Touches(owner.ToJson())));
        Assert.Equal(Members, FieldSet.Union([large, .. owners]).Paths().Count());
    });

    [Fact]
    public void To_know_who_owns_many_new_fields_takes_less_than_a_kilobyte_for_each()
    {
        ServedResource configMaps = new ServedResources(ResourceCatalog.All).Find("configmaps")!;
        var fields = new FieldManagement(TimeProvider.System);
        var http = new DefaultHttpContext();
        var request = new ApiRequest { Http = http, Resource = configMaps, Namespace = "default", Name = "a" };
        var before = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "a" }, ["data"] = Map(_ => "v") };
        fields.TrackCreate(configMaps, before, "one");
        JsonObject after = before.DeepClone().AsObject();
        after["metadata"]!["annotations"] = Map(_ => "w");
        _ = after.DeepClone();

        long allocated = GC.GetAllocatedBytesForCurrentThread();
        fields.TrackUpdate(request, before, after, "two");
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - allocated) / (2 * Members), 1, 1000);
        Assert.Equal(2, after["metadata"]!["managedFields"]!.AsArray().Count);
    }

    [Fact]
    public void A_name_of_megabytes_is_not_compared_letter_by_letter() => Time(() =>
        Assert.Null(NearestName.Find(new string('x', 50_000_000), Enumerable.Range(0, 100).Select(i => $"field{i}"))));

    private static JsonObject Map(Func<int, string?> value) =>
        new(Enumerable.Range(0, Members).Select(i => KeyValuePair.Create($"k{i}", (JsonNode?)value(i))));

    private static FieldSet Set(int members)
    {
        var set = new FieldSet();
        for (int i = 0; i < members; i++) set.Child($"f:k{i}").IsMember = true;
        return set;
    }

    private static void Time(Action work)
    {
        long started = TimeProvider.System.GetTimestamp();
        work();
        TimeSpan took = TimeProvider.System.GetElapsedTime(started);
        Assert.True(took < Quickly, $"It took {took}.");
    }
}
