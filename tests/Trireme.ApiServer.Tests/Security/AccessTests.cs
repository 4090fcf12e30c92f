using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Security;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Contracts.Audit;
using Trireme.Contracts.Identity;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Security;

/// <summary>Who is let at what, in which words others are refused, and what is recorded of both.</summary>
public sealed class AccessTests : IAsyncLifetime
{
    private const string Replica = TriremeGroup + "/namespaces/rec-a/modelreplicas/x";

    private readonly RecordingAuditSink _audit = new();
    private readonly RecordingAuthorizer _authorizer = new();
    private EmbeddedApiServer _server = null!;
    private Api _admin = null!;
    private Api _jane = null!;

    public async ValueTask InitializeAsync()
    {
        var jane = new UserInfo { Name = "jane", Groups = ["dev"] };
        _server = await SharedServer.StartAnotherAsync(options => options with
        {
            Authenticators =
            [
                .. options.Authenticators,
                new StaticTokenAuthenticator(new Dictionary<string, UserInfo> { ["janes"] = jane }),
            ],
            Authorizer = _authorizer,
            AuditSink = _audit,
        });
        _admin = new Api(_server.CreateClient());
        _jane = new Api(_server.CreateClient());
        _jane.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "janes");
        _jane.Http.DefaultRequestHeaders.UserAgent.ParseAdd("curl/8");
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        _jane.Dispose();
        await _server.DisposeAsync();
    }

    public static TheoryData<string, string, string> Denials => new()
    {
        {
            "GET", "/api/v1/namespaces/rec-a/configmaps",
            "configmaps is forbidden: User \"jane\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"rec-a\""
        },
        {
            "GET", "/api/v1/namespaces/rec-a/secrets/x",
            "secrets \"x\" is forbidden: User \"jane\" cannot get resource \"secrets\" in API group \"\" in the namespace \"rec-a\""
        },
        {
            "GET", "/api/v1/nodes",
            "nodes is forbidden: User \"jane\" cannot list resource \"nodes\" in API group \"\" at the cluster scope"
        },
        { "GET", "/metrics", "forbidden: User \"jane\" cannot get path \"/metrics\"" },
        {
            "GET", "/api/v1/namespaces/rec-a/pods/x/log",
            "pods \"x\" is forbidden: User \"jane\" cannot get resource \"pods/log\" in API group \"\" in the namespace \"rec-a\""
        },
        {
            "GET", "/apis/apps/v1/deployments",
            "deployments.apps is forbidden: User \"jane\" cannot list resource \"deployments\" in API group \"apps\" at the cluster scope"
        },
        {
            "GET", TriremeGroup + "/namespaces/default/modelservices/x",
            "modelservices.trireme.dev \"x\" is forbidden: User \"jane\" cannot get resource \"modelservices\" "
            + "in API group \"trireme.dev\" in the namespace \"default\""
        },
    };

    [Theory]
    [MemberData(nameof(Denials))]
    public async Task A_refusal_is_worded_as_kubernetes_words_it(string method, string path, string message)
    {
        JsonObject status = await _jane.SendAsync(HttpMethod.Parse(method), path, null, expect: 403);
        Assert.Equal(message, status.Message());
        Assert.Equal(("Forbidden", 403), ((string?)status["reason"], (int?)status["code"]));
    }

    public static TheoryData<string, string, string> Verbs => new()
    {
        { "GET", "/api/v1/namespaces/a/configmaps?watch=true", "watch configmaps in namespace \"a\"" },
        { "GET", "/api/v1/configmaps", "list configmaps" },
        { "GET", "/api/v1/namespaces/a/configmaps/m", "get configmaps \"m\" in namespace \"a\"" },
        {
            "GET", "/api/v1/namespaces/a/configmaps?watch=1&fieldSelector=metadata.name%3Dm",
            "watch configmaps \"m\" in namespace \"a\""
        },
        { "POST", "/api/v1/namespaces/a/configmaps", "create configmaps in namespace \"a\"" },
        { "PUT", Replica + "/status", "update modelreplicas.trireme.dev/status \"x\" in namespace \"rec-a\"" },
        { "PATCH", Replica, "patch modelreplicas.trireme.dev \"x\" in namespace \"rec-a\"" },
        { "DELETE", Replica, "delete modelreplicas.trireme.dev \"x\" in namespace \"rec-a\"" },
        { "DELETE", "/api/v1/namespaces/a/configmaps", "deletecollection configmaps in namespace \"a\"" },
        { "GET", "/api/v1/namespaces", "list namespaces" },
        { "GET", "/api/v1/namespaces/a", "get namespaces \"a\" in namespace \"a\"" },
        { "PUT", "/api/v1/namespaces/a/status", "update namespaces/status \"a\" in namespace \"a\"" },
        { "GET", "/apis/trireme.dev/v1alpha1", "get /apis/trireme.dev/v1alpha1" },
        { "GET", "/api/", "get /api" },
        { "GET", "/openapi/v3", "get /openapi/v3" },
        { "OPTIONS", "/api/v1/namespaces/a/configmaps/m", "options configmaps \"m\" in namespace \"a\"" },
    };

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task The_authorizer_is_asked_once_with_the_verb_and_the_resource(string method, string path, string expected)
    {
        await _jane.SendTextAsync(HttpMethod.Parse(method), path, null);
        AccessRequest asked = Assert.Single(_authorizer.Take());
        Assert.Equal(expected, asked.ToString());
        Assert.Equal(("jane", "dev system:authenticated"), (asked.User.Name, string.Join(' ', asked.User.Groups)));
    }

    [Theory]
    [InlineData("Impersonate-User", "ann", 403)]
    [InlineData("Impersonate-Group", "dev", 400)]
    [InlineData("Impersonate-Uid", "7", 400)]
    [InlineData("Impersonate-Extra-Reason", "night", 400)]
    public async Task Who_asks_to_be_somebody_else_is_never_answered_as_themselves(string header, string value, int code)
    {
        _admin.Http.DefaultRequestHeaders.Add(header, value);
        try
        {
            await _admin.GetAsync(ConfigMaps("default"), expect: code);
        }
        finally
        {
            _admin.Http.DefaultRequestHeaders.Remove(header);
        }
    }

    [Theory]
    [InlineData("/api")]
    [InlineData("/apis")]
    [InlineData("/apis/trireme.dev/v1alpha1")]
    [InlineData("/openapi/v3")]
    public async Task Every_known_user_may_find_out_what_the_server_offers(string path) =>
        Assert.Equal(200, (await _jane.SendTextAsync(HttpMethod.Get, path, null)).Code);

    [Fact]
    public async Task Open_paths_ask_nobody()
    {
        foreach (string path in (string[])["/healthz", "/livez", "/readyz", "/version", "/version/"])
        {
            Assert.Equal(200, (await _jane.SendTextAsync(HttpMethod.Get, path, null)).Code);
        }

        Assert.Empty(_authorizer.Take());
    }

    [Fact]
    public async Task An_answered_request_is_recorded_with_the_id_its_answer_carries()
    {
        (int code, _, HttpResponseHeaders headers) = await _admin.SendTextAsync(
            HttpMethod.Post, ConfigMaps("default"), ConfigMap("audited").ToJsonString());
        Assert.Equal(201, code);
        AuditEvent entry = await _audit.NextAsync(entry => entry.Access?.Resource == "configmaps");
        Assert.Equal(entry.Id, Assert.Single(headers.GetValues("Audit-Id")));
        Assert.Equal(("apiserver", "trireme-admin", 201), (entry.Surface, entry.User.Name, entry.StatusCode));
        Assert.Equal("create configmaps in namespace \"default\"", entry.Access!.ToString());
        Assert.True(entry.Decision!.Value.IsAllowed);
        Assert.Equal("127.0.0.1", entry.SourceAddress);
        Assert.True(entry.DurationSeconds >= 0);
    }

    [Fact]
    public async Task Refused_requests_are_recorded_too()
    {
        await _jane.GetAsync(ConfigMaps("default"), expect: 403);
        AuditEvent denied = await _audit.NextAsync(entry => entry.StatusCode == 403);
        Assert.Equal(("jane", "curl/8", false), (denied.User.Name, denied.UserAgent, denied.Decision!.Value.IsAllowed));

        _jane.Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "wrong");
        await _jane.GetAsync(ConfigMaps("default"), expect: 401);
        AuditEvent unknown = await _audit.NextAsync(entry => entry.StatusCode == 401);
        Assert.Equal(("system:anonymous", null), (unknown.User.Name, unknown.Decision));
        Assert.Equal("list configmaps in namespace \"default\"", unknown.Access!.ToString());
    }

    [Fact]
    public async Task A_watch_is_recorded_when_it_ends()
    {
        WatchClient watch = await WatchClient.StartAsync(_admin, ConfigMaps("default"), "");
        await _admin.PostAsync(ConfigMaps("default"), ConfigMap("seen"));
        Assert.Equal("ADDED seen", await watch.NextNameAsync());
        await watch.DisposeAsync();
        // The creation was answered while the watch was open, so it comes first.
        AuditEvent first = await _audit.NextAsync(entry => entry.Access?.Resource == "configmaps");
        Assert.Equal("create", first.Access!.Verb);
        AuditEvent ended = await _audit.NextAsync(entry => entry.Access?.Verb == "watch");
        Assert.Equal(200, ended.StatusCode);
    }

    [Fact]
    public async Task Without_a_sink_answers_carry_an_id_as_well()
    {
        await using EmbeddedApiServer server = await SharedServer.StartAnotherAsync(options => options);
        using var api = new Api(server.CreateClient());
        (_, _, HttpResponseHeaders headers) = await api.SendTextAsync(HttpMethod.Get, ConfigMaps("default"), null);
        Assert.True(Guid.TryParse(Assert.Single(headers.GetValues("Audit-Id")), out _));
    }

    /// <summary>The built-in authorizer, with what it was asked by others than the administrator.</summary>
    private sealed class RecordingAuthorizer : IAuthorizer
    {
        private readonly BootstrapAuthorizer _inner = new();
        private readonly List<AccessRequest> _asked = [];

        public AccessRequest[] Take()
        {
            lock (_asked)
            {
                AccessRequest[] taken = [.. _asked];
                _asked.Clear();
                return taken;
            }
        }

        public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken)
        {
            lock (_asked) _asked.Add(request);
            return _inner.AuthorizeAsync(request, cancellationToken);
        }
    }
}
