using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Tests.Patching;

namespace Trireme.ApiServer.Tests.Parsing;

public sealed class BodyParsingTests
{
    [Theory]
    [InlineData("a: 1", """{"a":1}""")]
    [InlineData("a: 1.5", """{"a":1.5}""")]
    [InlineData("a: -3", """{"a":-3}""")]
    [InlineData("a: '1'", """{"a":"1"}""")]
    [InlineData("a: yes", """{"a":true}""")]
    [InlineData("a: \"yes\"", """{"a":"yes"}""")]
    [InlineData("a: Off", """{"a":false}""")]
    [InlineData("a: ~\nb:", """{"a":null,"b":null}""")]
    [InlineData("a: 007", """{"a":"007"}""")]
    [InlineData("a: 1Gi", """{"a":"1Gi"}""")]
    [InlineData("a: 2026-01-31T09:30:00Z", """{"a":"2026-01-31T09:30:00Z"}""")]
    [InlineData("a: [1, {b: c}]", """{"a":[1,{"b":"c"}]}""")]
    [InlineData("a: &x {b: 1}\nc: *x", """{"a":{"b":1},"c":{"b":1}}""")]
    [InlineData("a: |\n  two\n  lines\n", """{"a":"two\nlines\n"}""")]
    [InlineData("---\na: .inf\n", """{"a":".inf"}""")]
    [InlineData("{\"a\": 1}", """{"a":1}""")]
    public void Yaml_becomes_json(string yaml, string expected) => Assert.Equal(expected, ParseYaml(yaml)!.ToJsonString());

    [Theory]
    [InlineData("a: 1\na: 2", "duplicate")]
    [InlineData("a: *nowhere", "could not be read")]
    [InlineData("a: [", "could not be read")]
    [InlineData("!![", "could not be read")]
    [InlineData("a: 1\n---\nb: 2", "one YAML document")]
    [InlineData("- a", "must be one object")]
    [InlineData("? [a]\n: b", "could not be read")]
    public void Malformed_yaml_is_refused(string yaml, string expected)
    {
        Assert.True(RequestContent.ParseObject(Encoding.UTF8.GetBytes(yaml), yaml: true).Failed(out StatusError? error, out _));
        Assert.Contains(expected, error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_cannot_multiply_without_end()
    {
        var yaml = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 10; i++) yaml.Append($"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        Assert.True(RequestContent.ParseObject(Encoding.UTF8.GetBytes(yaml.ToString()), yaml: true).Failed(out StatusError? error, out _));
        Assert.Contains("aliases repeat too much", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_cannot_nest_without_end()
    {
        var yaml = new StringBuilder("a0: &a0 [x]\n");
        for (int i = 1; i < 60; i++) yaml.Append($"a{i}: &a{i} [*a{i - 1}]\n");
        Assert.True(RequestContent.ParseObject(Encoding.UTF8.GetBytes(yaml.ToString()), yaml: true).Failed(out StatusError? error, out _));
        Assert.Contains("aliases nest too deeply", error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        string deep = new string('[', 200) + new string(']', 200);
        Assert.True(RequestContent.ParseObject(Encoding.UTF8.GetBytes($"a: {deep}"), yaml: true).Failed(out _, out _));
        Assert.True(RequestContent.ParseObject(Encoding.UTF8.GetBytes($"{{\"a\":{deep}}}"), yaml: false).Failed(out _, out _));
    }

    [Fact]
    public void Any_bytes_are_parsed_or_refused()
    {
        string[] pieces =
            ["{", "}", "[", "]", ":", ",", "\"", "a", "1", "-", "\n", " ", "&a", "*a", "|", "#", "'", "\u0000", "ä", "? ", "!!"];
        Gen<byte[]> text = Pick.From(pieces).Array[0, 16].Select(parts => Encoding.UTF8.GetBytes(string.Concat(parts)));
        Gen.Select(Gen.OneOf(text, Gen.Byte.Array[0, 32]), Gen.Bool).Sample((bytes, yaml) =>
        {
            bool failed = RequestContent.ParseObject(bytes, yaml).Failed(out StatusError? error, out JsonObject? parsed);
            Assert.True(failed ? error!.Code == 400 : parsed is not null);
        });
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""", "a", """{"a":2}""")]
    [InlineData("""{"a":{"b":1,"c":[{"d":1},{"d":1,"d":2}]}}""", "a.c.d", """{"a":{"b":1,"c":[{"d":1},{"d":2}]}}""")]
    [InlineData("""{"a":1,"a":{"b":1,"b":2}}""", "a a.b", """{"a":{"b":2}}""")]
    [InlineData("""{"a":{"x":1},"b":{"x":1}}""", "", """{"a":{"x":1},"b":{"x":1}}""")]
    public void Of_repeated_keys_the_last_counts_where_they_are_not_refused(string json, string expected, string tree)
    {
        var told = new List<string>();
        Assert.False(RequestContent.Parse(Encoding.UTF8.GetBytes(json), yaml: false, told.Add).Failed(out _, out JsonNode? read));
        Assert.Equal(expected, string.Join(' ', told));
        Assert.Equal(tree, read!.ToJsonString());
        Assert.Equal(expected.Length > 0, RequestContent.Parse(Encoding.UTF8.GetBytes(json), yaml: false).Failed(out _, out _));
    }

    [Fact]
    public void Json_bodies_survive()
    {
        RandomJson.Object.Sample(document =>
        {
            byte[] body = Encoding.UTF8.GetBytes(document.ToJsonString());
            Assert.False(RequestContent.ParseObject(body, yaml: false).Failed(out _, out JsonObject? read));
            Assert.True(JsonNode.DeepEquals(document, read));
        });
    }

    private static JsonObject? ParseYaml(string yaml) =>
        RequestContent.ParseObject(Encoding.UTF8.GetBytes(yaml), yaml: true).Failed(out StatusError? error, out JsonObject? read)
            ? throw new InvalidOperationException(error!.Message)
            : read;
}
