using System.Text.Json.Nodes;
using Trireme.Contracts.Schema;
using Trireme.Testing;

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
