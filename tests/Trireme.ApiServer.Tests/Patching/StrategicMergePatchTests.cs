using System.Text.Json.Nodes;
using Trireme.ApiServer.Patching;
using Trireme.ApiServer.Requests;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Tests.Patching;

public sealed class StrategicMergePatchTests
{
    private static readonly SchemaNode Item = new()
    {
        Type = "object",
        Properties = new Dictionary<string, SchemaNode> { ["name"] = new() { Type = "string" }, ["value"] = new() { Type = "integer" } },
    };

    private static readonly SchemaNode Schema = new()
    {
        Type = "object",
        Properties = new Dictionary<string, SchemaNode>
        {
            ["map"] = new() { Type = "array", Items = Item, ListType = "map", ListMapKeys = ["name"] },
            ["set"] = new() { Type = "array", Items = new() { Type = "string" }, ListType = "set" },
            ["atomic"] = new() { Type = "array", Items = new() { Type = "string" } },
            ["labels"] = new() { Type = "object", AdditionalProperties = new() { Type = "string" } },
        },
    };

    public static TheoryData<string, string, string, string> Cases => new()
    {
        { "merges maps", """{"labels":{"b":"3","c":null}}""", "labels", """{"a":"1","b":"3"}""" },
        {
            "merges keyed items",
            """{"map":[{"name":"x","value":9},{"name":"z","value":3}]}""",
            "map",
            """[{"name":"x","value":9},{"name":"y","value":2},{"name":"z","value":3}]"""
        },
        { "deletes keyed items", """{"map":[{"name":"x","$patch":"delete"}]}""", "map", """[{"name":"y","value":2}]""" },
        { "replaces a keyed list", """{"map":[{"$patch":"replace"},{"name":"w","value":0}]}""", "map", """[{"name":"w","value":0}]""" },
        { "adds to sets", """{"set":["q","p"]}""", "set", """["p","q"]""" },
        { "deletes from sets", """{"$deleteFromPrimitiveList/set":["p"],"set":["q"]}""", "set", """["q"]""" },
        { "replaces atomic lists", """{"atomic":["c"]}""", "atomic", """["c"]""" },
        { "replaces a map", """{"labels":{"$patch":"replace","z":"9"}}""", "labels", """{"z":"9"}""" },
        { "deletes a map", """{"labels":{"$patch":"delete"}}""", "labels", "null" },
        { "retains keys", """{"labels":{"$retainKeys":["b"],"b":"2"}}""", "labels", """{"b":"2"}""" },
        {
            "orders keyed items",
            """{"$setElementOrder/map":[{"name":"y"},{"name":"x"}],"map":[{"name":"x","value":5}]}""",
            "map",
            """[{"name":"y","value":2},{"name":"x","value":5}]"""
        },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_patch(string what, string patch, string member, string expected)
    {
        JsonObject document = JsonNode.Parse("""
            {"labels":{"a":"1","b":"2","c":"x"},"map":[{"name":"x","value":1},{"name":"y","value":2}],"set":["p"],"atomic":["a","b"]}
            """)!.AsObject();
        Outcome<JsonObject> outcome = StrategicMergePatch.Apply(document, JsonNode.Parse(patch)!.AsObject(), Schema);
        Assert.False(outcome.Failed(out StatusError? _, out JsonObject? result));
        string found = result![member]?.ToJsonString() ?? "null";
        Assert.True(found == expected, $"{what}: {found}");
        Assert.DoesNotContain("$", result.ToJsonString(), StringComparison.Ordinal);
    }
}
