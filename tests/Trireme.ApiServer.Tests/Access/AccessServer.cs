using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Security;
using Trireme.ApiServer.Tests.Security;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Contracts.Identity;
using Trireme.Testing;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Access;

/// <summary>A server with roles, a few users by their tokens and an administrator who makes the rules.</summary>
internal sealed class AccessServer : IAsyncDisposable
{
    public const string Rbac = "/apis/rbac.authorization.k8s.io/v1";

    private readonly TemporaryFolder _folder = new();
    private readonly List<Api> _clients = [];
    private readonly Dictionary<string, UserInfo> _users;

    private AccessServer(Dictionary<string, UserInfo> users) => _users = users;

    public EmbeddedApiServer Server { get; private set; } = null!;

    public RecordingAuditSink Audit { get; } = new();

    public Api Admin { get; private set; } = null!;

    /// <summary>Starts one whose users have their names as tokens.</summary>
    public static async Task<AccessServer> StartAsync(params UserInfo[] users)
    {
        var server = new AccessServer(users.ToDictionary(static user => user.Name));
        await server.StartAsync();
        return server;
    }

    /// <summary>Stops and starts again over the same data.</summary>
    public async Task RestartAsync()
    {
        await Server.DisposeAsync();
        await StartAsync();
    }

    /// <summary>A client with a token.</summary>
    public Api As(string token)
    {
        var api = new Api(Server.CreateClient());
        api.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _clients.Add(api);
        return api;
    }

    /// <summary>The administrator's client, acting as somebody else.</summary>
    public Api Acting(params (string Header, string Value)[] headers)
    {
        Api api = As(Server.Token);
        foreach ((string header, string value) in headers) api.Http.DefaultRequestHeaders.TryAddWithoutValidation(header, value);
        return api;
    }

    /// <summary>Gives a user a role of a namespace with these rules.</summary>
    public async Task GrantAsync(string user, string @namespace, string rules)
    {
        string name = $"{user}-{Guid.NewGuid():n}".Replace(":", "-", StringComparison.Ordinal);
        JsonObject role = Meta("rbac.authorization.k8s.io/v1", "Role", name);
        role["rules"] = Parse(rules);
        await Admin.PostAsync($"{Rbac}/namespaces/{@namespace}/roles", role);
        await BindAsync(user, @namespace, "Role", name);
    }

    /// <summary>Gives a user a ClusterRole with these rules everywhere.</summary>
    public async Task GrantEverywhereAsync(string user, string rules)
    {
        string name = $"{user}-{Guid.NewGuid():n}";
        JsonObject role = Meta("rbac.authorization.k8s.io/v1", "ClusterRole", name);
        role["rules"] = Parse(rules);
        await Admin.PostAsync($"{Rbac}/clusterroles", role);
        await Admin.PostAsync($"{Rbac}/clusterrolebindings", Binding("ClusterRoleBinding", name, "ClusterRole", name, user));
    }

    public Task<JsonObject> BindAsync(string user, string @namespace, string kind, string role) => Admin.PostAsync(
        $"{Rbac}/namespaces/{@namespace}/rolebindings", Binding("RoleBinding", $"b-{Guid.NewGuid():n}", kind, role, user));

    public static JsonObject Binding(string bindingKind, string name, string roleKind, string role, string user)
    {
        JsonObject binding = Meta("rbac.authorization.k8s.io/v1", bindingKind, name);
        binding["roleRef"] = new JsonObject { ["apiGroup"] = "rbac.authorization.k8s.io", ["kind"] = roleKind, ["name"] = role };
        binding["subjects"] = new JsonArray(new JsonObject { ["kind"] = "User", ["name"] = user });
        return binding;
    }

    /// <summary>Waits for what the server does by itself.</summary>
    public static Task UntilAsync(string awaited, Func<Task<bool>> probe) =>
        Eventually.True(awaited, TimeSpan.FromSeconds(10), probe, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (Api client in _clients) client.Dispose();
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    private async Task StartAsync()
    {
        var users = new StaticTokenAuthenticator(_users);
        Server = await EmbeddedApiServer.StartAsync(
            new EmbeddedApiServerOptions
            {
                DataFolder = _folder.File("data"),
                Configure = options => TestAccess.To(options) with
                {
                    Authenticators = [.. options.Authenticators, users],
                    AuditSink = Audit,
                },
            },
            TestContext.Current.CancellationToken);
        Admin = As(Server.Token);
    }
}
