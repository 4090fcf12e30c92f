using System.Text.Json.Nodes;
using CsCheck;
using Trireme.ApiServer.Patching;
using Trireme.ApiServer.Patching.Apply;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Tests.Patching;

public sealed class FieldSetTests
{
    [Fact]
    public void A_set_survives_its_json()
    {
        RandomJson.Object.Sample(document =>
        {
            FieldSet set = Of(document);
            Assert.True(FieldSet.AreEqual(set, FieldSet.FromJson(set.ToJson())!));
        });
    }

    [Fact]
    public void Set_algebra_holds()
    {
        Gen.Select(RandomJson.Object, RandomJson.Object).Sample((first, second) =>
        {
            FieldSet a = Of(first);
            FieldSet b = Of(second);
            FieldSet both = FieldSet.Intersection(a, b);
            FieldSet all = FieldSet.Union(a, b);
            Assert.True(FieldSet.AreEqual(a, FieldSet.Union(FieldSet.Difference(a, b), both)));
            Assert.True(FieldSet.AreEqual(FieldSet.Difference(all, b), FieldSet.Difference(a, b)));
            Assert.True(FieldSet.Intersection(FieldSet.Difference(a, b), b).IsEmpty);
            Assert.Equal(all.Paths().Count(), a.Paths().Count() + b.Paths().Count() - both.Paths().Count());
        });
    }

    [Fact]
    public void What_changed_between_two_states_is_what_their_sets_say()
    {
        Gen.Select(RandomJson.Object, RandomJson.Object).Sample((before, after) =>
        {
            FieldChanges changes = FieldChanges.None();
            FieldSets.Compare(before, after, schema: null, changes);
            // Whatever is in one state only, is reported; and what did not change at all, is not.
            Assert.True(FieldSet.Difference(changes.Added, Of(after)).IsEmpty);
            Assert.True(FieldSet.Difference(changes.Removed, Of(before)).IsEmpty);
            FieldChanges none = FieldChanges.None();
            FieldSets.Compare(before, before.DeepClone(), schema: null, none);
            Assert.True(none.Added.IsEmpty && none.Modified.IsEmpty && none.Removed.IsEmpty);
        });
    }

    [Fact]
    public void The_deepest_objects_that_are_stored_are_compared()
    {
        JsonObject before = Nested(YamlJson.MaxDepth + 4, "a");
        JsonObject after = Nested(YamlJson.MaxDepth + 4, "b");
        FieldChanges changes = FieldChanges.None();
        FieldSets.Compare(before, after, schema: null, changes);
        Assert.Single(changes.Modified.Paths());
        Assert.True(JsonNode.DeepEquals(after, ObjectMerger.Merge(before, after, schema: null)));
        Assert.True(JsonNode.DeepEquals(after, MergePatch.Apply(before.DeepClone(), after)));

        static JsonObject Nested(int depth, string leaf)
        {
            JsonNode node = JsonValue.Create(leaf);
            for (int i = 0; i < depth; i++) node = new JsonObject { ["x"] = node };
            return node.AsObject();
        }
    }

    [Theory]
    [InlineData("""{"spec":{}}""")]
    [InlineData("""{"f:spec":1}""")]
    [InlineData("""{"x:y":{}}""")]
    [InlineData("[]")]
    public void What_is_no_field_set_is_not_read(string json) => Assert.Null(FieldSet.FromJson(JsonNode.Parse(json)));

    [Fact]
    public void Paths_read_like_fields()
    {
        FieldSet set = FieldSet.FromJson(JsonNode.Parse("""
            {"f:status":{"f:conditions":{"k:{\"type\":\"Ready\"}":{".":{},"f:reason":{}}}},"f:metadata":{"f:finalizers":{"v:\"x\"":{}}}}
            """))!;
        Assert.Equal(
            [".metadata.finalizers[=\"x\"]", ".status.conditions[type=\"Ready\"]", ".status.conditions[type=\"Ready\"].reason"],
            set.Paths().Select(FieldPath.Format));
    }

    private static FieldSet Of(JsonObject document)
    {
        var set = new FieldSet();
        if (document.Count > 0) FieldSets.Add(set, document, schema: null);
        return set;
    }
}
