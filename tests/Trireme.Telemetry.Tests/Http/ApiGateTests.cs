using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Contracts.Audit;
using Trireme.Contracts.Http;
using Trireme.Contracts.Identity;
using Trireme.Telemetry.Queries;
using Trireme.Testing;

namespace Trireme.Telemetry.Tests.Http;

public sealed class ApiGateTests : IAuthorizer, IAuditSink, ITokenAuthenticator
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(15);
    private static readonly UserInfo Reader = new() { Name = "reader", Groups = [WellKnownGroups.Authenticated] };

    private readonly ConcurrentQueue<AuditEvent> _events = [];

    [Theory]
    [InlineData("GET", "/api/v1/nothing")]
    [InlineData("GET", "/api/v1/status/nothing")]
    [InlineData("GET", "/api/v1")]
    [InlineData("GET", "/api/v1/")]
    [InlineData("GET", "/api/v1/query/more")]
    [InlineData("OPTIONS", "/api/v1/nothing/")]
    [InlineData("DELETE", "/api/v1/admin/tsdb/delete_series")]
    public async Task What_the_API_has_not_is_said_in_JSON(string method, string path)
    {
        await using TelemetryHost host = await TelemetryHost.StartAsync();
        (HttpStatusCode status, string type, string message) = await SendAsync(host, method, path);
        Assert.Equal((HttpStatusCode.NotFound, "not_found"), (status, type));
        Assert.StartsWith(path + " is not part of the query API", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slash_at_the_end_makes_no_other_address()
    {
        await using TelemetryHost host = await TelemetryHost.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("/api/v1/query/?query=1")).Status);
        Assert.Equal(HttpStatusCode.OK, (await host.GetAsync("/api/v1/label/job/values/")).Status);
    }

    [Fact]
    public async Task A_wrong_method_is_said_in_JSON()
    {
        await using TelemetryHost host = await TelemetryHost.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Put, host.Address + "/api/v1/query");
        using HttpResponseMessage response = await host.SendAsync(request);
        Assert.Equal(["GET", "POST"], response.Content.Headers.Allow);
        (HttpStatusCode status, _, string message) = await SendAsync(host, "DELETE", "/api/v1/label/job/values");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, status);
        Assert.Equal("/api/v1/label/job/values takes GET and POST, not DELETE", message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_longer_than_the_server_takes_is_said_in_JSON(bool isChunked)
    {
        await using TelemetryHost host = await TelemetryHost.StartAsync(configure: static services =>
            services.Configure<KestrelServerOptions>(static kestrel => kestrel.Limits.MaxRequestBodySize = 10_000));
        using var request = new HttpRequestMessage(HttpMethod.Post, host.Address + "/api/v1/query")
        {
            Content = new FormUrlEncodedContent([KeyValuePair.Create("query", new string('1', 12_000))]),
        };
        request.Headers.TransferEncodingChunked = isChunked;
        using HttpResponseMessage response = await host.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        using JsonDocument json = JsonDocument.Parse(
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("error", json.RootElement.GetProperty("status").GetString());
        Assert.Equal("bad_data", json.RootElement.GetProperty("errorType").GetString());
        Assert.StartsWith("error parsing form values: ", json.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_login_everybody_who_reaches_the_listener_may_read_and_is_recorded()
    {
        await using TelemetryHost host = await TelemetryHost.StartAsync(configure: Audited);
        using var request = new HttpRequestMessage(HttpMethod.Get, host.Address + "/api/v1/query?query=1");
        request.Headers.UserAgent.ParseAdd("test/1");
        using HttpResponseMessage response = await host.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        AuditEvent entry = await EventAsync();
        Assert.Equal(response.Headers.GetValues(TriremeHeaders.RequestId).Single(), entry.Id);
        Assert.Equal(("telemetry", "system:anonymous", "test/1", 200), (entry.Surface, entry.User.Name, entry.UserAgent, entry.StatusCode));
        Assert.Equal("get /api/v1/query", entry.Access!.ToString());
        Assert.True(entry.Decision!.Value.IsAllowed);
        Assert.Equal("127.0.0.1", entry.SourceAddress);
    }

    [Theory]
    [InlineData("/api/v1/query?query=1")]
    [InlineData("/api/v1/query_range?query=1&start=0&end=1&step=1")]
    [InlineData("/api/v1/series?match[]=up")]
    [InlineData("/api/v1/labels")]
    [InlineData("/api/v1/label/job/values")]
    [InlineData("/api/v1/metadata")]
    [InlineData("/api/v1/targets")]
    [InlineData("/api/v1/status/buildinfo")]
    [InlineData("/api/v1/status/tsdb")]
    [InlineData("/api/v1/nothing")]
    public async Task Every_route_asks_the_authorizer_once(string path)
    {
        await using TelemetryHost host = await TelemetryHost.StartAsync(configure: services =>
        {
            Audited(services);
            services.AddSingleton<IAuthorizer>(this);
        });
        (HttpStatusCode status, string type, string message) = await SendAsync(host, "GET", path);
        Assert.Equal((HttpStatusCode.Forbidden, "forbidden"), (status, type));
        Assert.Equal($"user \"system:anonymous\" may not get {path.Split('?')[0]}: readers only", message);
        AuditEvent entry = await EventAsync();
        Assert.Equal((403, false), (entry.StatusCode, entry.Decision!.Value.IsAllowed));
        Assert.Empty(_events);
    }

    [Fact]
    public async Task Where_tokens_are_checked_their_user_is_who_calls()
    {
        await using TelemetryHost host = await TelemetryHost.StartAsync(configure: services =>
        {
            Audited(services);
            services.AddSingleton<IAuthorizer>(this).AddSingleton<ITokenAuthenticator>(this);
        });
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(host, "Bearer good"));
        Assert.Equal("reader", (await EventAsync()).User.Name);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, "Bearer bad"));
        AuditEvent unknown = await EventAsync();
        Assert.Equal((401, null, null), (unknown.StatusCode, unknown.Access, unknown.Decision));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(host, "Basic eDp5"));
        await EventAsync();
    }

    [Fact]
    public async Task A_fault_inside_is_JSON_too_and_recorded()
    {
        await using TelemetryHost host = await TelemetryHost.StartAsync(configure: services =>
        {
            Audited(services);
            services.AddSingleton<IQueryEngine>(new BrokenEngine());
        });
        (HttpStatusCode status, string type, _) = await SendAsync(host, "GET", "/api/v1/query?query=1");
        Assert.Equal((HttpStatusCode.InternalServerError, "internal"), (status, type));
        Assert.Equal(500, (await EventAsync()).StatusCode);
    }

    ValueTask<AccessDecision> IAuthorizer.AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(request.User.Name == "reader" ? AccessDecision.Allow("a reader") : AccessDecision.Deny("readers only"));

    ValueTask<UserInfo?> ITokenAuthenticator.AuthenticateAsync(string token, CancellationToken cancellationToken) =>
        ValueTask.FromResult(token == "good" ? Reader : null);

    void IAuditSink.Record(AuditEvent entry) => _events.Enqueue(entry);

    private void Audited(IServiceCollection services) => services.AddSingleton<IAuditSink>(this);

    /// <summary>The event is written after the answer, which the client may see first.</summary>
    private async Task<AuditEvent> EventAsync()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await Eventually.True("an event was recorded", Deadline, () => Task.FromResult(!_events.IsEmpty), token);
        Assert.True(_events.TryDequeue(out AuditEvent? entry));
        return entry;
    }

    private static async Task<HttpStatusCode> StatusAsync(TelemetryHost host, string authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, host.Address + "/api/v1/query?query=1");
        request.Headers.Authorization = AuthenticationHeaderValue.Parse(authorization);
        using HttpResponseMessage response = await host.SendAsync(request);
        return response.StatusCode;
    }

    private static async Task<(HttpStatusCode Status, string Type, string Message)> SendAsync(
        TelemetryHost host,
        string method,
        string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), host.Address + path);
        using HttpResponseMessage response = await host.SendAsync(request);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        using JsonDocument json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        JsonElement root = json.RootElement;
        Assert.Equal("error", root.GetProperty("status").GetString());
        return (response.StatusCode, root.GetProperty("errorType").GetString()!, root.GetProperty("error").GetString()!);
    }

    private sealed class BrokenEngine : IQueryEngine
    {
        public Task<QueryResult> QueryAsync(string expression, DateTimeOffset at, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("broken");

        public Task<QueryResult> QueryRangeAsync(
            string expression,
            DateTimeOffset start,
            DateTimeOffset end,
            TimeSpan step,
            CancellationToken cancellationToken) =>
            throw new InvalidOperationException("broken");
    }
}
