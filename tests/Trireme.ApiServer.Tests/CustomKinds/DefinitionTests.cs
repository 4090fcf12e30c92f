using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.CustomKinds;

/// <summary>The life of definitions: which are taken, what they lead to, and how they go.</summary>
public sealed class DefinitionTests(CustomKindServer server) : IClassFixture<CustomKindServer>
{
    private const string Free = """{"type":"object","x-kubernetes-preserve-unknown-fields":true}""";

    private Api Api => server.Api;

    /// <summary>A schema below spec, or other members of the definition, with the field at fault and words of the message.</summary>
    public static TheoryData<string, string, string> Refused => new()
    {
        {
            "spec",
            """{"properties":{}}""",
            "spec.validation.openAPIV3Schema.properties[spec].type|must not be empty for specified object fields"
        },
        { "spec", """{"type":"object","properties":{"a":{}}}""", "properties[spec].properties[a].type|must not be empty" },
        { "spec", """{"type":"array"}""", "properties[spec].items|must be specified" },
        { "spec", """{"type":"thing"}""", "properties[spec].type|supported values" },
        { "spec", """{"type":"object","additionalProperties":false}""", "properties[spec].additionalProperties|cannot be set to false" },
        {
            "spec",
            """{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":{"type":"string"}}""",
            "properties[spec].additionalProperties|mutual exclusive"
        },
        {
            "spec",
            """{"type":"object","properties":{"a":{"type":"integer","default":"x"}}}""",
            "properties[spec].properties[a].default|must be of type integer"
        },
        {
            "spec",
            """{"type":"object","properties":{"a":{"type":"object","default":{"b":1}}}}""",
            "properties[a].default|must not have unknown fields"
        },
        {
            "spec",
            """{"type":"object","properties":{"a":{"type":"string","pattern":"^(?=x)"}}}""",
            "properties[a].pattern|looking ahead or behind"
        },
        {
            "spec",
            """{"type":"object","properties":{"a":{"type":"string","pattern":"((a{100}){100}){100}"}}}""",
            "properties[a].pattern|1000 are the most"
        },
        {
            "spec",
            """{"type":"object","properties":{"a":{"type":"string","format":"isbn"}}}""",
            "properties[a].format|does not check the format"
        },
        {
            "spec",
            """{"type":"object","properties":{"a":{"type":"string","maxLenght":3}}}""",
            "properties[a].maxLenght|is no keyword of schemas"
        },
        { "spec", """{"type":"object","properties":{"a":{"$ref":"#/x"}}}""", "properties[a].$ref|is not supported" },
        { "spec", """{"type":"object","anyOf":[{"type":"object"}]}""", "properties[spec].anyOf[0].type|must be empty to be structural" },
        {
            "spec",
            """{"type":"object","anyOf":[{"properties":{"a":{"minimum":1}}}]}""",
            "anyOf[0].properties[a]|not declared in the structural part"
        },
        {
            "spec",
            """{"type":"object","x-kubernetes-validations":[{"rule":"self.a > 1"}]}""",
            "properties[spec].x-kubernetes-validations[0].rule|does not evaluate rules in CEL, so that \"self.a > 1\""
        },
        {
            "spec",
            """
            {"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],"items":{
            "type":"object","properties":{"k":{"type":"string"}}}}
            """,
            "items.properties[k].default|must have a default or be a required property"
        },
        { "spec", """{"type":"array","x-kubernetes-list-type":"set","items":{"type":"object"}}""", "properties[spec].items|scalars" },
        {
            "spec", """{"type":"object","x-kubernetes-preserve-unknown-fields":false}""",
            "properties[spec].x-kubernetes-preserve-unknown-fields|must be true or undefined"
        },
        { "/metadata/name", "\"wrong.kinds.example.com\"", "metadata.name|spec.names.plural" },
        { "/spec/group", "\"trireme.dev\"", "spec.group|come with this server" },
        { "/spec/group", "\"nodots\"", "spec.group|at least one dot" },
        { "/spec/group", "\"mine.k8s.io\"", "metadata.annotations[api-approved.kubernetes.io]|approval annotation" },
        { "/spec/scope", "\"Planet\"", "spec.scope|supported values: \"Cluster\", \"Namespaced\"" },
        { "/spec/names/kind", "\"_X\"", "spec.names.kind|DNS-1035" },
        { "/spec/conversion", """{"strategy":"Webhook","webhook":{}}""", "spec.conversion.strategy|does not call conversion webhooks" },
        { "/spec/preserveUnknownFields", "true", "spec.preserveUnknownFields|cannot set to true" },
        { "/spec/versions/0/storage", "false", "spec.versions|exactly one version" },
        { "/spec/versions/0/schema", "{}", "spec.versions[0].schema.openAPIV3Schema|schemas are required" },
        { "/spec/versions/0/deprecationWarning", "\"x\"", "spec.versions[0].deprecationWarning|only be set for deprecated" },
        {
            "/spec/versions/0/additionalPrinterColumns",
            """[{"name":"A","type":"string","jsonPath":".a..b"}]""",
            "spec.versions[0].additionalPrinterColumns[0].jsonPath|not supported"
        },
        {
            "/spec/versions/0/selectableFields",
            """[{"jsonPath":".spec"}]""",
            "spec.versions[0].selectableFields[0].jsonPath|string, boolean or integer"
        },
        {
            "/spec/versions/0/subresources",
            """{"scale":{"specReplicasPath":".x","statusReplicasPath":".status.r"}}""",
            "subresources.scale.specReplicasPath|under .spec"
        },
    };

    [Fact]
    public async Task A_kind_is_served_from_its_definition_on_and_gone_after_it()
    {
        string plural = server.NewPlural();
        JsonObject definition = CustomKindServer.Definition(plural, Version(Free));
        definition["spec"]!["names"]!["shortNames"] = new JsonArray("s" + plural);
        definition["spec"]!["names"]!["categories"] = new JsonArray("c" + plural);
        string before = await AggregatedTagAsync();
        await using WatchClient watch = await WatchClient.StartAsync(
            Api, CustomKindServer.Definitions, $"fieldSelector=metadata.name={plural}.{CustomKindServer.Group}");
        TestKind kind = await CustomKindServer.EstablishAsync(Api, definition);

        JsonObject stored = await Api.GetAsync(kind.Url);
        Assert.Equal("NoConflicts", (string?)(await kind.ConditionAsync("NamesAccepted"))!["reason"]);
        Assert.Equal("InitialNamesAccepted", (string?)(await kind.ConditionAsync("Established"))!["reason"]);
        Assert.Equal(plural, (string?)stored["status"]!["acceptedNames"]!["plural"]);
        Assert.Equal(plural, (string?)stored["spec"]!["names"]!["singular"]);
        Assert.Equal("""["v1"]""", stored["status"]!["storedVersions"]!.ToJsonString());
        Assert.Equal("""{"strategy":"None"}""", stored["spec"]!["conversion"]!.ToJsonString());
        Assert.Equal("1", stored["metadata"]!["generation"]!.ToString());
        Assert.Equal($"ADDED {plural}.{CustomKindServer.Group}", await watch.NextNameAsync());

        JsonObject group = await Api.GetAsync($"/apis/{CustomKindServer.Group}/v1");
        JsonObject listed = group["resources"]!.AsArray().OfType<JsonObject>().Single(found => (string?)found["name"] == plural);
        Assert.Equal($"[\"s{plural}\"]", listed["shortNames"]!.ToJsonString());
        Assert.Equal($"[\"c{plural}\"]", listed["categories"]!.ToJsonString());
        Assert.NotEqual(before, await AggregatedTagAsync());
        JsonObject described = await Api.GetAsync($"/openapi/v3/apis/{CustomKindServer.Group}/v1");
        Assert.NotNull(described["components"]!["schemas"]![$"com.example.kinds.v1.{kind.Kind}"]!["properties"]!["spec"]);
        Assert.NotNull((await Api.GetAsync("/openapi/v2"))["definitions"]![$"com.example.kinds.v1.{kind.Kind}"]);

        JsonObject made = await kind.CreateAsync("a", """{"x":1}""");
        Assert.Equal("1", made["metadata"]!["generation"]!.ToString());
        await Api.DeleteAsync(kind.Url);
        await kind.UntilGoneAsync();
        await Api.GetAsync(kind.Path("a"), expect: 404);
        await Api.GetAsync($"/apis/{CustomKindServer.Group}/v9", expect: 404);
        string[] seen = [await watch.NextNameAsync(), await watch.NextNameAsync()];
        Assert.All(seen, name => Assert.StartsWith("MODIFIED", name, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_is_wrong_with_a_definition_is_said_with_its_field(string place, string value, string expected)
    {
        JsonObject definition = CustomKindServer.Definition(server.NewPlural(), Version(place == "spec" ? value : Free));
        if (place.StartsWith('/')) Set(definition, place[1..].Split('/'), Parse(value));
        if (place == "/spec/group") definition["metadata"]!["name"] = $"{definition["spec"]!["names"]!["plural"]}.{(string)Parse(value)!}";
        JsonObject refused = await Api.PostAsync(CustomKindServer.Definitions, definition, expect: 422);
        string[] parts = expected.Split('|');
        Dictionary<string, string> causes = TestKind.Causes(refused);
        Assert.Contains(causes, cause =>
            cause.Key.EndsWith(parts[0], StringComparison.Ordinal) && cause.Value.Contains(parts[1], StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_name_that_another_kind_has_is_given_once_that_one_is_gone()
    {
        TestKind first = await server.DefineVersionsAsync(Version(Free));
        JsonObject definition = CustomKindServer.Definition(server.NewPlural(), Version(Free));
        definition["spec"]!["names"]!["kind"] = first.Kind;
        definition["spec"]!["names"]!["listKind"] = first.Kind + "s";
        await Api.PostAsync(CustomKindServer.Definitions, definition);
        var second = new TestKind(Api, definition);
        await second.UntilAsync("NamesAccepted", "False");
        Assert.Equal("KindConflict", (string?)(await second.ConditionAsync("NamesAccepted"))!["reason"]);
        Assert.Equal("NotAccepted", (string?)(await second.ConditionAsync("Established"))!["reason"]);
        await Api.GetAsync(second.Path(), expect: 404);
        await Api.DeleteAsync(first.Url);
        await second.UntilAsync("Established", "True");
        await second.CreateAsync("a", "{}");
    }

    [Theory]
    [InlineData("scope", "\"Cluster\"", "spec.scope")]
    [InlineData("group", "\"other.example.com\"", "metadata.name")]
    [InlineData("names/kind", "\"Other\"", "spec.names.kind")]
    public async Task What_objects_rely_on_does_not_change(string place, string value, string field)
    {
        TestKind kind = await server.DefineVersionsAsync(Version(Free));
        JsonObject refused = await kind.RedefineAsync(
            definition => Set(definition["spec"]!.AsObject(), place.Split('/'), Parse(value)), expect: 422);
        Assert.Contains(field, TestKind.Causes(refused).Keys);
    }

    [Fact]
    public async Task A_version_that_objects_are_stored_in_stays_until_the_status_says_otherwise()
    {
        JsonObject schema = Map("""{"type":"object","properties":{"spec":{"type":"object","properties":{"a":{"type":"string"}}}}}""");
        TestKind kind = await server.DefineVersionsAsync(
            CustomKindServer.Version("v1", schema), CustomKindServer.Version("v2", schema, storage: false));
        await kind.CreateAsync("x", """{"a":"1"}""");
        await kind.RedefineAsync(static definition =>
        {
            definition["spec"]!["versions"]![0]!["storage"] = false;
            definition["spec"]!["versions"]![1]!["storage"] = true;
        });
        Assert.Equal("""["v1","v2"]""", (await Api.GetAsync(kind.Url))["status"]!["storedVersions"]!.ToJsonString());
        JsonObject refused = await kind.RedefineAsync(WithoutFirst, expect: 422);
        Assert.Contains("status.storedVersions[0]", TestKind.Causes(refused).Keys);
        JsonObject stored = await Api.GetAsync(kind.Path("x", "v2"));
        await Api.PutAsync(kind.Path("x", "v2"), stored);
        await Api.MergeAsync(kind.Url + "/status", Parse("""{"status":{"storedVersions":["v2"]}}"""));
        await kind.RedefineAsync(WithoutFirst);
        Assert.Equal("1", (string?)(await Api.GetAsync(kind.Path("x", "v2")))["spec"]!["a"]);
        await Api.GetAsync(kind.Path("x"), expect: 404);

        static void WithoutFirst(JsonObject definition) => definition["spec"]!["versions"]!.AsArray().RemoveAt(0);
    }

    [Fact]
    public async Task A_definition_waits_for_its_objects_and_takes_no_new_ones()
    {
        TestKind kind = await server.DefineVersionsAsync(Version(Free));
        JsonObject held = kind.Object("held", "{}").With("finalizers", new JsonArray("example.com/hold"));
        await Api.PostAsync(kind.Path(), held);
        await kind.CreateAsync("free", "{}");
        JsonObject deleted = await Api.DeleteAsync(kind.Url);
        Assert.Equal("""["customresourcecleanup.apiextensions.k8s.io"]""", deleted["metadata"]!["finalizers"]!.ToJsonString());
        await kind.UntilAsync("Terminating", "True");
        JsonObject refused = await kind.CreateAsync("late", "{}", expect: 405);
        Assert.Contains("create not allowed while custom resource definition is terminating", refused.Message(), StringComparison.Ordinal);
        await CustomKindServer.UntilAsync(
            "the free object's end", async () => (await Api.SendTextAsync(HttpMethod.Get, kind.Path("free"), null)).Code == 404);
        JsonObject early = await Api.MergeAsync(kind.Url, Parse("""{"metadata":{"finalizers":null}}"""), expect: 409);
        Assert.Contains("still objects of this kind", early.Message(), StringComparison.Ordinal);
        await Api.MergeAsync(kind.Path("held"), Parse("""{"metadata":{"finalizers":null}}"""));
        await kind.UntilGoneAsync();
    }

    [Fact]
    public async Task There_are_no_more_definitions_than_the_server_takes()
    {
        await using EmbeddedApiServer small = await SharedServer.StartAnotherAsync(
            static options => options with { Limits = new ApiServerLimits { MaxDefinitions = 1 } });
        using var api = new Api(small.CreateClient());
        await CustomKindServer.EstablishAsync(api, CustomKindServer.Definition("firsts", Version(Free)));
        JsonObject refused = await api.PostAsync(
            CustomKindServer.Definitions, CustomKindServer.Definition("seconds", Version(Free)), expect: 403);
        Assert.Contains("1 are the most", refused.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Definitions_and_objects_are_found_again_after_a_restart()
    {
        using var folder = new TemporaryFolder();
        var options = new EmbeddedApiServerOptions { DataFolder = folder.Path };
        await using (EmbeddedApiServer first = await EmbeddedApiServer.StartAsync(options, TestContext.Current.CancellationToken))
        {
            using var api = new Api(first.CreateClient());
            JsonObject version = Version("""{"type":"object","properties":{"a":{"type":"integer","maximum":5}}}""");
            TestKind kind = await CustomKindServer.EstablishAsync(api, CustomKindServer.Definition("lasts", version));
            await kind.CreateAsync("one", """{"a":1}""");
        }

        await using EmbeddedApiServer second = await EmbeddedApiServer.StartAsync(options, TestContext.Current.CancellationToken);
        using var again = new Api(second.CreateClient());
        var found = new TestKind(again, CustomKindServer.Definition("lasts", Version(Free)));
        Assert.Equal("1", (await again.GetAsync(found.Path("one")))["spec"]!["a"]!.ToString());
        await found.CreateAsync("two", """{"a":9}""", expect: 422);
    }

    private static JsonObject Version(string spec) => CustomKindServer.Version(
        "v1", new JsonObject { ["type"] = "object", ["properties"] = new JsonObject { ["spec"] = Parse(spec) } });

    private static void Set(JsonObject document, string[] path, JsonNode value)
    {
        JsonNode at = document;
        foreach (string part in path[..^1]) at = int.TryParse(part, out int index) ? at[index]! : at[part]!;
        at[path[^1]] = value;
    }

    private async Task<string> AggregatedTagAsync()
    {
        const string Accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
        return (await Api.SendTextAsync(HttpMethod.Get, "/apis", null, accept: Accept)).Headers.ETag!.Tag;
    }
}
