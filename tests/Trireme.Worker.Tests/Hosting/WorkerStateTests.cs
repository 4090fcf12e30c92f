using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Http;
using Trireme.Contracts.Metrics;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Tests.Hosting;

/// <summary>The real server over a life that the test directs.</summary>
public sealed class WorkerStateTests : IAsyncLifetime
{
    private const int MaxConnections = 8;

    private readonly WorkerLifecycle _lifecycle = new();
    private WebApplication? _application;
    private HttpClient? _http;

    public async ValueTask InitializeAsync()
    {
        var options = new WorkerOptions { ModelPath = "tiny" };
        var identity = new WorkerIdentity(options);
        var metrics = new MetricRegistry();
        NullLoggerFactory loggers = NullLoggerFactory.Instance;
        var serving = new TokenServing(options, identity, _lifecycle, metrics, loggers, TimeProvider.System);
        _application = new WorkerApplication(identity, _lifecycle, serving, metrics, loggers, TimeProvider.System)
        {
            MaxConnections = MaxConnections,
        }.Build(new IPEndPoint(IPAddress.Loopback, 0));
        await _application.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri(_application.Urls.First()) };
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_application is not null) await _application.DisposeAsync();
    }

    [Fact]
    public async Task A_worker_answers_for_itself_while_it_loads()
    {
        Reply health = await GetAsync("/health");
        Reply refused = await PostAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.Status);
        Assert.Equal("loading", health.Json.GetProperty("state").GetString());
        Assert.Equal("loading", refused.Error.GetProperty("code").GetString());
        Assert.NotNull(refused.Response.Headers.RetryAfter);
        Assert.Equal("{\"running\":0,\"waiting\":0,\"server_load\":0}", (await GetAsync("/load")).Body);
        Assert.Equal("{\"stages\":[]}", (await GetAsync("/startup")).Body);
        Assert.False(health.Response.Headers.Contains(TriremeHeaders.Release));
    }

    [Fact]
    public async Task A_failed_worker_says_what_failed()
    {
        _lifecycle.Fail("The weights are gone.");

        Reply health = await GetAsync("/health");
        Reply refused = await PostAsync();

        Assert.Equal("failed", health.Json.GetProperty("state").GetString());
        Assert.Equal("The weights are gone.", health.Json.GetProperty("message").GetString());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Equal("The weights are gone.", refused.Error.GetProperty("message").GetString());
    }

    [Fact]
    public async Task Silent_connections_make_room_for_who_asks()
    {
        var silent = new List<Socket>();
        try
        {
            for (int i = 0; i < 3 * MaxConnections; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                silent.Add(socket);
                await socket.ConnectAsync(IPAddress.Loopback, _http!.BaseAddress!.Port, TestContext.Current.CancellationToken);
            }

            Reply health = await GetAsync("/health");
            Assert.Equal("loading", health.Json.GetProperty("state").GetString());

            // The first of them was closed for it.
            int read = await silent[0].ReceiveAsync(new byte[1], TestContext.Current.CancellationToken);
            Assert.Equal(0, read);
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // The other form of a connection that was closed.
        }
        finally
        {
            foreach (Socket socket in silent) socket.Dispose();
        }
    }

    [Fact]
    public void A_worker_told_to_stop_while_it_loads_has_nothing_to_drain()
    {
        _lifecycle.Drain();

        Assert.True(_lifecycle.StopRequested.IsCompletedSuccessfully);
        Assert.True(_lifecycle.Drained.IsCompletedSuccessfully);
        Assert.False(_lifecycle.TryEnter(out _, out WorkerState state));
        Assert.Equal(WorkerState.Draining, state);
    }

    [Fact]
    public void A_failure_while_draining_changes_nothing()
    {
        _lifecycle.Drain();
        _lifecycle.Fail("too late");

        Assert.Equal(WorkerState.Draining, _lifecycle.State);
        Assert.Null(_lifecycle.Failure);
    }

    private async Task<Reply> GetAsync(string path) =>
        await Reply.ReadAsync(await _http!.GetAsync(path, TestContext.Current.CancellationToken));

    private async Task<Reply> PostAsync()
    {
        using var body = new StringContent("{}", Encoding.UTF8, "application/json");
        return await Reply.ReadAsync(await _http!.PostAsync("/v1/chat/completions", body, TestContext.Current.CancellationToken));
    }
}
