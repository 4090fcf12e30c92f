using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.Contracts.Schema;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

public sealed class DiscoveryTests(SharedServer shared)
{
    private Api Api => shared.Api;

    [Fact]
    public async Task Every_kind_of_the_catalog_is_discovered_under_its_group()
    {
        foreach (ResourceDefinition definition in ResourceCatalog.All)
        {
            JsonArray resources = (await Api.GetAsync(definition.BasePath))["resources"]!.AsArray();
            JsonNode resource = resources.Single(item => (string?)item!["name"] == definition.Plural)!;
            Assert.Equal(definition.Kind, (string?)resource["kind"]);
            Assert.Equal(definition.HasStatus, resources.Any(item => (string?)item!["name"] == definition.Plural + "/status"));
        }
    }

    [Fact]
    public async Task Groups_are_listed_and_unknown_ones_are_not_found()
    {
        Assert.Equal("v1", (string?)(await Api.GetAsync("/api"))["versions"]![0]);
        JsonObject groups = await Api.GetAsync("/apis");
        Assert.Contains(groups["groups"]!.AsArray(), group => (string?)group!["name"] == "trireme.dev");
        Assert.Equal("trireme.dev/v1alpha1", (string?)(await Api.GetAsync("/apis/trireme.dev"))["preferredVersion"]!["groupVersion"]);
        await Api.GetAsync("/apis/example.com", expect: 404);
        await Api.GetAsync("/apis/trireme.dev/v9", expect: 404);
    }

    [Fact]
    public async Task Aggregated_discovery_has_everything_in_one_document()
    {
        JsonObject document = await Api.GetAsync(
            "/apis", accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json");
        JsonNode group = document["items"]!.AsArray().Single(item => (string?)item!["metadata"]!["name"] == "trireme.dev")!;
        JsonNode service = group["versions"]![0]!["resources"]!.AsArray().Single(item => (string?)item!["resource"] == "modelservices")!;
        Assert.Equal("msvc", (string?)service["shortNames"]![0]);
        Assert.Equal("status", (string?)service["subresources"]![0]!["subresource"]);
    }

    [Fact]
    public async Task Open_api_describes_every_kind_and_declares_server_side_validation()
    {
        JsonObject index = await Api.GetAsync("/openapi/v3");
        string url = (string)index["paths"]!["apis/trireme.dev/v1alpha1"]!["serverRelativeURL"]!;
        JsonObject document = await Api.GetAsync(url);
        JsonNode patch = document["paths"]!["/apis/trireme.dev/v1alpha1/namespaces/{namespace}/modelservices/{name}"]!["patch"]!;
        Assert.Contains(patch["parameters"]!.AsArray(), parameter => (string?)parameter!["name"] == "fieldValidation");
        JsonNode schema = document["components"]!["schemas"]!["dev.trireme.v1alpha1.ModelService"]!;
        Assert.Equal("ModelService", (string?)schema["x-kubernetes-group-version-kind"]![0]!["kind"]);
        Assert.NotNull(schema["properties"]!["spec"]!["properties"]!["replicas"]!["description"]);
        await Api.GetAsync("/openapi/v3/apis/example.com/v1", expect: 404);
    }

    [Fact]
    public async Task Open_api_has_descriptions_and_defaults_in_both_versions()
    {
        JsonObject third = await Api.GetAsync("/openapi/v3/apis/trireme.dev/v1alpha1");
        JsonObject second = await Api.GetAsync("/openapi/v2");
        foreach (JsonNode? schemas in (JsonNode?[])[third["components"]!["schemas"], second["definitions"]])
        {
            JsonNode spec = schemas!["dev.trireme.v1alpha1.ModelService"]!["properties"]!["spec"]!["properties"]!;
            Assert.Equal(1, (int)spec["replicas"]!["default"]!);
            Assert.EndsWith(" Defaults to 1.", (string?)spec["replicas"]!["description"], StringComparison.Ordinal);
            Assert.Equal("1Gi", (string?)spec["resources"]!["properties"]!["memory"]!["default"]);
            Assert.Equal("1m", (string?)spec["drain"]!["properties"]!["timeout"]!["default"]);
            Assert.Equal(2, spec["rollout"]!["properties"]!["steps"]!["default"]!.AsArray().Count);
            Assert.Null(spec["release"]!["default"]);
        }
    }

    /// <summary>Whoever asks an API reads its answers as JSON, also where there is nothing.</summary>
    [Theory]
    [InlineData("GET", "/nothing")]
    [InlineData("GET", "/nothing/at/all")]
    [InlineData("POST", "/v1/chat/completions")]
    [InlineData("GET", "/api/v9")]
    [InlineData("GET", "/apis/example.com/v1/namespaces/default/things")]
    [InlineData("GET", "/openapi/v9")]
    [InlineData("DELETE", "/healthz/nothing")]
    [InlineData("GET", "/favicon.ico")]
    public async Task A_path_that_leads_nowhere_is_answered_with_a_status(string method, string path)
    {
        JsonObject status = await Api.SendAsync(new HttpMethod(method), path, null, 404);
        Assert.Equal(("Status", "NotFound", 404), ((string?)status["kind"], (string?)status["reason"], (int?)status["code"]));
        using HttpClient stranger = shared.Server.CreateClient();
        stranger.DefaultRequestHeaders.Authorization = null;
        using var api = new Api(stranger);
        await api.SendAsync(new HttpMethod(method), path, null, 401);
    }

    [Theory]
    [InlineData("/version/")]
    [InlineData("/api/")]
    [InlineData("/apis/")]
    [InlineData("/apis/trireme.dev/v1alpha1/")]
    [InlineData("/openapi/v2/")]
    [InlineData("/openapi/v3/")]
    [InlineData("/api/v1/namespaces/")]
    public async Task A_slash_at_the_end_changes_nothing(string path)
    {
        string with = (await Api.SendTextAsync(HttpMethod.Get, path, null)).Text;
        Assert.Equal(Map(with)["kind"]?.ToString(), (await Api.GetAsync(path.TrimEnd('/')))["kind"]?.ToString());
        Assert.NotEqual("Status", Map(with)["kind"]?.ToString());
    }

    [Fact]
    public async Task The_root_lists_the_paths()
    {
        string[] paths = [.. (await Api.GetAsync("/"))["paths"]!.AsArray().Select(path => (string)path!)];
        Assert.Contains("/apis/trireme.dev/v1alpha1", paths);
        foreach (string path in paths) Assert.Equal(200, (await Api.SendTextAsync(HttpMethod.Get, path, null)).Code);
    }

    [Fact]
    public async Task A_version_has_one_plus_however_the_product_is_named()
    {
        await using EmbeddedApiServer server =
            await SharedServer.StartAnotherAsync(options => options with { ProductVersion = "1.2.3-rc.1+5f2c+dirty" });
        using var api = new Api(server.CreateClient());
        Assert.Equal("v1.32.0+trireme-1.2.3-rc.1.5f2c.dirty", (string?)(await api.GetAsync("/version/"))["gitVersion"]);
    }

    [Fact]
    public async Task Old_clients_get_open_api_v2_in_protobuf()
    {
        (int code, string text, _) = await Api.SendTextAsync(
            HttpMethod.Get, "/openapi/v2", null, accept: "application/com.github.proto-openapi.spec.v2@v1.0+protobuf");
        Assert.Equal(200, code);
        Assert.StartsWith("\u000a\u00032.0", text, StringComparison.Ordinal);
        Assert.Equal("2.0", (string?)(await Api.GetAsync("/openapi/v2"))["swagger"]);
    }

    [Theory]
    [InlineData("/healthz", 200)]
    [InlineData("/livez", 200)]
    [InlineData("/readyz", 200)]
    [InlineData("/version", 200)]
    [InlineData("/api", 401)]
    [InlineData("/metrics", 401)]
    [InlineData("/api/v1/namespaces", 401)]
    public async Task Only_health_and_version_are_open_to_strangers(string path, int code)
    {
        using HttpClient http = shared.Server.CreateClient();
        http.DefaultRequestHeaders.Authorization = null;
        using var api = new Api(http);
        Assert.Equal(code, (await api.SendTextAsync(HttpMethod.Get, path, null)).Code);

        http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer wrong");
        Assert.Equal(code, (await api.SendTextAsync(HttpMethod.Get, path, null)).Code);
    }

    [Fact]
    public async Task Requests_are_counted_by_verb_kind_and_code()
    {
        await Api.GetAsync("/apis/coordination.k8s.io/v1/namespaces/default/leases/absent", expect: 404);
        const string Counted = "apiserver_request_total{verb=\"get\",resource=\"leases.coordination.k8s.io\",code=\"404\"}";
        // A request is counted once its answer has been written.
        async Task<string?> CountedAsync()
        {
            string page = (await Api.SendTextAsync(HttpMethod.Get, "/metrics", null)).Text;
            return page.Contains(Counted, StringComparison.Ordinal) ? page : null;
        }

        string text = await Eventually.Get(
            "the counted request", TimeSpan.FromSeconds(10), CountedAsync, TestContext.Current.CancellationToken);
        Assert.Contains("trireme_apiserver_store_revision ", text, StringComparison.Ordinal);
    }
}
