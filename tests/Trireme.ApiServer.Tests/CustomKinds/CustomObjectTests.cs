using System.Text.Json.Nodes;
using Trireme.ApiServer.Tests.Serving;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.CustomKinds;

/// <summary>Objects of custom kinds: what becomes of what is sent, and by what they are read, watched and written.</summary>
public sealed class CustomObjectTests(CustomKindServer server) : IClassFixture<CustomKindServer>
{
    private const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io";

    private Api Api => server.Api;

    /// <summary>Schema of spec, spec as sent, and spec as stored.</summary>
    public static TheoryData<string, string, string, string> Stored => new()
    {
        {
            "a default",
            """{"type":"object","properties":{"n":{"type":"object","default":{},"properties":{"m":{"type":"integer","default":5}}}}}""",
            "{}",
            """{"n":{"m":5}}"""
        },
        {
            "a default of items",
            """
            {"type":"object","properties":{"l":{"type":"array","items":{"type":"object","properties":{"a":{
            "type":"string","default":"x"}}}}}}
            """,
            """{"l":[{},{"a":"y"}]}""",
            """{"l":[{"a":"x"},{"a":"y"}]}"""
        },
        {
            "unknown fields",
            """
            {"type":"object","properties":{"a":{"type":"string"},"free":{"type":"object",
            "x-kubernetes-preserve-unknown-fields":true}}}
            """,
            """{"a":"1","z":1,"free":{"q":{"w":1}}}""",
            """{"a":"1","free":{"q":{"w":1}}}"""
        },
        {
            "known fields within unknown ones",
            """
            {"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{"a":{"type":"object",
            "properties":{"b":{"type":"string"}}}}}
            """,
            """{"x":1,"a":{"b":"1","c":1}}""",
            """{"x":1,"a":{"b":"1"}}"""
        },
        {
            "an embedded object",
            """
            {"type":"object","properties":{"t":{"type":"object","x-kubernetes-embedded-resource":true,
            "properties":{"spec":{"type":"object","properties":{"y":{"type":"integer"}}}}}}}
            """,
            """{"t":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"y":1,"z":2}}}""",
            """{"t":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{"y":1}}}"""
        },
        {
            "nulls",
            """
            {"type":"object","properties":{"p":{"x-kubernetes-int-or-string":true},"n":{"type":"string",
            "nullable":true},"d":{"type":"string","default":"x"},"b":{"type":"string"}}}
            """,
            """{"p":"50%","n":null,"d":null,"b":null}""",
            """{"p":"50%","n":null,"d":"x"}"""
        },
        {
            "a map with free keys",
            """{"type":"object","additionalProperties":{"type":"object","properties":{"a":{"type":"integer","default":1}}}}""",
            """{"k":{"z":1},"l":{"a":2}}""",
            """{"k":{"a":1},"l":{"a":2}}"""
        },
        {
            "a member named as a keyword",
            """{"type":"object","properties":{"items":{"type":"array","items":{"type":"string"}},"properties":{"type":"string"}}}""",
            """{"items":["a"],"properties":"x"}""",
            """{"items":["a"],"properties":"x"}"""
        },
    };

    /// <summary>Schema of a field, its value, and the cause that is told.</summary>
    public static TheoryData<string, string, string> Invalid => new()
    {
        {
            """{"type":"integer","minimum":1,"maximum":5}""",
            "9",
            "spec.f|Invalid value: 9: spec.f in body should be less than or equal to 5"
        },
        {
            """{"type":"number","minimum":0,"exclusiveMinimum":true}""",
            "0",
            "spec.f|Invalid value: 0: spec.f in body should be greater than 0"
        },
        { """{"type":"integer","multipleOf":3}""", "4", "spec.f|Invalid value: 4: spec.f in body should be a multiple of 3" },
        { """{"type":"string","enum":["a","b"]}""", "\"c\"", "spec.f|Unsupported value: \"c\": supported values: \"a\", \"b\"" },
        { """{"type":"string","pattern":"^x"}""", "\"y\"", "spec.f|Invalid value: \"y\": spec.f in body should match '^x'" },
        { """{"type":"string","maxLength":2}""", "\"abc\"", "spec.f|Too long: may not be more than 2 bytes" },
        { """{"type":"string","minLength":2}""", "\"a\"", "spec.f|Invalid value: \"a\": spec.f in body should be at least 2 chars long" },
        { """{"type":"string"}""", "5", "spec.f|Invalid value: \"integer\": spec.f in body must be of type string: \"integer\"" },
        { """{"type":"integer"}""", "1.5", "spec.f|Invalid value: \"number\": spec.f in body must be of type integer: \"number\"" },
        {
            """{"x-kubernetes-int-or-string":true}""",
            "true",
            "spec.f|Invalid value: \"boolean\": spec.f in body must be of type integer,string: \"boolean\""
        },
        { """{"type":"array","maxItems":1,"items":{"type":"string"}}""", """["1","2"]""", "spec.f|Too many: 2: must have at most 1 item" },
        {
            """{"type":"array","items":{"type":"string"}}""",
            """["1",2]""",
            "spec.f[1]|Invalid value: \"integer\": spec.f[1] in body must be of type string: \"integer\""
        },
        {
            """{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}}""",
            """["x","x"]""",
            "spec.f[1]|Duplicate value: \"x\""
        },
        {
            """
            {"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k"],"items":{
            "type":"object","required":["k"],"properties":{"k":{"type":"string"}}}}
            """,
            """[{"k":"1"},{"k":"1"}]""",
            "spec.f[1]|Duplicate value: {\"k\":\"1\"}"
        },
        { """{"type":"object","required":["r"],"properties":{"r":{"type":"string"}}}""", "{}", "spec.f.r|Required value" },
        {
            """{"type":"object","maxProperties":1,"additionalProperties":{"type":"string"}}""",
            """{"a":"1","b":"2"}""",
            "spec.f|Too many: 2: must have at most 1 item"
        },
        {
            """{"type":"string","format":"date-time"}""",
            "\"noon\"",
            "spec.f|Invalid value: \"noon\": spec.f in body must be of type date-time: \"noon\""
        },
        {
            """{"type":"object","x-kubernetes-embedded-resource":true,"x-kubernetes-preserve-unknown-fields":true}""",
            """{"kind":"Pod"}""",
            "spec.f.apiVersion|Required value: must not be empty"
        },
        {
            """{"type":"integer","anyOf":[{"maximum":1},{"minimum":9}]}""",
            "5",
            "spec.f|Invalid value: \"\": \"spec.f\" must validate at least one schema (anyOf)"
        },
        {
            """{"type":"integer","oneOf":[{"maximum":9},{"minimum":1}]}""",
            "5",
            "spec.f|Invalid value: \"\": \"spec.f\" must validate one and only one schema (oneOf). Found 2 valid alternatives"
        },
        { """{"type":"integer","not":{"maximum":9}}""", "5", "spec.f|Invalid value: \"\": \"spec.f\" must not validate the schema (not)" },
    };

    [Theory]
    [MemberData(nameof(Stored))]
    public async Task An_object_is_stored_as_its_schema_has_it(string what, string schema, string sent, string stored)
    {
        TestKind kind = await server.DefineAsync(schema);
        JsonObject made = await kind.CreateAsync("a", sent);
        Assert.True(JsonNode.DeepEquals(Parse(stored), made["spec"]), $"{what}: {made["spec"]!.ToJsonString()}");
        Assert.True(JsonNode.DeepEquals(made, await Api.GetAsync(kind.Path("a"))), what);
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task What_is_wrong_is_told_in_the_words_of_clusters(string schema, string value, string expected)
    {
        TestKind kind = await server.DefineAsync($$"""{"type":"object","properties":{"f":{{schema}} } }""");
        JsonObject refused = await kind.CreateAsync("a", $$"""{"f":{{value}} }""", expect: 422);
        string[] parts = expected.Split('|', 2);
        Assert.Contains(parts[1], TestKind.Causes(refused)[parts[0]].Split(" | "));
    }

    [Fact]
    public async Task A_default_that_comes_later_is_read_and_a_rule_that_comes_later_lets_stay_what_was()
    {
        TestKind kind = await server.DefineAsync("""{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}}""");
        await kind.CreateAsync("r", """{"a":"toolong","b":"1"}""");
        await using WatchClient watch = await kind.WatchAsync();
        await kind.RedefineAsync(static definition =>
        {
            JsonNode fields = definition["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"]!;
            fields["a"]!["maxLength"] = 3;
            fields["late"] = Parse("""{"type":"string","default":"x"}""");
        });
        Assert.Null(await watch.NextAsync());
        Assert.Equal("x", (string?)(await Api.GetAsync(kind.Path("r")))["spec"]!["late"]);
        Assert.Equal("x", (string?)(await Api.GetAsync(kind.Path()))["items"]![0]!["spec"]!["late"]);
        await kind.CreateAsync("new", """{"a":"toolong"}""", expect: 422);
        await Api.MergeAsync(kind.Path("r"), Parse("""{"spec":{"b":"2"}}"""));
        await Api.MergeAsync(kind.Path("r"), Parse("""{"spec":{"a":"other-too-long"}}"""), expect: 422);
    }

    [Fact]
    public async Task One_object_is_read_and_written_under_each_version()
    {
        JsonObject schema = Map("""{"type":"object","properties":{"spec":{"type":"object","properties":{"a":{"type":"string"}}}}}""");
        TestKind kind = await server.DefineVersionsAsync(
            CustomKindServer.Version("v1", schema),
            CustomKindServer.Version("v2", schema, storage: false),
            CustomKindServer.Version("v1beta1", schema, """{"deprecated":true}""", storage: false),
            CustomKindServer.Version("v1alpha1", schema, """{"deprecated":true,"deprecationWarning":"use v1, friend"}""", storage: false),
            CustomKindServer.Version("v0", schema, """{"served":false}""", storage: false));
        await using WatchClient watch = await WatchClient.StartAsync(Api, kind.Path(version: "v2"), "");
        JsonObject first = await kind.CreateAsync("x", """{"a":"1"}""");
        JsonObject second = await Api.GetAsync(kind.Path("x", "v2"));
        Assert.Equal($"{CustomKindServer.Group}/v2", (string?)second["apiVersion"]);
        Assert.Equal((first.Uid(), first.Version()), (second.Uid(), second.Version()));
        await Api.GetAsync(kind.Path("x", "v0"), expect: 404);
        await Api.MergeAsync(kind.Path("x", "v2"), Parse("""{"spec":{"a":"2"}}"""));
        Assert.Equal("2", (string?)(await Api.GetAsync(kind.Path("x")))["spec"]!["a"]);
        Assert.Equal($"{CustomKindServer.Group}/v2", (string?)(await watch.NextAsync())!["object"]!["apiVersion"]);

        Assert.Equal("", await WarningAsync(kind.Path(version: "v1")));
        Assert.Equal(
            $"299 - \"{CustomKindServer.Group}/v1beta1 {kind.Kind} is deprecated; use {CustomKindServer.Group}/v2 {kind.Kind}\"",
            await WarningAsync(kind.Path(version: "v1beta1")));
        Assert.Equal("299 - \"use v1, friend\"", await WarningAsync(kind.Path(version: "v1alpha1")));
        JsonObject group = await Api.GetAsync($"/apis/{CustomKindServer.Group}");
        Assert.Equal("v2", (string?)group["preferredVersion"]!["version"]);
    }

    [Fact]
    public async Task Status_is_written_apart_and_the_generation_counts_the_rest()
    {
        TestKind kind = await server.DefineAsync(
            """{"type":"object","properties":{"replicas":{"type":"integer"}}}""",
            """
            {"subresources":{"status":{},"scale":{"specReplicasPath":".spec.replicas","statusReplicasPath":".status.replicas",
             "labelSelectorPath":".status.sel"}}}
            """);
        JsonObject sent = kind.Object("s", """{"replicas":2}""");
        sent["status"] = Parse("""{"replicas":9}""");
        Assert.Null((await Api.PostAsync(kind.Path(), sent))["status"]);
        JsonNode status = Parse("""{"status":{"replicas":1,"sel":"a=b"},"spec":{"replicas":7}}""");
        JsonObject told = await Api.MergeAsync(kind.Path("s") + "/status", status);
        Assert.Equal(("2", "1"), (told["spec"]!["replicas"]!.ToString(), told["metadata"]!["generation"]!.ToString()));

        JsonObject scale = await Api.GetAsync(kind.Path("s") + "/scale");
        Assert.Equal("autoscaling/v1", (string?)scale["apiVersion"]);
        Assert.Equal("""{"replicas":1,"selector":"a=b"}""", scale["status"]!.ToJsonString());
        scale["spec"]!["replicas"] = 4;
        await Api.PutAsync(kind.Path("s") + "/scale", scale);
        await Api.MergeAsync(kind.Path("s") + "/scale", Parse("""{"spec":{"replicas":6}}"""));
        await Api.MergeAsync(kind.Path("s") + "/scale", Parse("""{"spec":{"replicas":-1}}"""), expect: 422);
        JsonObject scaled = await Api.GetAsync(kind.Path("s"));
        Assert.Equal(("6", "3"), (scaled["spec"]!["replicas"]!.ToString(), scaled["metadata"]!["generation"]!.ToString()));
        Assert.Equal("1", scaled["status"]!["replicas"]!.ToString());
    }

    [Fact]
    public async Task Tables_have_the_columns_of_the_definition()
    {
        TestKind kind = await server.DefineAsync(
            """{"type":"object","properties":{"a":{"type":"string"},"n":{"type":"integer"}}}""",
            """
            {"additionalPrinterColumns":[{"name":"A","type":"string","jsonPath":".spec.a","description":"the a"},
             {"name":"N","type":"integer","jsonPath":".spec.n","priority":1},{"name":"Wrong","type":"integer","jsonPath":".spec.a"},
             {"name":"Born","type":"date","jsonPath":".metadata.creationTimestamp"}]}
            """);
        await kind.CreateAsync("t", """{"a":"x","n":3}""");
        JsonObject table = await Api.GetAsync(kind.Path(), accept: Table);
        Assert.Equal(
            ["Name string 0", "A string 0", "N integer 1", "Wrong integer 0", "Born date 0"],
            table["columnDefinitions"]!.AsArray().Select(static column => $"{column!["name"]} {column["type"]} {column["priority"]}"));
        Assert.Equal("the a", (string?)table["columnDefinitions"]![1]!["description"]);
        Assert.StartsWith("""["t","x",3,null,""", table["rows"]![0]!["cells"]!.ToJsonString(), StringComparison.Ordinal);
        TestKind plain = await server.DefineAsync("""{"type":"object"}""");
        JsonObject standard = await Api.GetAsync(plain.Path(), accept: Table);
        Assert.Equal(["Name", "Age"], standard["columnDefinitions"]!.AsArray().Select(static column => (string?)column!["name"]));
    }

    [Fact]
    public async Task Selectable_fields_select_in_lists_watches_and_deletions()
    {
        TestKind kind = await server.DefineAsync(
            """{"type":"object","properties":{"color":{"type":"string","default":"blue"},"size":{"type":"string"}}}""",
            """{"selectableFields":[{"jsonPath":".spec.color"}]}""");
        await kind.CreateAsync("a", """{"color":"blue"}""");
        await kind.CreateAsync("b", """{"color":"red"}""");
        await kind.CreateAsync("c", "{}");
        Assert.Equal("a,c", await NamesAsync(kind, "spec.color=blue"));
        Assert.Equal("b", await NamesAsync(kind, "spec.color!=blue,metadata.name=b"));
        JsonObject refused = await Api.GetAsync(kind.Path(query: "?fieldSelector=spec.size=1"), expect: 400);
        Assert.Contains("field label not supported: spec.size", refused.Message(), StringComparison.Ordinal);
        await using WatchClient watch = await kind.WatchAsync("fieldSelector=spec.color=red");
        await Api.MergeAsync(kind.Path("a"), Parse("""{"spec":{"color":"red"}}"""));
        Assert.Equal("ADDED a", await watch.NextNameAsync());
        await Api.DeleteAsync(kind.Path(query: "?fieldSelector=spec.color=red"));
        Assert.Equal("c", await NamesAsync(kind, "metadata.namespace=default"));
    }

    [Fact]
    public async Task Applied_fields_are_owned_by_the_keys_of_the_schema()
    {
        TestKind kind = await server.DefineAsync(
            """
            {"type":"object","properties":{"l":{"type":"array","items":{"type":"string"}},
             "m":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["k","p"],
                  "items":{"type":"object","required":["k"],
                           "properties":{"k":{"type":"string"},"p":{"type":"integer","default":1},"v":{"type":"string"}}}},
             "s":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"}},
             "whole":{"type":"object","x-kubernetes-map-type":"atomic","additionalProperties":{"type":"string"}}}}
            """);
        await Apply("m1", """{"m":[{"k":"a","v":"1"}],"s":["x"],"l":["1"],"whole":{"a":"1"}}""", 201);
        JsonObject both = await Apply("m2", """{"m":[{"k":"b","v":"1"}],"s":["y"]}""");
        Assert.Equal("a b", string.Join(' ', both["spec"]!["m"]!.AsArray().Select(static item => (string?)item!["k"])));
        Assert.Equal("""["x","y"]""", both["spec"]!["s"]!.ToJsonString());
        JsonObject conflict = await Apply("m3", """{"l":["2"],"m":[{"k":"a","v":"2"}],"whole":{"b":"1"}}""", 409);
        Assert.Equal(
            [".spec.l", """.spec.m[k="a",p=1].v""", ".spec.whole"],
            conflict["details"]!["causes"]!.AsArray().Select(static cause => (string)cause!["field"]!).Order(StringComparer.Ordinal));
        JsonObject less = await Apply("m1", """{"s":["x"],"l":["1"],"whole":{"a":"1"}}""");
        Assert.Equal("b", string.Join(' ', less["spec"]!["m"]!.AsArray().Select(static item => (string?)item!["k"])));

        Task<JsonObject> Apply(string manager, string spec, int expect = 200) =>
            Api.ApplyAsync(kind.Path("a"), kind.Object("a", spec), manager, expect: expect);
    }

    [Fact]
    public async Task Unknown_fields_are_refused_or_told_as_the_client_asks()
    {
        TestKind kind = await server.DefineAsync("""{"type":"object","properties":{"a":{"type":"string"}}}""");
        JsonObject refused = await kind.CreateAsync("a", """{"a":"1","zz":1,"yy":2}""", expect: 400, query: "?fieldValidation=Strict");
        const string Told = "strict decoding error: unknown field \"spec.zz\", unknown field \"spec.yy\"";
        Assert.Contains(Told, refused.Message(), StringComparison.Ordinal);
        (int code, _, var headers) = await Api.SendTextAsync(
            HttpMethod.Post, kind.Path(query: "?fieldValidation=Warn"), kind.Object("a", """{"a":"1","zz":1}""").ToJsonString());
        Assert.Equal((201, """299 - "unknown field \"spec.zz\"" """.Trim()), (code, string.Join(',', headers.GetValues("Warning"))));
        await Api.StrategicMergeAsync(kind.Path("a"), Parse("""{"spec":{"a":"2"}}"""), expect: 415);
        await Api.PutAsync(kind.Path("a"), kind.Object("a", "{}"), expect: 422);
        await Api.PostAsync(kind.Path(), Parse("""{"metadata":{"name":"typeless"}}"""), expect: 400);
    }

    [Fact]
    public async Task Custom_objects_own_and_are_owned()
    {
        TestKind kind = await server.DefineAsync("""{"type":"object"}""");
        JsonObject owner = await kind.CreateAsync("owner", "{}");
        JsonObject reference = new()
        {
            ["apiVersion"] = $"{CustomKindServer.Group}/v1", ["kind"] = kind.Kind, ["name"] = "owner", ["uid"] = owner.Uid(),
        };
        await Api.PostAsync(kind.Path(), kind.Object("owned", "{}").With("ownerReferences", new JsonArray(reference.DeepClone())));
        await Api.PostAsync(ConfigMaps("default"), ConfigMap($"of-{kind.Plural}").With("ownerReferences", new JsonArray(reference)));
        await Api.DeleteAsync(kind.Path("owner"));
        await CustomKindServer.UntilAsync("the dependents' end", async () =>
            (await Api.SendTextAsync(HttpMethod.Get, kind.Path("owned"), null)).Code == 404
            && (await Api.SendTextAsync(HttpMethod.Get, ConfigMaps("default", $"of-{kind.Plural}"), null)).Code == 404);
    }

    [Fact]
    public async Task Roles_give_custom_kinds_as_any_other()
    {
        TestKind kind = await server.DefineAsync("""{"type":"object"}""");
        Assert.Equal(403, await CodeAsAsync("bob", kind.Path()));
        JsonObject role = Meta("rbac.authorization.k8s.io/v1", "ClusterRole", $"read-{kind.Plural}");
        role["rules"] = Parse($$"""[{"apiGroups":["{{CustomKindServer.Group}}"],"resources":["{{kind.Plural}}"],"verbs":["list"]}]""");
        await Api.PostAsync("/apis/rbac.authorization.k8s.io/v1/clusterroles", role);
        JsonObject binding = Meta("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", $"read-{kind.Plural}");
        binding["roleRef"] = Parse($$"""{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"read-{{kind.Plural}}"}""");
        binding["subjects"] = Parse("""[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"bob"}]""");
        await Api.PostAsync("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", binding);
        Assert.Equal(200, await CodeAsAsync("bob", kind.Path()));
        Assert.Equal(403, await CodeAsAsync("bob", CustomKindServer.Definitions));
    }

    private async Task<int> CodeAsAsync(string user, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Impersonate-User", user);
        using HttpResponseMessage response = await Api.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)response.StatusCode;
    }

    private async Task<string> WarningAsync(string path) =>
        (await Api.SendTextAsync(HttpMethod.Get, path, null)).Headers.TryGetValues("Warning", out IEnumerable<string>? found)
            ? string.Join(',', found)
            : "";

    private async Task<string> NamesAsync(TestKind kind, string selector)
    {
        JsonObject list = await Api.GetAsync(kind.Path(query: "?fieldSelector=" + selector));
        return string.Join(',', list["items"]!.AsArray().Select(static item => item!["metadata"]!["name"]));
    }
}
