using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>In what form answers come, and what goes with every one of them.</summary>
public sealed class NegotiationTests(SharedServer shared)
{
    private Api Api => shared.Api;

    [Theory]
    [InlineData("application/yaml")]
    [InlineData("application/json;q=0.5, application/yaml")]
    [InlineData("text/html, application/yaml;q=0.9, application/json;q=0.8")]
    public async Task Yaml_is_answered_where_it_is_liked_best(string accept)
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject made = await Api.PostAsync(ConfigMaps(ns), ConfigMap("a", ("k", "two\nlines\n"), ("n", "1")));
        using HttpResponseMessage response = await SendAsync(ConfigMaps(ns, "a"), accept);
        Assert.Equal("application/yaml", response.Content.Headers.ContentType!.MediaType);
        JsonNode read = YamlJson.Parse(await TextAsync(response)).Single();
        Assert.True(JsonNode.DeepEquals(made, read), read.ToJsonString());
        using HttpResponseMessage list = await SendAsync(ConfigMaps(ns), accept);
        Assert.Equal("ConfigMapList", (string?)YamlJson.Parse(await TextAsync(list)).Single()["kind"]);
    }

    [Theory]
    [InlineData("application/xml")]
    [InlineData("application/cbor")]
    [InlineData("application/vnd.kubernetes.protobuf")]
    [InlineData("application/json;q=0")]
    [InlineData("application/json;as=Table;v=v9;g=meta.k8s.io")]
    [InlineData("application/json;as=Nothing;v=v1;g=meta.k8s.io")]
    public async Task What_cannot_be_answered_is_refused_and_nothing_is_written(string accept)
    {
        string ns = await shared.NewNamespaceAsync();
        (int code, string text, _) = await Api.SendTextAsync(
            HttpMethod.Post, ConfigMaps(ns), ConfigMap("a").ToJsonString(), accept: accept);
        Assert.Equal((406, "NotAcceptable"), (code, (string?)Map(text)["reason"]));
        await Api.GetAsync(ConfigMaps(ns, "a"), expect: 404);
        await Api.GetAsync("/apis", expect: 406, accept: accept);
    }

    [Theory]
    [InlineData("application/xml, */*")]
    [InlineData("application/vnd.kubernetes.protobuf,application/json")]
    [InlineData("application/*")]
    [InlineData("")]
    public async Task Whoever_takes_more_gets_json(string accept)
    {
        JsonObject list = await Api.GetAsync(ConfigMaps("default"), accept: accept);
        Assert.Equal("ConfigMapList", (string?)list["kind"]);
    }

    [Fact]
    public async Task A_watch_is_not_answered_in_yaml() =>
        await Api.GetAsync(ConfigMaps("default") + "?watch=1", expect: 406, accept: "application/yaml");

    [Fact]
    public async Task Tables_and_metadata_come_in_the_version_that_was_asked_for()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject made = await Api.PostAsync(ConfigMaps(ns), ConfigMap("a", ("k", "v")));
        JsonObject table = await Api.GetAsync(ConfigMaps(ns, "a"), accept: "application/json;as=Table;v=v1beta1;g=meta.k8s.io");
        Assert.Equal(("Table", "meta.k8s.io/v1beta1"), ((string?)table["kind"], (string?)table["apiVersion"]));
        Assert.Equal(made.Version(), table.Version());
        JsonNode row = table["rows"]![0]!;
        Assert.Equal("meta.k8s.io/v1beta1", (string?)row["object"]!["apiVersion"]);
        Assert.Equal(("a", 1), ((string?)row["cells"]![0], (int)row["cells"]![1]!));
        const string Metadata = "application/json;as=PartialObjectMetadata;v=v1beta1;g=meta.k8s.io";
        Assert.Equal("meta.k8s.io/v1beta1", (string?)(await Api.GetAsync(ConfigMaps(ns, "a"), accept: Metadata))["apiVersion"]);
        const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io";
        JsonObject refused = await Api.GetAsync(ConfigMaps(ns) + "?includeObject=Bogus", expect: 400, accept: Table);
        Assert.Contains("must be 'Metadata', 'Object', 'None'", refused.Message(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pretty=true", "any/1", true)]
    [InlineData("pretty=false", "curl/8.0", false)]
    [InlineData("limit=1", "curl/8.0", true)]
    [InlineData("limit=1", "kubectl/v1.37.0", false)]
    public async Task People_get_line_breaks(string query, string agent, bool breaks)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, ConfigMaps("default") + "?" + query);
        request.Headers.TryAddWithoutValidation("User-Agent", agent);
        using HttpResponseMessage response = await Api.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(breaks, (await TextAsync(response)).Contains("\n  ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Long_answers_to_reads_are_compressed_for_those_who_take_that()
    {
        string ns = await shared.NewNamespaceAsync();
        for (int i = 0; i < 3; i++) await Api.PostAsync(ConfigMaps(ns), ConfigMap($"m{i}", ("k", new string('x', 60_000))));
        foreach ((string path, string accept, bool compressed) in ((string, string, bool)[])
            [
                (ConfigMaps(ns), "application/json", true),
                (ConfigMaps(ns), "application/yaml", true),
                (ConfigMaps(ns) + "?pretty=true", "application/json", true),
                (ConfigMaps(ns, "m0"), "application/json", false),
                ("/openapi/v2", "application/json", true),
            ])
        {
            using HttpResponseMessage plain = await SendAsync(path, accept);
            Assert.Empty(plain.Content.Headers.ContentEncoding);
            using HttpResponseMessage packed = await SendAsync(path, accept, "gzip");
            Assert.Equal(compressed ? ["gzip"] : [], packed.Content.Headers.ContentEncoding);
            await using Stream body = await packed.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
            await using Stream open = compressed ? new GZipStream(body, CompressionMode.Decompress) : body;
            using var reader = new StreamReader(open, Encoding.UTF8);
            string unpacked = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
            Assert.Equal(WithoutRevisions(await TextAsync(plain)), WithoutRevisions(unpacked));
        }
    }

    /// <summary>Other tests write meanwhile, and a list tells the revision it was read at.</summary>
    private static string WithoutRevisions(string text) => Regex.Replace(text, "resourceVersion\"?: ?\"?[0-9]+", "resourceVersion");

    [Theory]
    [InlineData("/api/v1/namespaces/default/configmaps", 200)]
    [InlineData("/api/v1/namespaces/default/configmaps/absent", 404)]
    [InlineData("/nothing", 404)]
    [InlineData("/livez", 200)]
    [InlineData("/metrics", 200)]
    public async Task Every_answer_has_an_id_and_is_kept_by_nobody(string path, int code)
    {
        using HttpResponseMessage response = await SendAsync(path, "*/*");
        Assert.Equal(code, (int)response.StatusCode);
        Assert.True(Guid.TryParse(response.Headers.GetValues("Audit-Id").Single(), out _));
        Assert.True(response.Headers.CacheControl is { NoCache: true, Private: true });
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Theory]
    [InlineData("my-own-id-1", true)]
    [InlineData("two words", false)]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123456789", false)]
    public async Task A_client_may_give_the_id_itself(string id, bool taken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/version");
        request.Headers.TryAddWithoutValidation("Audit-ID", id);
        using HttpResponseMessage response = await Api.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(taken, response.Headers.GetValues("Audit-Id").Single() == id);
    }

    [Fact]
    public async Task The_end_of_the_first_objects_of_a_metadata_watch_is_metadata_too()
    {
        const string Query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
        string ns = await shared.NewNamespaceAsync();
        await using WatchClient watch = await WatchClient.StartAsync(
            Api, ConfigMaps(ns), Query, "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io");
        JsonNode mark = (await watch.NextAsync())!["object"]!;
        Assert.Equal(("PartialObjectMetadata", "meta.k8s.io/v1"), ((string?)mark["kind"], (string?)mark["apiVersion"]));
    }

    private async Task<HttpResponseMessage> SendAsync(string path, string accept, string? encoding = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (encoding is not null) request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue(encoding));
        return await Api.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static Task<string> TextAsync(HttpResponseMessage response) =>
        response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
}
