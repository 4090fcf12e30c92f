using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>Bodies made to cost the server far more than they cost their sender.</summary>
public sealed class HostileBodyTests(SharedServer shared)
{
    /// <summary>The work behind a refusal takes milliseconds; what it prevents takes seconds to minutes, or ends the process.</summary>
    private static readonly TimeSpan Quickly = TimeSpan.FromSeconds(5);

    private Api Api => shared.Api;

    [Theory]
    [InlineData("")]
    [InlineData("?dryRun=All")]
    public async Task A_patch_cannot_nest_a_value_until_the_stack_ends(string query)
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        var patch = new StringBuilder("[{\"op\":\"add\",\"path\":\"/x0\",\"value\":{}}");
        string padding = new('y', 330);
        for (int i = 1; i <= 3500; i++)
        {
            patch.Append($$$""",{"op":"add","path":"/x{{{i}}}","value":{"{{{padding}}}":1}}""");
            patch.Append($$""",{"op":"move","from":"/x{{i - 1}}","path":"/x{{i}}/n"}""");
        }

        patch.Append(",{\"op\":\"copy\",\"from\":\"/x3500\",\"path\":\"/z\"}]");
        Assert.True(patch.Length > 1_400_000);
        string path = ConfigMaps(ns, "a") + query;
        JsonObject status = await RefusedAsync(HttpMethod.Patch, path, patch.ToString(), "application/json-patch+json");
        Assert.Contains("deeper than", status.Message(), StringComparison.Ordinal);
        await Api.GetAsync(ConfigMaps(ns, "a"));
    }

    public static TheoryData<string, string> Patches => new()
    {
        { "nested copies", Repeat("[", 3000, """{"op":"copy","from":"/data","path":"/data/x"}""") },
        {
            "copies of copies",
            Repeat("""[{"op":"add","path":"/l","value":[[]]},""", 9000, """{"op":"copy","from":"/l","path":"/l/-"}""")
        },
        {
            "a large value moved to and fro",
            Repeat(
                $$"""[{"op":"add","path":"/l","value":[{{string.Join(',', Enumerable.Repeat("0", 100_000))}}]},""",
                4000,
                """{"op":"move","from":"/l","path":"/m"},{"op":"move","from":"/m","path":"/l"}""")
        },
        {
            "insertions before a long list",
            Repeat(
                $$"""[{"op":"add","path":"/l","value":[{{string.Join(',', Enumerable.Repeat("0", 200_000))}}]},""",
                9900,
                """{"op":"add","path":"/l/0","value":0}""")
        },
    };

    [Theory]
    [MemberData(nameof(Patches))]
    public async Task A_patch_cannot_do_more_work_than_its_size_allows(string what, string patch)
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a", ("k", "v")));
        JsonObject status = await RefusedAsync(HttpMethod.Patch, ConfigMaps(ns, "a"), patch, "application/json-patch+json");
        Assert.True((int)status["code"]! is 400 or 422, $"{what}: {status}");
    }

    [Fact]
    public async Task Yaml_with_a_hundred_thousand_anchors_is_refused()
    {
        string ns = await shared.NewNamespaceAsync();
        var yaml = new StringBuilder("metadata: {name: a}\ndata:\n");
        for (int i = 0; i < 100_000; i++) yaml.Append($"  k{i}: &a{i} v\n");
        JsonObject status = await RefusedAsync(HttpMethod.Post, ConfigMaps(ns), yaml.ToString(), "application/yaml");
        Assert.Contains("anchors", status.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_whose_items_are_compared_by_key_may_be_long()
    {
        string ns = await shared.NewNamespaceAsync();
        string finalizers = string.Join(',', Enumerable.Range(0, 50_000).Select(i => $"\"example.com/f{i}\""));
        string body = $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","finalizers":[{{{finalizers}}}]}}""";
        long started = TimeProvider.System.GetTimestamp();
        (int code, string text, _) = await Api.SendTextAsync(
            HttpMethod.Patch, ConfigMaps(ns, "a") + "?fieldManager=m", body, "application/apply-patch+yaml");
        Assert.True(code == 201, text[..Math.Min(text.Length, 500)]);
        Assert.True(TimeProvider.System.GetElapsedTime(started) < 2 * Quickly);
    }

    [Fact]
    public async Task A_body_with_everything_wrong_is_told_the_first_of_it()
    {
        string ns = await shared.NewNamespaceAsync();
        var body = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "a" } };
        for (int i = 0; i < 150_000; i++) body[$"datum{i}"] = 1;
        JsonObject status = await RefusedAsync(
            HttpMethod.Post, ConfigMaps(ns) + "?fieldValidation=Strict", body.ToJsonString(), "application/json");
        Assert.InRange(status["details"]!["causes"]!.AsArray().Count, 1, 256);

        (int code, _, HttpResponseHeaders headers) = await Api.SendTextAsync(HttpMethod.Post, ConfigMaps(ns), body.ToJsonString());
        Assert.Equal(201, code);
        Assert.InRange(headers.GetValues("Warning").Sum(warning => warning.Length), 1, 4096);
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"a"},"data":{"k":"\ud83d"}}""")]
    [InlineData("""{"metadata":{"name":"a"},"data":{"\udc00":"v"}}""")]
    public async Task Half_a_character_is_refused(string body)
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject status = await RefusedAsync(HttpMethod.Post, ConfigMaps(ns), body, "application/json");
        Assert.Contains("surrogate", status.Message(), StringComparison.Ordinal);
    }

    private async Task<JsonObject> RefusedAsync(HttpMethod method, string path, string body, string contentType)
    {
        long started = TimeProvider.System.GetTimestamp();
        (int code, string text, _) = await Api.SendTextAsync(method, path, body, contentType);
        TimeSpan took = TimeProvider.System.GetElapsedTime(started);
        Assert.True(code is >= 400 and < 500, $"{code}: {text[..Math.Min(text.Length, 500)]}");
        Assert.True(took < Quickly, $"The refusal took {took}.");
        return Map(text);
    }

    private static string Repeat(string start, int times, string operation) =>
        $"{start}{string.Join(',', Enumerable.Repeat(operation, times))}]";
}
