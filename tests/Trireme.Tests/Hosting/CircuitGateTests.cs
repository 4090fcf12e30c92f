using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Governance.Sessions;
using Trireme.Hosting.Access;
using Trireme.Testing;

namespace Trireme.Tests.Hosting;

public sealed class CircuitGateTests : IAsyncLifetime
{
    private readonly MetricRegistry _metrics = new();
    private readonly SessionTable _sessions = new(10, TimeSpan.FromHours(1), TimeProvider.System);
    private readonly SemaphoreSlim _begun = new(0);
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task<string>> _held = [];
    private WebApplication _app = null!;

    public async ValueTask InitializeAsync()
    {
        var gate = new CircuitGate(max: 3, maxPerSession: 2, _metrics);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            if (_sessions.Find(context.Request.Headers["x-session"]) is { } session) context.Features.Set(session);
            return next(context);
        });
        _app.Use(gate.RunAsync);
        _app.Run(async context =>
        {
            if (context.Request.Headers.Upgrade.Count > 0)
            {
                _begun.Release();
                await _end.Task.WaitAsync(context.RequestAborted);
            }

            await context.Response.WriteAsync("page");
        });
        await _app.StartAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_browser_and_all_together_have_a_number_of_open_pages()
    {
        string first = _sessions.Begin();
        string second = _sessions.Begin();
        await HoldAsync(first);
        await HoldAsync(first);
        Assert.Equal(503, await StatusAsync("/_blazor", first, "Upgrade: websocket"));
        await HoldAsync(second);
        Assert.Equal(503, await StatusAsync("/_blazor", second, "Upgrade: websocket"));
        Assert.Contains("trireme_dashboard_circuits 3\n", _metrics.ToText(), StringComparison.Ordinal);
        Assert.Contains("trireme_dashboard_circuits_refused_total 2\n", _metrics.ToText(), StringComparison.Ordinal);

        // Those that leave make room.
        _end.SetResult();
        foreach (Task<string> held in _held) Assert.StartsWith("HTTP/1.1 200 ", await held, StringComparison.Ordinal);
        Assert.Equal(200, await StatusAsync("/_blazor", second, "Upgrade: websocket"));
        Assert.Contains("trireme_dashboard_circuits 0\n", _metrics.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_pages_of_a_session_end_with_it()
    {
        string secret = _sessions.Begin();
        await HoldAsync(secret);
        _sessions.Find(secret)!.End();

        // The connection breaks without an answer.
        Exception? broken = await Record.ExceptionAsync(async () => Assert.Equal("", await _held[0]));
        Assert.True(broken is null or IOException, broken?.ToString());
    }

    [Fact]
    public async Task A_circuit_needs_a_session_and_a_socket()
    {
        string secret = _sessions.Begin();
        Assert.Equal(401, await StatusAsync("/_blazor", "none", "Upgrade: websocket"));
        Assert.Equal(401, await StatusAsync("/_blazor/negotiate", "none"));
        Assert.Equal(200, await StatusAsync("/_blazor/negotiate", secret));
        Assert.Equal(400, await StatusAsync("/_blazor?id=abc", secret));
        Assert.Equal(200, await StatusAsync("/", "none"));
    }

    public async ValueTask DisposeAsync()
    {
        _end.TrySetResult();
        await _app.DisposeAsync();
        _sessions.Dispose();
        _begun.Dispose();
    }

    private async Task HoldAsync(string session)
    {
        _held.Add(AskAsync("/_blazor", session, "Upgrade: websocket"));
        await _begun.WaitAsync(TestContext.Current.CancellationToken);
    }

    private async Task<int> StatusAsync(string path, string session, string header = "Accept: */*") =>
        int.Parse((await AskAsync(path, session, header)).Split(' ')[1], CultureInfo.InvariantCulture);

    private Task<string> AskAsync(string path, string session, string header) => RawHttp.SendAsync(
        new Uri(_app.Urls.First()),
        $"GET {path} HTTP/1.1\r\nHost: localhost\r\nx-session: {session}\r\n{header}\r\nConnection: close\r\n\r\n",
        TestContext.Current.CancellationToken);
}
