using System.Text.Json.Nodes;
using Trireme.Manifests;

namespace Trireme.Tests;

public sealed class AppliedChangeTests
{
    private const string Before =
        """
        {"metadata":{"name":"a","uid":"u","resourceVersion":"5","managedFields":[{"time":"1"}]},"spec":{"replicas":1},"status":{"x":1}}
        """;

    [Fact]
    public void What_was_not_there_is_created() => Assert.Equal(AppliedChange.Created, AppliedChange.Of(null, Parse(Before)));

    [Theory]
    [InlineData("\"5\"", "\"6\"")]
    [InlineData("{\"time\":\"1\"}", "{\"time\":\"2\"},{}")]
    [InlineData("\"x\":1", "\"x\":2")]
    public void What_the_server_keeps_for_itself_is_no_change(string what, string by) =>
        Assert.Equal(AppliedChange.Unchanged, AppliedChange.Of(Parse(Before), Parse(Before.Replace(what, by, StringComparison.Ordinal))));

    [Theory]
    [InlineData("\"replicas\":1", "\"replicas\":2")]
    [InlineData("\"uid\":\"u\"", "\"uid\":\"u\",\"labels\":{\"a\":\"b\"}")]
    public void What_a_person_can_set_is(string what, string by) =>
        Assert.Equal(AppliedChange.Configured, AppliedChange.Of(Parse(Before), Parse(Before.Replace(what, by, StringComparison.Ordinal))));

    private static JsonObject Parse(string json) => (JsonObject)JsonNode.Parse(json)!;
}
