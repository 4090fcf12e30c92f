using System.Text.Json.Nodes;
using Trireme.ApiServer.Tests.Serving;
using Trireme.Contracts.Audit;
using Trireme.Contracts.Identity;
using static Trireme.ApiServer.Tests.Serving.Objects;

namespace Trireme.ApiServer.Tests.Access;

/// <summary>Who may act as whom.</summary>
public sealed class ImpersonationTests : IAsyncLifetime
{
    private AccessServer _server = null!;
    private Api _jane = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await AccessServer.StartAsync(new UserInfo { Name = "jane", Groups = ["dev"] });
        _jane = _server.As("jane");
        await _server.Admin.PostAsync("/api/v1/namespaces", Meta("v1", "Namespace", "a"));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    public static TheoryData<string, string, int, string> Impersonations => new()
    {
        // What jane may, as whom she asks, and what becomes of it.
        { Rules.None, "Impersonate-User: joe", 403, "cannot impersonate-on:user-info:list resource \"configmaps\"" },
        { Rules.Of("impersonate", "users", names: "joe"), "Impersonate-User: joe", 200, "" },
        { Rules.Of("impersonate", "users", names: "joe"), "Impersonate-User: ann", 403, "cannot impersonate-on" },
        { Rules.Of("impersonate", "users"), "Impersonate-User: joe|Impersonate-Group: g", 403, "cannot impersonate-on" },
        { Rules.Of("impersonate", "users,groups"), "Impersonate-User: joe|Impersonate-Group: g", 200, "" },
        { Rules.Of("impersonate", "users"), "Impersonate-User: joe|Impersonate-Uid: 7", 403, "cannot impersonate-on" },
        {
            Rules.Of("impersonate", "users,uids,userextras/team", ",authentication.k8s.io"),
            "Impersonate-User: joe|Impersonate-Uid: 7|Impersonate-Extra-Team: x", 200, ""
        },
        {
            Rules.Of("impersonate", "users,userextras/team", ",authentication.k8s.io"),
            "Impersonate-User: joe|Impersonate-Extra-Role: x", 403, "cannot impersonate-on"
        },
        {
            Rules.Of("impersonate:user-info", "users", "authentication.k8s.io")
                .And(Rules.Of("impersonate-on:user-info:list", "configmaps")),
            "Impersonate-User: joe", 200, ""
        },
        {
            Rules.Of("impersonate:user-info", "users", "authentication.k8s.io").And(Rules.Of("impersonate-on:user-info:get", "configmaps")),
            "Impersonate-User: joe", 403, "cannot impersonate-on:user-info:list"
        },
        {
            Rules.Of("impersonate:user-info", "*", "authentication.k8s.io").And(Rules.Of("impersonate-on:user-info:list", "configmaps")),
            "Impersonate-User: joe|Impersonate-Group: system:masters", 403, "impersonating the system:masters group is not allowed"
        },
    };

    [Theory]
    [MemberData(nameof(Impersonations))]
    public async Task Acting_as_somebody_else_is_allowed_by_rules_for_each_thing_one_wants_to_be(
        string rules, string headers, int code, string message)
    {
        await _server.GrantEverywhereAsync("jane", rules);
        await _server.GrantAsync("joe", "a", Rules.Of("list", "configmaps"));
        await _server.GrantAsync("ann", "a", Rules.Of("list", "configmaps"));
        foreach (string header in headers.Split('|'))
        {
            string[] parts = header.Split(": ");
            _jane.Http.DefaultRequestHeaders.TryAddWithoutValidation(parts[0], parts[1]);
        }

        JsonObject answer = await _jane.GetAsync(ConfigMaps("a"), expect: code);
        if (code != 200) Assert.Contains(message, answer.Message(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_audit_names_who_called_and_as_whom()
    {
        Api acting = _server.Acting(("Impersonate-User", "joe"), ("Impersonate-Group", "g1"));
        await acting.GetAsync(ConfigMaps("a"), expect: 403);
        AuditEvent entry = await _server.Audit.NextAsync(static entry => entry.Access?.User.Name == "joe");
        Assert.Equal(("trireme-admin", "joe"), (entry.User.Name, entry.ImpersonatedUser?.Name));
        Assert.Equal(["g1", "system:authenticated"], entry.ImpersonatedUser!.Groups);
        await _server.Admin.GetAsync(ConfigMaps("a"));
        Assert.Null((await _server.Audit.NextAsync(static entry => entry.StatusCode == 200)).ImpersonatedUser);
    }
}
