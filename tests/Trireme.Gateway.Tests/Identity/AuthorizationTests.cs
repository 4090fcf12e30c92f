using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Gateway.Identity;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Tests.Harness;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Tests.Identity;

public class AuthorizationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("POST", "/v1/chat/completions", "{\"model\":\"NAME\"}")]
    [InlineData("POST", "/tokenize", "{\"model\":\"NAME\"}")]
    [InlineData("POST", "/v2/models/NAME/infer", "{}")]
    [InlineData("GET", "/v1/models/NAME", null)]
    public async Task A_service_that_may_not_be_used_is_answered_like_one_that_does_not_exist(string method, string path, string? body)
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await StartAsync(request => request.Name != "secret");
        RouteSecret(gateway, engine);
        // Both names are as far from every service that shows.
        string denied = await AnswerAsync(gateway, method, path, body, "secret");
        string unknown = await AnswerAsync(gateway, method, path, body, "absent");
        Assert.Equal(unknown.Replace("absent", "secret", StringComparison.Ordinal), denied);
        Assert.Contains("404", denied, StringComparison.Ordinal);
        Assert.Empty(engine.Received);
        await gateway.SettledAsync();
        Assert.DoesNotContain("secret", gateway.Metrics.Replace("replica=\"secret\"", "", StringComparison.Ordinal)
            .Split('\n').Where(line => line.StartsWith("trireme_gateway_requests_total", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_service_that_may_not_be_used_is_never_suggested()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await StartAsync(request => request.Name != "secret");
        RouteSecret(gateway, engine);
        string answer = await AnswerAsync(gateway, "POST", "/v1/completions", "{\"model\":\"NAME\"}", "secert");
        Assert.DoesNotContain("secret", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_that_may_not_be_seen_is_empty()
    {
        await using GatewayFixture gateway = await StartAsync(request => request.Verb != "list");
        gateway.Route();
        Assert.Equal(
            "{\"object\":\"list\",\"data\":[],\"has_more\":false,\"first_id\":null,\"last_id\":null}",
            await gateway.Client.GetStringAsync("/v1/models", Cancel));
        using HttpResponseMessage one = await gateway.Client.GetAsync("/v1/models/chat", Cancel);
        Assert.Equal(HttpStatusCode.OK, one.StatusCode);
    }

    [Fact]
    public async Task A_name_longer_than_any_objects_is_shortened_before_anyone_is_asked()
    {
        var asked = new List<string>();
        await using GatewayFixture gateway = await StartAsync(request =>
        {
            asked.Add(request.Name);
            return true;
        });
        gateway.Route();
        using HttpResponseMessage response = await gateway.PostAsync($"{{\"model\":\"{new string('m', 100_000)}\"}}");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.InRange(Assert.Single(asked).Length, 1, 253);
    }

    [Fact]
    public async Task Without_an_authorizer_of_the_hosts_a_key_opens_its_own_namespace()
    {
        UserInfo user = new ApiKeyIdentity("team-a", "id", "name").User;
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        IAuthorizer authorizer = gateway.Services.GetRequiredService<IAuthorizer>();
        var own = new AccessRequest { User = user, Verb = "infer", Resource = "modelservices", Namespace = "team-a", Name = "chat" };
        AccessDecision allowed = await authorizer.AuthorizeAsync(own, Cancel);
        Assert.True(allowed.IsAllowed);
        AccessRequest[] others =
        [
            own with { Namespace = "team-b" },
            own with { Namespace = "" },
            own with { User = UserInfo.Anonymous },
            own with { Path = "/metrics" },
        ];
        Assert.All(others, request =>
        {
            AccessDecision denied = KeyNamespaceAuthorizer.Decide(request);
            Assert.False(denied.IsAllowed);
            Assert.NotEmpty(denied.Reason);
        });
    }

    private static async Task<string> AnswerAsync(GatewayFixture gateway, string method, string path, string? body, string name)
    {
        using var message = new HttpRequestMessage(new HttpMethod(method), path.Replace("NAME", name, StringComparison.Ordinal));
        if (body is not null) message.Content = new StringContent(body.Replace("NAME", name, StringComparison.Ordinal), Encoding.UTF8);
        message.Headers.Add("x-request-id", "the-same");
        using HttpResponseMessage response = await gateway.Client.SendAsync(message, Cancel);
        var headers = response.Headers.Concat(response.Content.Headers).Where(header => header.Key != "Date")
            .Select(header => $"{header.Key}: {string.Join(',', header.Value)}").Order(StringComparer.Ordinal);
        return $"{(int)response.StatusCode}\n{string.Join('\n', headers)}\n{await response.Content.ReadAsStringAsync(Cancel)}";
    }

    private static void RouteSecret(GatewayFixture gateway, FakeEngine engine)
    {
        ModelService service = GatewayFixture.Service("secret", (GatewayFixture.HashV1, 100, [engine]));
        ModelReplica replica = GatewayFixture.Replica("secret", GatewayFixture.HashV1, engine.Endpoint);
        gateway.Routes.Update(RoutingSnapshot.Build([service], [replica with { Spec = replica.Spec with { Service = "secret" } }]));
    }

    private static Task<GatewayFixture> StartAsync(Func<AccessRequest, bool> allows) => GatewayFixture.StartAsync(
        configure: builder => builder.Services.AddSingleton<IAuthorizer>(new Rule(allows)));

    private sealed class Rule(Func<AccessRequest, bool> allows) : IAuthorizer
    {
        public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) =>
            new(allows(request) ? AccessDecision.Allow("test") : AccessDecision.Deny("test"));
    }
}
