using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Identity;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Pipeline;

public class ExceptionFenceTests
{
    private const string Begun = "data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1/embeddings")]
    [InlineData("/v2/models/chat/infer")]
    public async Task A_fault_before_the_answer_is_an_error_in_the_callers_dialect(string path)
    {
        var logs = new RecordedLogs();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(configure: builder =>
        {
            builder.Services.AddSingleton<IAuthorizer, BrokenAuthorizer>();
            builder.Logging.AddProvider(logs);
        });
        gateway.Route();
        using HttpResponseMessage response = await gateway.PostAsync("{\"model\":\"chat\"}", path, ("x-request-id", "r-7"));
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("r-7", response.Headers.GetValues("x-request-id").Single());
        JsonElement error = await GatewayFixture.ErrorAsync(response);
        bool isInference = path.StartsWith("/v2", StringComparison.Ordinal);
        Assert.Equal(isInference ? JsonValueKind.String : JsonValueKind.Object, error.ValueKind);
        string? message = isInference ? error.GetString() : error.GetProperty("message").GetString();
        Assert.Contains("r-7", message, StringComparison.Ordinal);
        if (!isInference) Assert.Equal("internal_error", error.GetProperty("code").GetString());

        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_unexpected_exceptions_total", "stage=\"authorize\""));
        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total", "code=\"500\""));
        var entry = Assert.Single(logs.Entries, entry => entry.Level == LogLevel.Error);
        Assert.Contains("r-7", entry.Message, StringComparison.Ordinal);
        Assert.IsType<DivideByZeroException>(entry.Exception);
    }

    /// <summary>As when the connection was closed to make room, which a read may tell of before the request is called aborted.</summary>
    [Fact]
    public async Task A_connection_that_breaks_is_no_fault_of_the_gateway()
    {
        var logs = new RecordedLogs();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(configure: builder =>
        {
            builder.Services.AddSingleton<IAuthorizer, BrokenConnection>();
            builder.Logging.AddProvider(logs);
        });
        gateway.Route();
        try
        {
            using HttpResponseMessage _ = await gateway.PostAsync("{\"model\":\"chat\"}");
        }
        catch (HttpRequestException)
        {
            // What such a client sees.
        }

        await gateway.SettledAsync();
        Assert.Equal(0, gateway.Metric("trireme_gateway_unexpected_exceptions_total", "stage=\"authorize\""));
        Assert.DoesNotContain(logs.Entries, entry => entry.Level == LogLevel.Error);
    }

    [Fact]
    public async Task A_fault_within_a_stream_ends_it_with_an_error_event()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: async context =>
        {
            await FakeEngine.StreamAsync(context, Begun);
            var never = new TaskCompletionSource();
            await using CancellationTokenRegistration _ = context.RequestAborted.Register(() => never.TrySetResult());
            await never.Task;
        });
        gateway.Route(engine);
        using DirectRequest direct = await StartedAsync(gateway, isStream: true);
        RequestOutcome outcome = await FenceOf(gateway).EndAsync(direct.Request, new DivideByZeroException());
        string sent = System.Text.Encoding.UTF8.GetString(direct.Answer.ToArray());
        Assert.StartsWith("data: {\"error\":{\"message\":", sent, StringComparison.Ordinal);
        Assert.EndsWith("\n\n", sent, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", sent, StringComparison.Ordinal);
        Assert.Equal((200, RequestEnd.Gateway, false), (outcome.Status, outcome.EndedBy, outcome.IsComplete));
        Assert.Equal(direct.Answer.Length, outcome.BytesToClient);
        Assert.False(Aborted(direct));
    }

    [Fact]
    public async Task A_fault_after_the_end_of_a_stream_adds_nothing_to_it()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        using DirectRequest direct = await StartedAsync(gateway, isStream: true);
        direct.Request.Progress.FinishReason = "stop";
        direct.Request.Progress.IsClosed = true;
        RequestOutcome outcome = await FenceOf(gateway).EndAsync(direct.Request, new DivideByZeroException());
        Assert.Empty(direct.Answer.ToArray());
        Assert.True(outcome.IsComplete);
    }

    [Fact]
    public async Task A_fault_within_an_unstreamed_answer_breaks_the_connection()
    {
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        using DirectRequest direct = await StartedAsync(gateway, isStream: false);
        RequestOutcome outcome = await FenceOf(gateway).EndAsync(direct.Request, new DivideByZeroException());
        Assert.Empty(direct.Answer.ToArray());
        Assert.True(Aborted(direct));
        Assert.False(outcome.IsComplete);
    }

    [Fact]
    public async Task A_fault_while_the_forwarder_streams_reaches_the_client_as_an_error_and_is_accounted_for()
    {
        var time = new FailingTime();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(
            configure: builder => builder.Services.AddSingleton<TimeProvider>(time));
        var seen = new TaskCompletionSource();
        await using FakeEngine engine = await FakeEngine.StartAsync(behave: async context =>
        {
            await FakeEngine.StreamAsync(context, Begun);
            await seen.Task;
            time.FailOnce();
            await FakeEngine.StreamAsync(context, Begun);
        });
        gateway.Route(engine);
        using HttpResponseMessage response = await gateway.ChatAsync(stream: true);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Cancel));
        string first = await reader.ReadLineAsync(Cancel) + "\n" + await reader.ReadLineAsync(Cancel) + "\n";
        seen.SetResult();
        string rest = await reader.ReadToEndAsync(Cancel);
        Assert.Equal(Begun, first);
        Assert.Contains("internal_error", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("[DONE]", rest, StringComparison.Ordinal);
        await gateway.SettledAsync();
        Assert.Equal(1, gateway.Metric("trireme_gateway_unexpected_exceptions_total", "stage=\"answer\""));
        Assert.Equal(1, gateway.Metric("trireme_gateway_broken_streams_total", "release=\"v1\""));
        Assert.Equal(1, gateway.Metric("trireme_gateway_requests_total", "release=\"v1\"", "code=\"200\""));
        Assert.Equal(0, gateway.Metric("trireme_gateway_requests_in_flight"));
    }

    private static ExceptionFence FenceOf(GatewayFixture gateway) => gateway.Services.GetRequiredService<ExceptionFence>();

    private static bool Aborted(DirectRequest direct) =>
        direct.Request.Http.Features.Get<IHttpRequestLifetimeFeature>() is AbortSeen { IsAborted: true };

    /// <summary>A request whose answer has begun.</summary>
    private static async Task<DirectRequest> StartedAsync(GatewayFixture gateway, bool isStream)
    {
        DirectRequest direct = await DirectRequest.CreateAsync(gateway, isStream, Cancel);
        IFeatureCollection features = direct.Request.Http.Features;
        features.Set<IHttpResponseFeature>(new Started());
        features.Set<IHttpRequestLifetimeFeature>(new AbortSeen());
        direct.Request.Progress.IsStream = isStream;
        return direct;
    }

    private sealed class Started : HttpResponseFeature
    {
        public override bool HasStarted => true;
    }

    private sealed class AbortSeen : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        public bool IsAborted { get; private set; }

        public void Abort() => IsAborted = true;
    }

    private sealed class BrokenAuthorizer : IAuthorizer
    {
        public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) =>
            throw new DivideByZeroException();
    }

    private sealed class BrokenConnection : IAuthorizer
    {
        public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) =>
            throw new ConnectionResetException("closed", new ConnectionAbortedException("to make room"));
    }

    /// <summary>A clock with a bug.</summary>
    private sealed class FailingTime : TimeProvider
    {
        private int _failures;

        public void FailOnce() => Volatile.Write(ref _failures, 1);

        public override long GetTimestamp() =>
            Interlocked.Exchange(ref _failures, 0) == 0 ? base.GetTimestamp() : throw new DivideByZeroException();
    }
}
