using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Contracts.Audit;
using Trireme.Contracts.Identity;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Accounting;

public class AuditTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_is_recorded_once_after_its_answer_with_who_what_and_how()
    {
        var audit = new RecordedAudit();
        await using GatewayFixture gateway = await StartAsync(audit);
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: async context =>
        {
            gateway.Time.Advance(TimeSpan.FromSeconds(2));
            await FakeEngine.AnswerAsync(context);
        });
        gateway.Route(engine);
        DateTimeOffset sent = gateway.Time.GetUtcNow();
        gateway.Client.DefaultRequestHeaders.UserAgent.ParseAdd("tester/1");
        using HttpResponseMessage response = await gateway.PostAsync("{\"model\":\"chat\"}", header: ("x-request-id", "r-1"));
        await gateway.SettledAsync();

        AuditEvent entry = Assert.Single(audit.Events);
        Assert.Equal(("r-1", "gateway", 200, "tester/1"), (entry.Id, entry.Surface, entry.StatusCode, entry.UserAgent));
        Assert.Equal((sent, 2.0), (entry.ReceivedAt, entry.DurationSeconds));
        Assert.Equal("127.0.0.1", entry.SourceAddress);
        Assert.Equal($"apikey:team-a/{gateway.Key.Substring(4, 8)}", entry.User.Name);
        Assert.Equal("infer modelservices.trireme.dev \"chat\" in namespace \"team-a\"", entry.Access?.ToString());
        Assert.Equal("v1alpha1", entry.Access?.Version);
        Assert.True(entry.Decision?.IsAllowed);
    }

    [Theory]
    [InlineData("GET", "/v1/models", "list modelservices.trireme.dev in namespace \"team-a\"", 200)]
    [InlineData("GET", "/v1/models/chat", "get modelservices.trireme.dev \"chat\" in namespace \"team-a\"", 200)]
    [InlineData("POST", "/v2/models/nobody/infer", "infer modelservices.trireme.dev \"nobody\" in namespace \"team-a\"", 404)]
    [InlineData("POST", "/v1/nothing", null, 404)]
    public async Task Every_address_is_recorded_by_what_it_means(string method, string path, string? access, int status)
    {
        var audit = new RecordedAudit();
        await using GatewayFixture gateway = await StartAsync(audit);
        gateway.Route();
        using HttpResponseMessage response =
            await gateway.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancel);
        await gateway.SettledAsync();
        AuditEvent entry = Assert.Single(audit.Events);
        Assert.Equal((access, status), (entry.Access?.ToString(), entry.StatusCode));
    }

    [Fact]
    public async Task A_caller_without_a_key_is_recorded_as_anonymous_and_a_probe_not_at_all()
    {
        var audit = new RecordedAudit();
        await using GatewayFixture gateway = await StartAsync(audit);
        gateway.Client.DefaultRequestHeaders.Authorization = null;
        using HttpResponseMessage probe = await gateway.Client.GetAsync("/health", Cancel);
        using HttpResponseMessage response = await gateway.ChatAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        await gateway.SettledAsync();
        AuditEvent entry = Assert.Single(audit.Events);
        Assert.Equal((UserInfo.Anonymous, 401), (entry.User, entry.StatusCode));
        Assert.Null(entry.Access);
        Assert.Null(entry.Decision);
    }

    private static Task<GatewayFixture> StartAsync(RecordedAudit audit) =>
        GatewayFixture.StartAsync(configure: builder => builder.Services.AddSingleton<IAuditSink>(audit));
}
