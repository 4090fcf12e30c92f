using System.Text.Json.Nodes;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

public sealed class ScaleTests(SharedServer shared)
{
    private Api Api => shared.Api;

    [Fact]
    public async Task The_scale_of_a_service_is_read_replaced_and_patched()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject service = await Api.PostAsync(Services(ns), Service("tiny", replicas: 2));
        await Api.MergeAsync(Services(ns, "tiny") + "/status", Parse("""{"status":{"replicas":1}}"""));
        string path = Services(ns, "tiny") + "/scale";
        JsonObject scale = await Api.GetAsync(path);
        Assert.Equal(("autoscaling/v1", "Scale"), ((string?)scale["apiVersion"], (string?)scale["kind"]));
        JsonNode metadata = scale["metadata"]!;
        Assert.Equal((ns, "tiny", service.Uid()), ((string?)metadata["namespace"], (string?)metadata["name"], scale.Uid()));
        Assert.Equal((2, 1), Numbers(scale));

        scale["spec"]!["replicas"] = 5;
        JsonObject replaced = await Api.PutAsync(path + "?fieldManager=hpa", scale.DeepClone());
        Assert.Equal((5, 1), Numbers(replaced));
        Assert.Equal((5, 1), Numbers(await Api.GetAsync(path)));
        await Api.PutAsync(path, scale, expect: 409);
        Assert.Equal((7, 1), Numbers(await Api.MergeAsync(path + "?fieldManager=hpa", Parse("""{"spec":{"replicas":7}}"""))));
        Assert.Equal(
            (8, 1), Numbers(await Api.JsonPatchAsync(path, Parse("""[{"op":"replace","path":"/spec/replicas","value":8}]"""))));
        await Api.StrategicMergeAsync(path, Parse("""{"spec":{"replicas":9}}"""), expect: 415);
        await Api.MergeAsync(path + "?dryRun=All", Parse("""{"spec":{"replicas":1}}"""));

        JsonObject scaled = await Api.GetAsync(Services(ns, "tiny"));
        Assert.Equal(8, (int)scaled["spec"]!["replicas"]!);
        Assert.Equal("tiny-v1", (string?)scaled["spec"]!["release"]);
        Assert.Equal(service["metadata"]!["generation"]!.GetValue<int>() + 3, scaled["metadata"]!["generation"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_number_that_the_load_decides_is_not_set_by_hand_and_the_refusal_says_what_to_change()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns), Service("tiny", replicas: 1));
        await Api.MergeAsync(Services(ns, "tiny"), Parse("""{"spec":{"scaling":{"maxReplicas":4}}}"""));
        string path = Services(ns, "tiny") + "/scale";
        JsonObject refused = await Api.MergeAsync(path, Parse("""{"spec":{"replicas":3}}"""), expect: 422);
        Assert.Contains("spec.replicas: spec.scaling decides this number by the load", refused.Message(), StringComparison.Ordinal);
        Assert.Contains("change spec.scaling.minReplicas or spec.scaling.maxReplicas", refused.Message(), StringComparison.Ordinal);
        await Api.GetAsync(path);
        await Api.MergeAsync(Services(ns, "tiny"), Parse("""{"spec":{"scaling":null}}"""));
        Assert.Equal((3, 0), Numbers(await Api.MergeAsync(path, Parse("""{"spec":{"replicas":3}}"""))));
    }

    [Theory]
    [InlineData("2.0", 2)]
    [InlineData("2e0", 2)]
    [InlineData("-0", 0)]
    [InlineData("-0.0", 0)]
    public async Task A_number_is_scaled_to_however_it_is_written(string written, int expected)
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns), Service("tiny", replicas: 1));
        string path = Services(ns, "tiny") + "/scale";
        string patch = $$$"""{"spec":{"replicas":{{{written}}}}}""";
        (int code, string text, _) = await Api.SendTextAsync(HttpMethod.Patch, path, patch, "application/merge-patch+json");
        Assert.True(code == 200, text);
        Assert.Equal((expected, 0), Numbers(await Api.GetAsync(path)));
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/yaml")]
    public async Task A_number_of_minus_nothing_is_stored_as_nothing(string contentType)
    {
        string ns = await shared.NewNamespaceAsync();
        string body = Service("tiny", replicas: 7).ToJsonString().Replace("\"replicas\":7", "\"replicas\":-0", StringComparison.Ordinal);
        Assert.Contains(":-0", body, StringComparison.Ordinal);
        (int code, string text, _) = await Api.SendTextAsync(HttpMethod.Post, Services(ns), body, contentType);
        Assert.True(code == 201, text);
        Assert.DoesNotContain("-0,", text, StringComparison.Ordinal);
        Assert.Equal("0", (await Api.GetAsync(Services(ns, "tiny")))["spec"]!["replicas"]!.ToJsonString());

        JsonNode changed = await Api.MergeAsync(Services(ns, "tiny"), Parse("""{"spec":{"replicas":-0}}"""));
        Assert.Equal("0", changed["spec"]!["replicas"]!.ToJsonString());
        Assert.Equal(1, (int)changed["metadata"]!["generation"]!);
    }

    [Fact]
    public async Task Whoever_scales_owns_the_number_under_the_subresource()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject config = Service("tiny", replicas: 2);
        await Api.ApplyAsync(Services(ns, "tiny"), config, "people", expect: 201);
        await Api.MergeAsync(Services(ns, "tiny") + "/scale?fieldManager=hpa", Parse("""{"spec":{"replicas":3}}"""));
        JsonObject conflict = await Api.ApplyAsync(Services(ns, "tiny"), config, "people", expect: 409);
        Assert.Equal(
            "conflict with \"hpa\" with subresource \"scale\" using trireme.dev/v1alpha1",
            (string?)conflict["details"]!["causes"]![0]!["message"]);
        JsonNode owned = (await Api.GetAsync(Services(ns, "tiny")))["metadata"]!["managedFields"]!.AsArray()
            .Single(entry => (string?)entry!["subresource"] == "scale")!;
        Assert.Equal("""{"f:spec":{"f:replicas":{}}}""", owned["fieldsV1"]!.ToJsonString());
    }

    [Fact]
    public async Task An_absent_number_is_what_the_kind_says_it_means()
    {
        string ns = await shared.NewNamespaceAsync();
        JsonObject service = Service("tiny");
        service["spec"]!.AsObject().Remove("replicas");
        await Api.PostAsync(Services(ns), service);
        Assert.Equal((1, 0), Numbers(await Api.GetAsync(Services(ns, "tiny") + "/scale")));
    }

    [Theory]
    [InlineData("""{"spec":{"replicas":-1}}""", 422, "spec.replicas")]
    [InlineData("""{"spec":{"replicas":257}}""", 422, "ModelService.trireme.dev \"tiny\" is invalid: spec.replicas")]
    [InlineData("""{"spec":{"replicas":"3"}}""", 422, "spec.replicas")]
    [InlineData("""{"spec":{"replcas":3}}""", 422, "spec.replcas")]
    [InlineData("""{"metadata":{"resourceVersion":"1"},"spec":{"replicas":3}}""", 409, "the object has been modified")]
    [InlineData("""{"metadata":{"name":"other"},"spec":{"replicas":3}}""", 400, "does not match the name on the URL")]
    [InlineData("""{"kind":"ModelService","spec":{"replicas":3}}""", 400, "the path takes a autoscaling/v1 Scale")]
    public async Task A_scale_that_does_not_fit_is_refused(string patch, int code, string message)
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.PostAsync(Services(ns), Service("tiny", replicas: 2));
        JsonObject refused = await Api.MergeAsync(Services(ns, "tiny") + "/scale", Parse(patch), expect: code);
        Assert.Contains(message, refused.Message(), StringComparison.Ordinal);
        Assert.Equal(2, (int)(await Api.GetAsync(Services(ns, "tiny")))["spec"]!["replicas"]!);
    }

    [Fact]
    public async Task Only_what_can_be_scaled_has_a_scale()
    {
        string ns = await shared.NewNamespaceAsync();
        await Api.GetAsync(Services(ns, "absent") + "/scale", expect: 404);
        await Api.PostAsync(ConfigMaps(ns), ConfigMap("a"));
        await Api.GetAsync(ConfigMaps(ns, "a") + "/scale", expect: 404);
        await Api.PostAsync(Services(ns), Service("tiny"));
        await Api.DeleteAsync(Services(ns, "tiny") + "/scale", expect: 405);
        await Api.SendAsync(
            HttpMethod.Patch, Services(ns, "tiny") + "/scale", Parse("{}"), 415, "application/apply-patch+yaml");
        JsonObject table = await Api.GetAsync(
            Services(ns, "tiny") + "/scale", accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
        Assert.Equal("tiny 1 0", string.Join(' ', table["rows"]![0]!["cells"]!.AsArray().Take(3)));
    }

    [Fact]
    public async Task Discovery_and_open_api_know_the_scale()
    {
        JsonObject plain = await Api.GetAsync(TriremeGroup);
        JsonNode part = plain["resources"]!.AsArray().Single(item => (string?)item!["name"] == "modelservices/scale")!;
        Assert.Equal(
            """{"name":"modelservices/scale","singularName":"","namespaced":true,"group":"autoscaling","version":"v1","""
            + """ "kind":"Scale","verbs":["get","patch","update"]}""".TrimStart(),
            part.ToJsonString());
        JsonObject document = await Api.GetAsync("/openapi/v3/apis/trireme.dev/v1alpha1");
        JsonNode get = document["paths"]!["/apis/trireme.dev/v1alpha1/namespaces/{namespace}/modelservices/{name}/scale"]!["get"]!;
        string reference = (string)get["responses"]!["200"]!["content"]!["application/json"]!["schema"]!["$ref"]!;
        Assert.Equal("#/components/schemas/io.k8s.api.autoscaling.v1.Scale", reference);
        Assert.NotNull(document["components"]!["schemas"]!["io.k8s.api.autoscaling.v1.Scale"]!["properties"]!["spec"]);
    }

    private static (int Wanted, int Present) Numbers(JsonObject scale) =>
        ((int)scale["spec"]!["replicas"]!, (int)scale["status"]!["replicas"]!);
}
