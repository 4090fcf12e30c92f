using System.Text.Json.Nodes;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Contracts.Identity;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Access;

/// <summary>What roles and bindings give and what they do not, over the API.</summary>
public sealed class RoleTests : IAsyncLifetime
{
    private const string Rbac = AccessServer.Rbac;

    private AccessServer _server = null!;
    private Api _jane = null!;

    private Api Admin => _server.Admin;

    public async ValueTask InitializeAsync()
    {
        _server = await AccessServer.StartAsync(new UserInfo { Name = "jane", Groups = ["dev"] });
        _jane = _server.As("jane");
        await Admin.PostAsync("/api/v1/namespaces", Meta("v1", "Namespace", "a"));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    public static TheoryData<string, string, string, int> Calls => new()
    {
        { Rules.Of("list", "configmaps"), "GET", "configmaps", 200 },
        { Rules.Of("list", "configmaps"), "GET", "configmaps?watch=1&timeoutSeconds=1", 403 },
        { Rules.Of("list", "configmaps"), "GET", "configmaps/x", 403 },
        { Rules.Of("delete", "configmaps"), "DELETE", "configmaps", 403 },
        { Rules.Of("deletecollection", "configmaps"), "DELETE", "configmaps", 200 },
        { Rules.Of("get,list", "configmaps", names: "x"), "GET", "configmaps/x", 404 },
        { Rules.Of("get,list", "configmaps", names: "x"), "GET", "configmaps/y", 403 },
        { Rules.Of("get,list", "configmaps", names: "x"), "GET", "configmaps", 403 },
        {
            Rules.Of("get,list", "configmaps", names: "x"), "GET",
            "configmaps?fieldSelector=metadata.name%3Dx", 200
        },
        // A comma after a backslash belongs to the value: this selects all but one type, and no name.
        { Rules.Of("get,list", "secrets", names: "x"), "GET", @"secrets?fieldSelector=type!%3D\,metadata.name%3Dx", 403 },
        { Rules.Of("*", "serviceaccounts"), "POST", "serviceaccounts/default/token", 403 },
        { Rules.Of("create", "serviceaccounts/token"), "POST", "serviceaccounts/default/token", 201 },
        { Rules.Of("create", "*/token"), "POST", "serviceaccounts/default/token", 201 },
        { Rules.Of("*", "*", "*"), "GET", "secrets", 200 },
        { Rules.Of("*", "*", "apps"), "GET", "secrets", 403 },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_role_gives_its_verbs_on_its_resources(string rules, string method, string path, int code)
    {
        await _server.GrantAsync("jane", "a", rules);
        string? body = method == "POST" ? """{"spec":{}}""" : null;
        (int answered, string text, _) = await _jane.SendTextAsync(HttpMethod.Parse(method), "/api/v1/namespaces/a/" + path, body);
        Assert.True(answered == code, text);
        if (code == 403) return;
        // The role holds in its namespace alone.
        (int elsewhere, _, _) = await _jane.SendTextAsync(HttpMethod.Parse(method), "/api/v1/namespaces/default/" + path, body);
        Assert.Equal(403, elsewhere);
    }

    [Fact]
    public async Task A_rule_counts_from_the_answer_to_its_writing_on_and_until_that_to_its_removal()
    {
        for (int i = 0; i < 20; i++)
        {
            await _jane.GetAsync(ConfigMaps("a"), expect: 403);
            JsonObject binding = await _server.BindAsync("jane", "a", "ClusterRole", "view");
            await _jane.GetAsync(ConfigMaps("a"));
            await Admin.DeleteAsync($"{Rbac}/namespaces/a/rolebindings/{(string)binding["metadata"]!["name"]!}");
        }

        await _jane.GetAsync(ConfigMaps("a"), expect: 403);
    }

    [Fact]
    public async Task Applying_an_object_that_is_not_there_needs_the_verb_create()
    {
        await _server.GrantAsync("jane", "a", Rules.Of("get,patch", "configmaps"));
        JsonObject refused = await _jane.ApplyAsync(ConfigMaps("a", "new"), ConfigMap("new"), "m", expect: 403);
        Assert.Equal(
            "configmaps \"new\" is forbidden: User \"jane\" cannot create resource \"configmaps\" in API group \"\" in the namespace \"a\"",
            refused.Message());
        await Admin.PostAsync(ConfigMaps("a"), ConfigMap("new"));
        await _jane.ApplyAsync(ConfigMaps("a", "new"), ConfigMap("new"), "m");
    }

    public static TheoryData<string, string, string> Invalid => new()
    {
        {
            "roles", """{"rules":[{"apiGroups":[""],"resources":["pods"]}]}""",
            "rules[0].verbs: Required value: verbs must contain at least one value"
        },
        {
            "roles", """{"rules":[{"verbs":["get"],"resources":["pods"]}]}""",
            "rules[0].apiGroups: Required value: resource rules must supply at least one api group"
        },
        {
            "roles", """{"rules":[{"verbs":["get"],"apiGroups":[""]}]}""",
            "rules[0].resources: Required value: resource rules must supply at least one resource"
        },
        {
            "roles", """{"rules":[{"verbs":["get"],"nonResourceURLs":["/x"]}]}""",
            "rules[0].nonResourceURLs: Invalid value: [\"/x\"]: namespaced rules cannot apply to non-resource URLs"
        },
        {
            "clusterroles", """{"rules":[{"verbs":["get"],"nonResourceURLs":["/x"],"resources":["pods"]}]}""",
            "rules[0].nonResourceURLs: Invalid value: [\"/x\"]: rules cannot apply to both regular resources and non-resource URLs"
        },
        {
            "clusterroles", """{"aggregationRule":{"clusterRoleSelectors":[]}}""",
            "aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil"
        },
        {
            "clusterroles", """{"aggregationRule":{"clusterRoleSelectors":[{"matchExpressions":[{"key":"a","operator":"Of"}]}]}}""",
            "aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Invalid value: \"Of\": not a valid selector operator"
        },
        { "rolebindings", """{"roleRef":{"kind":"Role"}}""", "roleRef.name: Required value" },
        {
            "rolebindings", """{"roleRef":{"kind":"X","name":"r"}}""",
            "roleRef.kind: Unsupported value: \"X\": supported values: \"Role\", \"ClusterRole\""
        },
        {
            "clusterrolebindings", """{"roleRef":{"kind":"Role","name":"r"}}""",
            "roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\""
        },
        {
            "rolebindings", """{"roleRef":{"kind":"Role","name":"r","apiGroup":"x"}}""",
            "roleRef.apiGroup: Unsupported value: \"x\": supported values: \"rbac.authorization.k8s.io\""
        },
        {
            "rolebindings", """{"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"Bogus","name":"x"}]}""",
            "subjects[0].kind: Unsupported value: \"Bogus\": supported values: \"ServiceAccount\", \"User\", \"Group\""
        },
        { "rolebindings", """{"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"User"}]}""", "subjects[0].name: Required value" },
        {
            "rolebindings", """{"roleRef":{"kind":"Role","name":"r"},"subjects":[{"kind":"ServiceAccount","name":"x","apiGroup":"y"}]}""",
            "subjects[0].apiGroup: Unsupported value: \"y\": supported values: \"\""
        },
        {
            "clusterrolebindings", """{"roleRef":{"kind":"ClusterRole","name":"r"},"subjects":[{"kind":"ServiceAccount","name":"x"}]}""",
            "subjects[0].namespace: Required value"
        },
    };

    [Theory]
    [MemberData(nameof(Invalid))]
    public async Task What_no_role_or_binding_can_say_is_refused_in_kubernetes_words(string plural, string body, string expected)
    {
        string path = plural.StartsWith("cluster", StringComparison.Ordinal) ? $"{Rbac}/{plural}" : $"{Rbac}/namespaces/a/{plural}";
        JsonObject document = Map(body);
        document["metadata"] = new JsonObject { ["name"] = "system:x" };
        JsonObject status = await Admin.PostAsync(path, document, expect: 422);
        Assert.EndsWith(": " + expected, status.Message(), StringComparison.Ordinal);
        string field = (string)status["details"]!["causes"]![0]!["field"]!;
        Assert.StartsWith(field, expected, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string?> Escalations => new()
    {
        // What jane has, what she wants to give, and the rule she lacks.
        { Rules.None, Rules.Of("get,list", "pods"), """{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}""" },
        {
            Rules.Of("*", "pods"),
            Rules.Of("get", "pods").And(Rules.Of("get", "jobs", "apps", "j")),
            """{APIGroups:["apps"], Resources:["jobs"], ResourceNames:["j"], Verbs:["get"]}"""
        },
        {
            Rules.Of("get", "pods", names: "p"),
            Rules.Of("get", "pods"),
            """{APIGroups:[""], Resources:["pods"], Verbs:["get"]}"""
        },
        { Rules.Of("get", "*/log"), Rules.Of("get", "pods/log"), null },
        { Rules.Of("get", "*", "*"), Rules.Of("get", "y", "x"), null },
        { Rules.Of("escalate", "roles", "rbac.authorization.k8s.io"), Rules.Of("get", "pods"), null },
    };

    [Theory]
    [MemberData(nameof(Escalations))]
    public async Task Nobody_writes_a_role_with_more_than_they_have(string held, string wanted, string? lacked)
    {
        await _server.GrantAsync("jane", "a", Rules.Of("create", "roles", "rbac.authorization.k8s.io"));
        await _server.GrantAsync("jane", "a", held);
        JsonObject role = Meta("rbac.authorization.k8s.io/v1", "Role", "more");
        role["rules"] = Parse(wanted);
        JsonObject answer = await _jane.PostAsync($"{Rbac}/namespaces/a/roles", role, expect: lacked is null ? 201 : 403);
        if (lacked is null) return;
        Assert.Equal(
            "roles.rbac.authorization.k8s.io \"more\" is forbidden: user \"jane\" (groups=[\"dev\" \"system:authenticated\"]) is "
            + $"attempting to grant RBAC permissions not currently held:\n{lacked}",
            answer.Message());
    }

    [Fact]
    public async Task Nobody_binds_a_role_with_more_than_they_have_but_by_the_verb_bind()
    {
        string path = $"{Rbac}/namespaces/a/rolebindings";
        await _server.GrantAsync("jane", "a", Rules.Of("create", "rolebindings", "rbac.authorization.k8s.io"));
        JsonObject view = AccessServer.Binding("RoleBinding", "b", "ClusterRole", "view", "joe");
        JsonObject refused = await _jane.PostAsync(path, view, expect: 403);
        Assert.Contains("RBAC permissions not currently held:\n{APIGroups:[\"\"], Resources:", refused.Message(), StringComparison.Ordinal);
        JsonObject missing = await _jane.PostAsync(path, AccessServer.Binding("RoleBinding", "b", "Role", "none", "joe"), expect: 404);
        Assert.Equal("roles.rbac.authorization.k8s.io \"none\" not found", missing.Message());

        string bind = Rules.Of("bind", "clusterroles", "rbac.authorization.k8s.io", "view");
        await _server.GrantAsync("jane", "a", bind);
        await _jane.PostAsync(path, view);
        await _jane.PostAsync(path, AccessServer.Binding("RoleBinding", "c", "ClusterRole", "edit", "joe"), expect: 403);
    }

    [Fact]
    public async Task Only_who_may_everything_gathers_roles_by_labels()
    {
        await _server.GrantEverywhereAsync("jane", Rules.Of("*", "*", "*"));
        JsonObject role = Meta("rbac.authorization.k8s.io/v1", "ClusterRole", "gathers");
        role["aggregationRule"] = Parse("""{"clusterRoleSelectors":[{"matchLabels":{"part":"x"}}]}""");
        JsonObject binding = Map("""{"rules":[{"verbs":["get"],"apiGroups":["x"],"resources":["y"]}]}""");
        JsonObject part = Meta("rbac.authorization.k8s.io/v1", "ClusterRole", "part").With("labels", Parse("""{"part":"x"}"""));
        await Admin.PostAsync($"{Rbac}/clusterroles", part);
        JsonObject made = await _jane.PostAsync($"{Rbac}/clusterroles", role);
        Assert.NotNull(made["aggregationRule"]);

        await Admin.MergeAsync($"{Rbac}/clusterroles/part", binding);
        await AccessServer.UntilAsync("the rules are gathered", async () =>
            (await Admin.GetAsync($"{Rbac}/clusterroles/gathers"))["rules"]?.AsArray() is [{ } rule]
            && (string?)rule["apiGroups"]![0] == "x");
        await Admin.DeleteAsync($"{Rbac}/clusterroles/part");
        await AccessServer.UntilAsync("they go with their role", async () =>
            (await Admin.GetAsync($"{Rbac}/clusterroles/gathers"))["rules"]!.AsArray().Count == 0);
    }

    [Fact]
    public async Task Gathering_is_refused_to_who_may_less_than_everything()
    {
        await _server.GrantEverywhereAsync("jane", Rules.Of("create,patch", "*", "rbac.authorization.k8s.io"));
        JsonObject role = Meta("rbac.authorization.k8s.io/v1", "ClusterRole", "gathers");
        role["aggregationRule"] = Parse("""{"clusterRoleSelectors":[{"matchLabels":{"part":"x"}}]}""");
        JsonObject refused = await _jane.PostAsync($"{Rbac}/clusterroles", role, expect: 403);
        Assert.EndsWith("must have cluster-admin privileges to use an aggregationRule", refused.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Default_roles_are_whole_again_after_a_start_and_what_was_added_stays()
    {
        string view = $"{Rbac}/clusterroles/system:discovery";
        await Admin.MergeAsync(view, Map("""{"rules":[{"verbs":["get"],"nonResourceURLs":["/extra"]}]}"""));
        await Admin.DeleteAsync($"{Rbac}/clusterrolebindings/system:basic-user");
        string kept = $"{Rbac}/clusterroles/system:monitoring";
        const string Left = """{"metadata":{"annotations":{"rbac.authorization.kubernetes.io/autoupdate":"false"}},"rules":[]}""";
        await Admin.MergeAsync(kept, Map(Left));
        await _server.RestartAsync();
        string rules = (await Admin.GetAsync(view))["rules"]!.ToJsonString();
        Assert.Contains("/extra", rules, StringComparison.Ordinal);
        Assert.Contains("/openapi/*", rules, StringComparison.Ordinal);
        await Admin.GetAsync($"{Rbac}/clusterrolebindings/system:basic-user");
        Assert.Empty((await Admin.GetAsync(kept))["rules"]!.AsArray());
    }

    [Theory]
    [InlineData("view", "get", "secrets", false)]
    [InlineData("view", "get", "modelservices", true)]
    [InlineData("view", "infer", "modelservices", false)]
    [InlineData("view", "create", "modelservices", false)]
    [InlineData("edit", "infer", "modelservices", true)]
    [InlineData("edit", "get", "secrets", true)]
    [InlineData("edit", "create", "modelservices", true)]
    [InlineData("edit", "create", "rolebindings", false)]
    [InlineData("admin", "create", "rolebindings", true)]
    [InlineData("admin", "create", "modelservices", true)]
    [InlineData("trireme:infer", "infer", "modelservices", true)]
    [InlineData("trireme:infer", "get", "modelservices", false)]
    public async Task The_roles_for_people_give(string role, string verb, string resource, bool allowed)
    {
        await _server.BindAsync("jane", "a", "ClusterRole", role);
        string group = resource switch { "modelservices" => "trireme.dev", "rolebindings" => "rbac.authorization.k8s.io", _ => "" };
        var asked = new JsonObject { ["namespace"] = "a", ["verb"] = verb, ["group"] = group, ["resource"] = resource };
        JsonObject review = await Admin.PostAsync(
            "/apis/authorization.k8s.io/v1/subjectaccessreviews",
            new JsonObject { ["spec"] = new JsonObject { ["user"] = "jane", ["resourceAttributes"] = asked } });
        Assert.Equal(allowed, (bool)review["status"]!["allowed"]!);
    }

    [Fact]
    public async Task Tables_show_roles_and_whom_they_are_bound_to()
    {
        JsonObject binding = AccessServer.Binding("RoleBinding", "b", "ClusterRole", "view", "joe");
        binding["subjects"]!.AsArray().Add(Parse("""{"kind":"Group","name":"g"}"""));
        binding["subjects"]!.AsArray().Add(Parse("""{"kind":"ServiceAccount","name":"s","namespace":"a"}"""));
        await Admin.PostAsync($"{Rbac}/namespaces/a/rolebindings", binding);
        const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io";
        JsonObject bindings = await Admin.GetAsync($"{Rbac}/namespaces/a/rolebindings", accept: Table);
        JsonArray cells = bindings["rows"]![0]!["cells"]!.AsArray();
        Assert.Equal(["b", "ClusterRole/view", "joe", "g", "a/s"], cells.Where((_, i) => i != 2).Select(static cell => (string)cell!));
        JsonObject roles = await Admin.GetAsync($"{Rbac}/clusterroles?limit=1", accept: Table);
        Assert.Equal("Created At", (string?)roles["columnDefinitions"]![1]!["name"]);
        Assert.EndsWith("Z", (string?)roles["rows"]![0]!["cells"]![1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_is_missing_is_named_in_the_refusal()
    {
        await _server.BindAsync("jane", "a", "Role", "gone");
        JsonObject refused = await _jane.GetAsync(ConfigMaps("a"), expect: 403);
        Assert.EndsWith(": RBAC: role.rbac.authorization.k8s.io \"gone\" not found", refused.Message(), StringComparison.Ordinal);
    }
}
