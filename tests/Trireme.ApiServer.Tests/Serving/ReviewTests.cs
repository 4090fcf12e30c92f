using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Security;
using Trireme.Contracts.Storage;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>Questions about users and access, which are answered and not stored.</summary>
public sealed class ReviewTests(SharedServer shared)
{
    private const string Authentication = "/apis/authentication.k8s.io/v1";
    private const string Authorization = "/apis/authorization.k8s.io/v1";

    private Api Api => shared.Api;

    [Fact]
    public async Task A_caller_is_told_who_it_is()
    {
        JsonObject review = await Api.PostAsync(Authentication + "/selfsubjectreviews", Map("{}"));
        Assert.Equal(
            """{"userInfo":{"username":"trireme-admin","groups":["system:masters","system:authenticated"]}}""",
            review["status"]!.ToJsonString());
        Assert.Equal(("SelfSubjectReview", "authentication.k8s.io/v1"), ((string?)review["kind"], (string?)review["apiVersion"]));
        Assert.NotNull(review["metadata"]!["creationTimestamp"]);
    }

    public static TheoryData<string, string, bool> AccessQuestions => new()
    {
        { "selfsubjectaccessreviews", """{"resourceAttributes":{"namespace":"a","verb":"list","resource":"configmaps"}}""", true },
        { "selfsubjectaccessreviews", """{"nonResourceAttributes":{"path":"/metrics","verb":"get"}}""", true },
        { "subjectaccessreviews", """{"user":"jane","resourceAttributes":{"verb":"get","resource":"secrets"}}""", false },
        { "subjectaccessreviews", """{"groups":["system:masters"],"resourceAttributes":{"verb":"*","resource":"*"}}""", true },
    };

    [Theory]
    [MemberData(nameof(AccessQuestions))]
    public async Task Access_is_what_the_authorizer_says(string kind, string spec, bool allowed)
    {
        JsonObject review = await Api.PostAsync($"{Authorization}/{kind}", Map($$"""{"spec":{{spec}}}"""));
        Assert.Equal(allowed, (bool)review["status"]!["allowed"]!);
        Assert.Equal(allowed, review["status"]!.AsObject().ContainsKey("reason"));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(spec), review["spec"]));
    }

    public static TheoryData<string, string, int, string> Refused => new()
    {
        {
            Authorization + "/selfsubjectaccessreviews", """{"spec":{}}""", 422,
            "exactly one of nonResourceAttributes or resourceAttributes"
        },
        {
            Authorization + "/selfsubjectaccessreviews",
            """{"spec":{"resourceAttributes":{"verb":"get"},"nonResourceAttributes":{"path":"/"}}}""", 422,
            "cannot be specified in combination"
        },
        {
            Authorization + "/subjectaccessreviews", """{"spec":{"resourceAttributes":{"verb":"get"}}}""", 422,
            "spec.user: Invalid value: \"\": at least one of user or group must be specified"
        },
        {
            Authorization + "/subjectaccessreviews?fieldValidation=Strict", """{"spec":{"user":"a","verb":"get"}}""", 400,
            "unknown field \"spec.verb\""
        },
        { Authorization + "/subjectaccessreviews", """{"spec":{"user":7}}""", 422, "spec.user: must be a string" },
        { Authentication + "/tokenreviews", """{"spec":{}}""", 400, "token is required for TokenReview in authentication" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_question_that_cannot_be_asked_is_refused(string path, string body, int code, string expected)
    {
        JsonObject status = await Api.PostAsync(path, Map(body), expect: code);
        Assert.Contains(expected, status.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_is_known_or_not()
    {
        string path = Authentication + "/tokenreviews";
        JsonObject known = await Api.PostAsync(path, new JsonObject { ["spec"] = new JsonObject { ["token"] = shared.Server.Token } });
        Assert.True((bool)known["status"]!["authenticated"]!);
        Assert.Equal("trireme-admin", (string?)known["status"]!["user"]!["username"]);
        JsonObject unknown = await Api.PostAsync(path, Map("""{"spec":{"token":"nonsense"}}"""));
        Assert.Equal("""{"user":{},"error":"invalid bearer token"}""", unknown["status"]!.ToJsonString());
        JsonObject elsewhere = await Api.PostAsync(path, new JsonObject
        {
            ["spec"] = new JsonObject { ["token"] = shared.Server.Token, ["audiences"] = new JsonArray("vault") },
        });
        Assert.Null(elsewhere["status"]!["authenticated"]);
    }

    [Fact]
    public async Task Reviews_can_only_be_created_and_discovery_says_so()
    {
        JsonArray kinds = (await Api.GetAsync(Authorization))["resources"]!.AsArray();
        JsonNode review = kinds.Single(kind => (string?)kind!["name"] == "subjectaccessreviews")!;
        Assert.Equal("""["create"]""", review["verbs"]!.ToJsonString());
        JsonObject aggregated = await Api.GetAsync(
            "/apis", accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json");
        Assert.Contains(aggregated["items"]!.AsArray(), group => (string?)group!["metadata"]!["name"] == "authentication.k8s.io");
        await Api.GetAsync(Authorization + "/subjectaccessreviews", expect: 405);
        await Api.DeleteAsync(Authorization + "/subjectaccessreviews/x", expect: 405);
        JsonObject document = await Api.GetAsync("/openapi/v3/apis/authorization.k8s.io/v1");
        Assert.NotNull(document["paths"]![Authorization + "/subjectaccessreviews"]!["post"]);
        await Api.SendAsync(
            HttpMethod.Post,
            Authentication + "/selfsubjectreviews",
            Map("{}"),
            expect: 201,
            accept: "application/json;as=Table;v=v1;g=meta.k8s.io");
    }

    [Fact]
    public async Task Kubectl_asks_who_it_is_and_what_it_may()
    {
        Kubectl.SkipIfAbsent();
        using var folder = new TemporaryFolder();
        var kubectl = new Kubectl(shared.Server.KubeconfigPath, "default", folder.File("cache"));
        Assert.Contains("trireme-admin", await kubectl.RunAsync("auth whoami"), StringComparison.Ordinal);
        Assert.Equal("yes\n", await kubectl.RunAsync("auth can-i get modelservices"));
        Assert.Equal("yes\n", await kubectl.RunAsync("auth can-i get /metrics"));
        const string Review = """
            apiVersion: authorization.k8s.io/v1
            kind: SubjectAccessReview
            spec: {user: jane, resourceAttributes: {verb: get, resource: secrets}}
            """;
        Assert.Equal("false", await kubectl.RunAsync("create -f - -o jsonpath={.status.allowed}", Review));
    }

    [Fact]
    public async Task Users_of_the_token_file_are_known_and_may_what_their_groups_may()
    {
        Kubectl.SkipIfAbsent();
        using var folder = new TemporaryFolder();
        PrivateFile.Write(folder.File("data", "tokens.csv"), "anns,ann,7,dev\nroots,root,,\"dev,system:masters\"\n");
        await using EmbeddedApiServer server = await EmbeddedApiServer.StartAsync(
            new EmbeddedApiServerOptions { DataFolder = folder.File("data") }, TestContext.Current.CancellationToken);
        Kubeconfig.Write(folder.File("ann"), server.BaseAddress, server.AuthorityPem, "anns");
        Kubeconfig.Write(folder.File("root"), server.BaseAddress, server.AuthorityPem, "roots");
        var ann = new Kubectl(folder.File("ann"), "default", folder.File("cache-ann"));
        Assert.Contains(
            "configmaps is forbidden: User \"ann\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"default\"",
            await ann.FailAsync("get --raw /api/v1/namespaces/default/configmaps"),
            StringComparison.Ordinal);
        Assert.Contains("Forbidden", await ann.FailAsync("get configmaps"), StringComparison.Ordinal);
        Assert.Contains("ann", await ann.RunAsync("auth whoami"), StringComparison.Ordinal);
        // "no" is an answer, which kubectl gives with exit code 1 and nothing on standard error.
        Assert.Equal("", await ann.FailAsync("auth can-i get configmaps"));
        var root = new Kubectl(folder.File("root"), "default", folder.File("cache-root"));
        await root.RunAsync("get configmaps");
        Assert.Contains("dev", await root.RunAsync("auth whoami"), StringComparison.Ordinal);
        Assert.Contains(
            "User \"ann\" cannot list resource \"configmaps\"",
            await root.FailAsync("get configmaps --as ann"),
            StringComparison.Ordinal);
    }
}
