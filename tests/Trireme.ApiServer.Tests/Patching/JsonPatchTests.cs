using System.Text.Json.Nodes;
using CsCheck;
using Trireme.ApiServer.Patching;
using Trireme.ApiServer.Requests;

namespace Trireme.ApiServer.Tests.Patching;

public sealed class JsonPatchTests
{
    public static TheoryData<string, string, string, string> Cases => new()
    {
        { "adding a member", """{"a":1}""", """[{"op":"add","path":"/b","value":2}]""", """{"a":1,"b":2}""" },
        { "adding over a member", """{"a":1}""", """[{"op":"add","path":"/a","value":2}]""", """{"a":2}""" },
        { "adding into a list", """{"a":[1,3]}""", """[{"op":"add","path":"/a/1","value":2}]""", """{"a":[1,2,3]}""" },
        { "adding at the end", """{"a":[1]}""", """[{"op":"add","path":"/a/-","value":2}]""", """{"a":[1,2]}""" },
        { "adding null", """{}""", """[{"op":"add","path":"/a","value":null}]""", """{"a":null}""" },
        { "removing a member", """{"a":1,"b":2}""", """[{"op":"remove","path":"/a"}]""", """{"b":2}""" },
        { "removing from a list", """{"a":[1,2]}""", """[{"op":"remove","path":"/a/0"}]""", """{"a":[2]}""" },
        { "replacing an item", """{"a":[1,2]}""", """[{"op":"replace","path":"/a/1","value":3}]""", """{"a":[1,3]}""" },
        { "moving", """{"a":{"b":1},"c":{}}""", """[{"op":"move","from":"/a/b","path":"/c/d"}]""", """{"a":{},"c":{"d":1}}""" },
        { "moving in a list", """{"a":[1,2,3]}""", """[{"op":"move","from":"/a/0","path":"/a/2"}]""", """{"a":[2,3,1]}""" },
        { "copying", """{"a":[1]}""", """[{"op":"copy","from":"/a","path":"/b"}]""", """{"a":[1],"b":[1]}""" },
        { "escaped names", """{"a/b":1,"c~d":2}""", """[{"op":"remove","path":"/a~1b"},{"op":"remove","path":"/c~0d"}]""", "{}" },
        { "a test that holds", """{"a":{"b":1.0}}""", """[{"op":"test","path":"/a","value":{"b":1.0}}]""", """{"a":{"b":1.0}}""" },
        { "replacing all", """{"a":1}""", """[{"op":"replace","path":"","value":{"b":2}}]""", """{"b":2}""" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_patch_does(string what, string document, string patch, string expected)
    {
        JsonObject result = Apply(document, patch) ?? throw new InvalidOperationException(what);
        Assert.Equal(JsonNode.Parse(expected)!.ToJsonString(), result.ToJsonString());
    }

    private const string MoveOut = """{"op":"move","from":"/map","path":"/next"}""";
    private const string AddMap = """{"op":"add","path":"/map","value":{}}""";
    private const string MoveIn = """{"op":"move","from":"/next","path":"/map/x"}""";

    public static TheoryData<string, string> Refused => new()
    {
        { "a path to nothing", """[{"op":"remove","path":"/x"}]""" },
        { "an index past the end", """[{"op":"add","path":"/list/9","value":1}]""" },
        { "an index with a leading zero", """[{"op":"remove","path":"/list/00"}]""" },
        { "a negative index", """[{"op":"remove","path":"/list/-1"}]""" },
        { "the end of a list to remove", """[{"op":"remove","path":"/list/-"}]""" },
        { "a parent that is a number", """[{"op":"add","path":"/number/x","value":1}]""" },
        { "a path without a slash", """[{"op":"remove","path":"number"}]""" },
        { "an unknown operation", """[{"op":"merge","path":"/number"}]""" },
        { "no value", """[{"op":"add","path":"/x"}]""" },
        { "no path", """[{"op":"remove"}]""" },
        { "a test that fails", """[{"op":"test","path":"/number","value":2}]""" },
        { "a move into itself", """[{"op":"move","from":"/map","path":"/map/inner"}]""" },
        { "a result that is no object", """[{"op":"replace","path":"","value":1}]""" },
        { "an operation that is no object", "[1]" },
        { "copies without end", Repeated("""{"op":"copy","from":"/list","path":"/list/0"}""", 64) },
        { "nesting without end", Repeated($"{MoveOut},{AddMap},{MoveIn}", 64) },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_patch_is_refused_with(string what, string patch)
    {
        const string Document = """{"number":1,"list":[1,2],"map":{"text":"a text that is copied"}}""";
        Assert.True(Apply(Document, patch) is null, what);
    }

    [Fact]
    public void A_patch_of_too_many_operations_is_too_large()
    {
        JsonArray operations = JsonNode.Parse(Repeated("""{"op":"test","path":"","value":{}}""", 10_001))!.AsArray();
        Assert.True(JsonPatch.Apply([], operations).Failed(out StatusError? error, out _));
        Assert.Equal((413, "RequestEntityTooLarge"), (error.Code, error.Reason));
    }

    [Fact]
    public void The_difference_of_two_documents_turns_one_into_the_other()
    {
        Gen.Select(RandomJson.Object, RandomJson.Object).Sample((before, after) =>
        {
            var operations = new JsonArray();
            Difference("", before, after, operations);
            JsonObject result = Apply(before.ToJsonString(), operations.ToJsonString())!;
            Assert.True(JsonNode.DeepEquals(after, result));
        });
    }

    private static string Repeated(string operations, int times) => $"[{string.Join(',', Enumerable.Repeat(operations, times))}]";

    private static JsonObject? Apply(string document, string patch)
    {
        Outcome<JsonObject> outcome = JsonPatch.Apply(JsonNode.Parse(document)!.AsObject(), JsonNode.Parse(patch)!.AsArray());
        return outcome.Failed(out StatusError? _, out JsonObject? result) ? null : result;
    }

    private static void Difference(string path, JsonObject before, JsonObject after, JsonArray operations)
    {
        foreach ((string name, JsonNode? value) in before)
        {
            string at = $"{path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            if (!after.ContainsKey(name)) operations.Add(new JsonObject { ["op"] = "remove", ["path"] = at });
            else if (value is JsonObject inner && after[name] is JsonObject other) Difference(at, inner, other, operations);
            else operations.Add(new JsonObject { ["op"] = "replace", ["path"] = at, ["value"] = after[name]?.DeepClone() });
        }

        foreach ((string name, JsonNode? value) in after.Where(member => !before.ContainsKey(member.Key)))
        {
            string at = $"{path}/{name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}";
            operations.Add(new JsonObject { ["op"] = "add", ["path"] = at, ["value"] = value?.DeepClone() });
        }
    }
}
