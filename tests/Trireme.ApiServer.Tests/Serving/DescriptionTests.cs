using System.Net;
using System.Text.Json.Nodes;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>What the server says of itself: discovery, OpenAPI, definitions and health, as tools and generators read them.</summary>
public sealed class DescriptionTests(SharedServer shared)
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    private Api Api => shared.Api;

    [Theory]
    [InlineData("/api", Aggregated, "public")]
    [InlineData("/apis", Aggregated, "public")]
    [InlineData("/openapi/v2", "application/json", "no-cache, private")]
    [InlineData("/openapi/v3/api/v1", "application/json", "no-cache, private")]
    public async Task What_a_client_has_it_need_not_fetch_again(string path, string accept, string kept)
    {
        using HttpResponseMessage first = await SendAsync(path, accept);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(kept, string.Join(", ", first.Headers.GetValues("Cache-Control")));
        string tag = first.Headers.GetValues("ETag").Single();
        using HttpResponseMessage again = await SendAsync(path, accept, tag);
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Empty(await again.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        using HttpResponseMessage other = await SendAsync(path, accept, "\"other\"");
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task A_description_under_its_hash_is_kept_for_good_and_an_old_hash_leads_to_the_new_one()
    {
        string url = (string)(await Api.GetAsync("/openapi/v3"))["paths"]!["api/v1"]!["serverRelativeURL"]!;
        using HttpResponseMessage hashed = await SendAsync(url, "application/json");
        Assert.Equal("public, immutable", string.Join(", ", hashed.Headers.GetValues("Cache-Control")));
        using var handler = new HttpClientHandler
        {
            AllowAutoRedirect = false,
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
        };
        using var http = new HttpClient(handler) { BaseAddress = shared.Server.BaseAddress };
        http.DefaultRequestHeaders.Authorization = new("Bearer", shared.Server.Token);
        using HttpResponseMessage moved = await http.GetAsync("/openapi/v3/api/v1?hash=OLD", TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.MovedPermanently, url), (moved.StatusCode, moved.Headers.Location!.ToString()));
    }

    [Fact]
    public async Task Every_operation_has_a_name_of_its_own_and_parameters_and_refers_to_what_is_there()
    {
        var names = new HashSet<string>();
        foreach ((string path, JsonNode? _) in (await Api.GetAsync("/openapi/v3"))["paths"]!.AsObject())
        {
            JsonObject document = await Api.GetAsync("/openapi/v3/" + path);
            JsonObject schemas = document["components"]!["schemas"]!.AsObject();
            foreach ((string route, JsonNode? item) in document["paths"]!.AsObject())
            {
                JsonArray shared = item!["parameters"]!.AsArray();
                Assert.Equal(route.Contains("{name}", StringComparison.Ordinal), shared.Any(one => (string?)one!["name"] == "name"));
                foreach ((string method, JsonNode? operation) in item.AsObject().Where(member => member.Key != "parameters"))
                {
                    Assert.True(names.Add((string)operation!["operationId"]!), $"{method} {route}");
                }
            }

            foreach (string reference in References(document)) Assert.True(schemas.ContainsKey(reference.Split('/')[^1]), reference);
        }

        Assert.Contains("listCoreV1NamespacedConfigMap", names);
        Assert.Contains("listTriremeDevV1alpha1ModelServiceForAllNamespaces", names);
        Assert.Contains("patchTriremeDevV1alpha1NamespacedModelServiceStatus", names);
        Assert.Contains("createAuthorizationV1SelfSubjectAccessReview", names);
    }

    [Fact]
    public async Task The_older_form_has_the_same_paths_and_schemas()
    {
        JsonObject swagger = await Api.GetAsync("/openapi/v2");
        JsonObject list = swagger["paths"]!["/api/v1/namespaces/{namespace}/configmaps"]!["get"]!.AsObject();
        Assert.Contains(list["parameters"]!.AsArray(), one => (string?)one!["name"] == "limit" && (string?)one["type"] == "integer");
        Assert.Equal("#/definitions/io.k8s.api.core.v1.ConfigMapList", (string?)list["responses"]!["200"]!["schema"]!["$ref"]);
        JsonNode post = swagger["paths"]!["/api/v1/namespaces/{namespace}/configmaps"]!["post"]!;
        Assert.Equal("body", (string?)post["parameters"]![0]!["in"]);
        JsonObject definitions = swagger["definitions"]!.AsObject();
        foreach (string reference in References(swagger)) Assert.True(definitions.ContainsKey(reference.Split('/')[^1]), reference);
        Assert.DoesNotContain("components/schemas", swagger.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_definitions_of_the_program_are_read_and_not_written()
    {
        const string Path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        JsonObject list = await Api.GetAsync(Path);
        Assert.Equal(
            ["acceleratorpools.trireme.dev", "fleetrollouts.trireme.dev", "modelreplicas.trireme.dev", "modelservices.trireme.dev",
                "releases.trireme.dev", "tenantpolicies.trireme.dev"],
            list["items"]!.AsArray().Select(item => (string?)item!["metadata"]!["name"]));
        JsonObject one = await Api.GetAsync(Path + "/modelservices.trireme.dev");
        Assert.Contains(one["status"]!["conditions"]!.AsArray(), found =>
            ((string?)found!["type"], (string?)found["status"]) == ("Established", "True"));
        Assert.NotNull(one["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]);
        JsonObject page = await Api.GetAsync(Path + "?limit=5");
        JsonObject rest = await Api.GetAsync($"{Path}?limit=5&continue={page["metadata"]!["continue"]}");
        Assert.Equal("tenantpolicies.trireme.dev", (string?)rest["items"]![0]!["metadata"]!["name"]);
        foreach (HttpMethod method in (HttpMethod[])[HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete])
        {
            string type = method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json";
            JsonNode? body = method == HttpMethod.Delete ? null : one.DeepClone();
            JsonObject refused = await Api.SendAsync(method, Path + "/modelservices.trireme.dev", body, expect: 405, type);
            Assert.Contains("this kind comes with the program", refused.Message(), StringComparison.Ordinal);
        }

        one["metadata"]!.AsObject().Remove("resourceVersion");
        JsonObject further = await Api.PostAsync(Path, one.DeepClone(), expect: 422);
        Assert.Contains("the kinds of trireme.dev come with this server", further.Message(), StringComparison.Ordinal);
        await using WatchClient watch = await WatchClient.StartAsync(Api, Path, "timeoutSeconds=1");
        Assert.Equal("ADDED acceleratorpools.trireme.dev", await watch.NextNameAsync());
    }

    [Theory]
    [InlineData("/livez/ping", 200)]
    [InlineData("/readyz/store", 200)]
    [InlineData("/healthz/ping", 200)]
    [InlineData("/livez/nothing", 404)]
    [InlineData("/readyz/store/more", 404)]
    public async Task Each_check_of_health_is_asked_for_by_its_name(string path, int code) =>
        Assert.Equal(code, (await Api.SendTextAsync(HttpMethod.Get, path, null)).Code);

    [Fact]
    public async Task A_check_that_one_knows_about_can_be_left_out()
    {
        string text = (await Api.SendTextAsync(HttpMethod.Get, "/readyz?verbose&exclude=store", null)).Text;
        Assert.Contains("[+]store ok: excluded\n", text, StringComparison.Ordinal);
        Assert.EndsWith("readyz check passed\n", text, StringComparison.Ordinal);
        string healthz = (await Api.SendTextAsync(HttpMethod.Get, "/healthz?verbose", null)).Text;
        Assert.EndsWith("healthz check passed\n", healthz, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_path_from_before_the_parameter_watches_a_kind_or_one_object()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject made = await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("b"));
        JsonObject plain = await Api.GetAsync(ConfigMaps(ns, "a") + "?watch=1");
        Assert.Equal(made.Uid(), plain.Uid());
        string path = $"/api/v1/watch/namespaces/{ns}/configmaps";
        await using (WatchClient all = await WatchClient.StartAsync(Api, path, "timeoutSeconds=30"))
        {
            Assert.Equal(["ADDED a", "ADDED b"], [await all.NextNameAsync(), await all.NextNameAsync()]);
        }

        await using WatchClient one = await WatchClient.StartAsync(Api, path + "/a", "resourceVersion=" + made.Version());
        await Api.MergeAsync(ConfigMaps(ns, "b"), Parse("""{"data":{"x":"y"}}"""));
        await Api.MergeAsync(ConfigMaps(ns, "a"), Parse("""{"data":{"x":"y"}}"""));
        Assert.Equal("MODIFIED a", await one.NextNameAsync());
        await Api.GetAsync($"/api/v1/watch/namespaces/{ns}/configmaps/a/status", expect: 404);
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(member => member.Key == "$ref" && member.Value is JsonValue value
            ? [value.ToString()]
            : References(member.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };

    private async Task<HttpResponseMessage> SendAsync(string path, string accept, string? known = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (known is not null) request.Headers.TryAddWithoutValidation("If-None-Match", known);
        return await Api.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
