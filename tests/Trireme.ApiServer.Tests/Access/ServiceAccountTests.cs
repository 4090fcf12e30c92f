using System.Text.Json.Nodes;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Access;

/// <summary>Accounts for programs, and what becomes of their tokens.</summary>
public sealed class ServiceAccountTests : IAsyncLifetime
{
    private const string Accounts = "/api/v1/namespaces/a/serviceaccounts";
    private const string Whoami = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

    private AccessServer _server = null!;

    private Api Admin => _server.Admin;

    public async ValueTask InitializeAsync()
    {
        _server = await AccessServer.StartAsync();
        await Admin.PostAsync("/api/v1/namespaces", Meta("v1", "Namespace", "a"));
        await Admin.PostAsync(Accounts, Meta("v1", "ServiceAccount", "robot"));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<string> TokenAsync(string spec = "{}") =>
        (string)(await Admin.PostAsync(Accounts + "/robot/token", Map($$"""{"spec":{{spec}}}""")))["status"]!["token"]!;

    [Fact]
    public async Task A_token_lets_in_its_account_with_its_groups_and_what_they_are_bound_to()
    {
        Api robot = _server.As(await TokenAsync());
        JsonNode user = (await robot.PostAsync(Whoami, Map("{}")))["status"]!["userInfo"]!;
        Assert.Equal("system:serviceaccount:a:robot", (string?)user["username"]);
        Assert.Equal(
            """["system:serviceaccounts","system:serviceaccounts:a","system:authenticated"]""", user["groups"]!.ToJsonString());
        await robot.GetAsync(ConfigMaps("a"), expect: 403);
        JsonObject binding = AccessServer.Binding("RoleBinding", "b", "ClusterRole", "view", "x");
        binding["subjects"] = Parse("""[{"kind":"ServiceAccount","name":"robot"}]""");
        await Admin.PostAsync($"{AccessServer.Rbac}/namespaces/a/rolebindings", binding);
        await robot.GetAsync(ConfigMaps("a"));
    }

    [Fact]
    public async Task A_token_ends_with_its_account_and_another_of_the_name_is_another()
    {
        Api robot = _server.As(await TokenAsync());
        await robot.GetAsync("/api");
        await Admin.DeleteAsync(Accounts + "/robot");
        await robot.GetAsync("/api", expect: 401);
        await Admin.PostAsync(Accounts, Meta("v1", "ServiceAccount", "robot"));
        await robot.GetAsync("/api", expect: 401);
    }

    [Fact]
    public async Task A_token_ends_with_the_secret_it_is_bound_to()
    {
        const string Bound = """{"boundObjectRef":{"kind":"Secret","apiVersion":"v1","name":"s"}}""";
        await Admin.PostAsync(Accounts + "/robot/token", Map($$"""{"spec":{{Bound}}}"""), expect: 404);
        await Admin.PostAsync("/api/v1/namespaces/a/secrets", Meta("v1", "Secret", "s"));
        JsonObject stale = await Admin.PostAsync(
            Accounts + "/robot/token",
            Map("""{"spec":{"boundObjectRef":{"kind":"Secret","apiVersion":"v1","name":"s","uid":"x"}}}"""),
            expect: 409);
        Assert.Contains("the UID in the bound object reference (x) does not match", stale.Message(), StringComparison.Ordinal);
        Api robot = _server.As(await TokenAsync(Bound));
        await robot.GetAsync("/api");
        await Admin.DeleteAsync("/api/v1/namespaces/a/secrets/s");
        await robot.GetAsync("/api", expect: 401);
    }

    [Fact]
    public async Task A_token_for_somebody_else_or_with_a_changed_letter_is_nobodys_here()
    {
        Api elsewhere = _server.As(await TokenAsync("""{"audiences":["vault"]}"""));
        await elsewhere.GetAsync("/api", expect: 401);
        string token = await TokenAsync();
        string[] parts = token.Split('.');
        string claims = parts[1][..^1] + (parts[1][^1] == 'A' ? 'B' : 'A');
        Api forged = _server.As($"{parts[0]}.{claims}.{parts[2]}");
        await forged.GetAsync("/api", expect: 401);
        Api unsigned = _server.As($"{parts[0]}.{parts[1]}.");
        await unsigned.GetAsync("/api", expect: 401);
    }

    [Fact]
    public async Task Tokens_are_good_over_restarts()
    {
        string token = await TokenAsync();
        await _server.RestartAsync();
        await _server.As(token).GetAsync("/api");
    }

    [Fact]
    public async Task A_token_that_is_asked_for_longer_than_the_server_gives_is_shorter_and_the_client_is_told()
    {
        (int code, string text, System.Net.Http.Headers.HttpResponseHeaders headers) = await Admin.SendTextAsync(
            HttpMethod.Post, Accounts + "/robot/token", """{"spec":{"expirationSeconds":99999999}}""");
        Assert.Equal(201, code);
        Assert.Equal(2_592_000, (int)Map(text)["spec"]!["expirationSeconds"]!);
        Assert.Contains("shortened to 2592000 seconds", Assert.Single(headers.GetValues("Warning")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_namespace_has_a_default_account_and_gets_it_back()
    {
        foreach (string name in (string[])["default", "kube-system", "a"])
        {
            string path = $"/api/v1/namespaces/{name}/serviceaccounts/default";
            await AccessServer.UntilAsync(path, async () => await IsThereAsync(path));
        }

        string uid = (await Admin.GetAsync(Accounts + "/default")).Uid();
        await Admin.DeleteAsync(Accounts + "/default");
        await AccessServer.UntilAsync("it is back", async () => await IsThereAsync(Accounts + "/default"));
        Assert.NotEqual(uid, (await Admin.GetAsync(Accounts + "/default")).Uid());
    }

    [Fact]
    public async Task A_namespace_that_goes_takes_its_accounts_along()
    {
        await Admin.DeleteAsync("/api/v1/namespaces/a");
        await AccessServer.UntilAsync("the namespace is gone", async () => !await IsThereAsync("/api/v1/namespaces/a"));
    }

    [Fact]
    public async Task Others_find_the_keys_to_check_tokens_with()
    {
        JsonObject metadata = await Admin.GetAsync("/.well-known/openid-configuration");
        Assert.Equal("https://kubernetes.default.svc.cluster.local", (string?)metadata["issuer"]);
        string keys = new Uri((string)metadata["jwks_uri"]!).AbsolutePath;
        await Admin.GetAsync(keys, expect: 406, accept: "application/json");
        JsonNode key = (await Admin.GetAsync(keys, accept: "*/*"))["keys"]![0]!;
        Assert.Equal(("EC", "ES256", "P-256"), ((string?)key["kty"], (string?)key["alg"], (string?)key["crv"]));
        string header = Map(System.Text.Encoding.UTF8.GetString(
            System.Buffers.Text.Base64Url.DecodeFromChars((await TokenAsync()).Split('.')[0])))["kid"]!.ToString();
        Assert.Equal(header, (string?)key["kid"]);
    }

    [Fact]
    public async Task Kubectl_makes_accounts_roles_bindings_and_tokens_and_asks_about_them()
    {
        Kubectl.SkipIfAbsent();
        using var folder = new TemporaryFolder();
        var kubectl = new Kubectl(_server.Server.KubeconfigPath, "a", folder.File("cache"));
        await kubectl.RunAsync("create serviceaccount ci");
        await kubectl.RunAsync("create role reader --verb=get,list --resource=configmaps,serviceaccounts/token");
        await kubectl.RunAsync("create rolebinding reads --role=reader --serviceaccount=a:ci");
        Assert.Equal("yes\n", await kubectl.RunAsync("auth can-i list configmaps --as=system:serviceaccount:a:ci"));
        Assert.Equal("", await kubectl.FailAsync("auth can-i list secrets --as=system:serviceaccount:a:ci"));
        string list = await kubectl.RunAsync("auth can-i --list --as=system:serviceaccount:a:ci");
        Assert.Contains("serviceaccounts/token", list, StringComparison.Ordinal);
        string token = (await kubectl.RunAsync("create token ci --duration=10m")).Trim();
        Assert.Contains("system:serviceaccounts:a", await kubectl.RunAsync($"auth whoami --token={token}"), StringComparison.Ordinal);
        await kubectl.RunAsync($"get configmaps --token={token}");
        string acting = await kubectl.RunAsync("auth whoami --as=joe --as-group=system:masters");
        Assert.Contains("system:masters", acting, StringComparison.Ordinal);
        const string Reconciled = """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: reader, namespace: a}
            rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
            """;
        Assert.Contains("reconciled", await kubectl.RunAsync("auth reconcile -f -", Reconciled), StringComparison.Ordinal);
        string role = await kubectl.RunAsync("get role reader -o jsonpath={.rules[*].resources}");
        Assert.Contains("secrets", role, StringComparison.Ordinal);
        Assert.Contains("configmaps", role, StringComparison.Ordinal);
        Assert.Contains("nonResourceURLs", await kubectl.RunAsync("explain clusterrole.rules"), StringComparison.Ordinal);
        Assert.Contains("Role/reader", await kubectl.RunAsync("get rolebindings -o wide"), StringComparison.Ordinal);
    }

    private async Task<bool> IsThereAsync(string path) => (await Admin.SendTextAsync(HttpMethod.Get, path, null)).Code == 200;
}
