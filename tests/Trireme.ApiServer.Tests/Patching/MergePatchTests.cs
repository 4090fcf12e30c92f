using System.Text.Json.Nodes;
using CsCheck;
using Trireme.ApiServer.Patching;

namespace Trireme.ApiServer.Tests.Patching;

public sealed class MergePatchTests
{
    /// <summary>The examples of RFC 7386, appendix A, whose patch is an object.</summary>
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""[1,2]""", """{"a":"b","c":null}""", """{"a":"b"}""")]
    [InlineData("""{}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void A_document_and_a_patch_give(string document, string patch, string expected) =>
        Assert.Equal(expected, MergePatch.Apply(JsonNode.Parse(document), JsonNode.Parse(patch)!.AsObject()).ToJsonString());

    [Fact]
    public void A_patch_applied_twice_is_applied_once()
    {
        Gen.Select(RandomJson.Object, RandomJson.Object).Sample((document, patch) =>
        {
            JsonNode once = MergePatch.Apply(document.DeepClone(), patch);
            JsonNode twice = MergePatch.Apply(once.DeepClone(), patch);
            Assert.True(JsonNode.DeepEquals(once, twice));
        });
    }

    [Fact]
    public void The_patch_between_two_documents_turns_one_into_the_other()
    {
        Gen.Select(RandomJson.Object, RandomJson.Object).Sample((before, after) =>
            Assert.True(JsonNode.DeepEquals(after, MergePatch.Apply(before.DeepClone(), Difference(before, after)))));
    }

    private static JsonObject Difference(JsonObject before, JsonObject after)
    {
        var patch = new JsonObject();
        foreach (string name in before.Select(member => member.Key).Where(name => !after.ContainsKey(name))) patch[name] = null;
        foreach ((string name, JsonNode? value) in after)
        {
            if (value is JsonObject map && before[name] is JsonObject inner) patch[name] = Difference(inner, map);
            else patch[name] = value?.DeepClone();
        }

        return patch;
    }
}
