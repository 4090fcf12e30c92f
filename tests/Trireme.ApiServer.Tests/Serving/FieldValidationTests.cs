using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>Fields that a kind does not have and fields that are there twice, by the client's wish.</summary>
public sealed class FieldValidationTests(SharedServer shared)
{
    private const string Twice = """{"metadata":{"name":"a","nope":1},"data":{"k":"1","k":"2"}}""";

    private Api Api => shared.Api;

    [Theory]
    [InlineData("")]
    [InlineData("?fieldValidation=Warn")]
    public async Task Without_a_wish_each_is_warned_of_and_the_last_of_two_counts(string query)
    {
        string ns = await shared.NewNamespaceAsync();
        (int code, string text, HttpResponseHeaders headers) = await Api.SendTextAsync(HttpMethod.Post, ConfigMaps(ns) + query, Twice);
        Assert.Equal((201, "2"), (code, (string?)Map(text)["data"]!["k"]));
        string warnings = string.Join('\n', headers.GetValues("Warning"));
        Assert.Contains("299 - \"duplicate field \\\"data.k\\\"\"", warnings, StringComparison.Ordinal);
        Assert.Contains("unknown field \\\"metadata.nope\\\"", warnings, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ignored_fields_are_left_out_without_a_word()
    {
        string ns = await shared.NewNamespaceAsync();
        (int code, string text, HttpResponseHeaders headers) =
            await Api.SendTextAsync(HttpMethod.Post, ConfigMaps(ns) + "?fieldValidation=Ignore", Twice);
        Assert.Equal((201, "2"), (code, (string?)Map(text)["data"]!["k"]));
        Assert.False(headers.Contains("Warning"));
    }

    [Theory]
    [InlineData(
        """{"metadata":{"name":"a"},"data":{"k":"1","k":"2","l":"1","l":"2"}}""",
        "duplicate field \"data.k\", duplicate field \"data.l\"")]
    [InlineData("""{"metadata":{"name":"a","nope":1}}""", "unknown field \"metadata.nope\"")]
    [InlineData(Twice, "duplicate field \"data.k\", unknown field \"metadata.nope\"")]
    public async Task A_strict_server_names_all_of_them_and_stores_nothing(string body, string expected)
    {
        string ns = await shared.NewNamespaceAsync();
        (int code, string text, _) = await Api.SendTextAsync(HttpMethod.Post, ConfigMaps(ns) + "?fieldValidation=Strict", body);
        Assert.Equal(400, code);
        Assert.Contains("strict decoding error: " + expected, Map(text).Message(), StringComparison.Ordinal);
        await Api.GetAsync(ConfigMaps(ns, "a"), expect: 404);
    }

    [Theory]
    [InlineData("Strict", 400, null)]
    [InlineData("Warn", 201, "duplicate field \\\"data.k\\\"")]
    [InlineData("Ignore", 201, null)]
    public async Task Yaml_is_held_to_the_same(string validation, int expected, string? warning)
    {
        string ns = await shared.NewNamespaceAsync();
        const string Body = "metadata:\n  name: a\ndata:\n  k: '1'\n  k: '2'\n";
        (int code, string text, HttpResponseHeaders headers) = await Api.SendTextAsync(
            HttpMethod.Post, $"{ConfigMaps(ns)}?fieldValidation={validation}", Body, "application/yaml");
        Assert.Equal(expected, code);
        if (code == 201) Assert.Equal("2", (string?)Map(text)["data"]!["k"]);
        else Assert.Contains("duplicate field \"data.k\"", Map(text).Message(), StringComparison.Ordinal);
        Assert.Equal(warning is not null, headers.TryGetValues("Warning", out IEnumerable<string>? given));
        if (warning is not null) Assert.Contains(warning, given!.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_custom_kind_and_a_scale_are_held_to_the_same()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns), Service("tiny"));
        const string Patch = """{"spec":{"replicas":1,"replicas":2}}""";
        foreach (string part in (string[])["", "/scale"])
        {
            string path = $"{Services(ns, "tiny")}{part}?fieldValidation=";
            (int code, string text, _) = await Api.SendTextAsync(
                HttpMethod.Patch, path + "Strict", Patch, "application/merge-patch+json");
            Assert.Equal(400, code);
            Assert.Contains("strict decoding error: duplicate field \"spec.replicas\"", Map(text).Message(), StringComparison.Ordinal);
            (code, text, _) = await Api.SendTextAsync(HttpMethod.Patch, path + "Warn", Patch, "application/merge-patch+json");
            Assert.Equal((200, 2), (code, (int)Map(text)["spec"]!["replicas"]!));
        }
    }

    [Theory]
    [InlineData("application/merge-patch+json")]
    [InlineData("application/strategic-merge-patch+json")]
    public async Task A_patch_is_held_to_the_same(string mediaType)
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        const string Patch = """{"data":{"k":"1","k":"2"},"nope":1}""";
        (int strict, _, _) = await Api.SendTextAsync(HttpMethod.Patch, ConfigMaps(ns, "a") + "?fieldValidation=Strict", Patch, mediaType);
        Assert.Equal(400, strict);
        (int code, string text, HttpResponseHeaders headers) =
            await Api.SendTextAsync(HttpMethod.Patch, ConfigMaps(ns, "a"), Patch, mediaType);
        Assert.Equal((200, "2"), (code, (string?)Map(text)["data"]!["k"]));
        Assert.Equal(2, headers.GetValues("Warning").Count());
    }

    [Fact]
    public async Task An_applied_configuration_is_refused_whole_whatever_is_said_of_unknown_fields()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject config = ConfigMap("a");
        config["nope"] = 1;
        string path = ConfigMaps(ns, "a") + "?fieldManager=m&fieldValidation=Ignore";
        JsonObject refused = await Api.SendAsync(HttpMethod.Patch, path, config, 400, "application/apply-patch+yaml");
        Assert.Contains("unknown field \"nope\"", refused.Message(), StringComparison.Ordinal);
    }
}
