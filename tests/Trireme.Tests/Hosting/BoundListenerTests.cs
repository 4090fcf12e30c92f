using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Http;
using Trireme.Contracts.Metrics;
using Trireme.Hosting;
using Trireme.Hosting.Listening;
using Trireme.Hosting.Logging;
using Trireme.Settings;
using Trireme.Testing;

namespace Trireme.Tests.Hosting;

public sealed class BoundListenerTests : IDisposable
{
    private static readonly LogSettings Quiet = new() { Level = LogLevel.None, File = new LogFileSettings { Enabled = false } };

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task The_port_is_known_and_kept_before_a_server_is_there()
    {
        using BoundListener listener = BoundListener.Bind(Declaration());
        int port = new Uri(listener.BaseUrl).Port;
        Assert.Equal($"http://127.0.0.1:{port}", listener.BaseUrl);
        CommandException taken = Assert.Throws<CommandException>(() => BoundListener.Bind(Declaration() with { Port = port }));
        Assert.StartsWith($"the gateway cannot listen on 127.0.0.1:{port}: ", taken.Message, StringComparison.Ordinal);
        Assert.EndsWith("; choose another port with --port", taken.Message, StringComparison.Ordinal);

        // A client that is early waits until the server takes over.
        using var client = new HttpClient();
        Task<string> early = client.GetStringAsync(new Uri(listener.BaseUrl), TestContext.Current.CancellationToken);
        await using WebApplication app = await ServeAsync(listener);
        Assert.Equal("http", await early);
    }

    [Theory]
    [InlineData("0.0.0.0", "http://127.0.0.1:")]
    [InlineData("localhost", "http://127.0.0.1:")]
    [InlineData("::1", "http://[::1]:")]
    public void Clients_are_told_an_address_they_can_use(string host, string url)
    {
        if (host == "::1" && !Socket.OSSupportsIPv6) return;
        using BoundListener listener = BoundListener.Bind(Declaration() with { Host = host });
        Assert.StartsWith(url, listener.BaseUrl, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_of_another_machine_is_an_error_with_the_option_to_use()
    {
        CommandException exception = Assert.Throws<CommandException>(() => BoundListener.Bind(Declaration() with { Host = "192.0.2.1" }));
        Assert.EndsWith("; choose an address of this machine with --host", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_taken_port_leaves_none_bound()
    {
        using BoundListener other = BoundListener.Bind(Declaration());
        int taken = new Uri(other.BaseUrl).Port;
        int free;
        using (BoundListener probe = BoundListener.Bind(Declaration())) free = new Uri(probe.BaseUrl).Port;

        PlatformSettings settings = PlatformSettings.Default with
        {
            Gateway = new GatewaySettings { Port = free },
            ApiServer = new ApiServerSettings { Port = taken },
            Dashboard = new DashboardSettings { Port = 0 },
        };
        CommandException exception = Assert.Throws<CommandException>(() => PlatformListeners.Bind(settings, new MetricRegistry()));
        Assert.StartsWith($"the API server cannot listen on 127.0.0.1:{taken}", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith("--api-port", exception.Message, StringComparison.Ordinal);
        settings = settings with { ApiServer = new ApiServerSettings { Port = 0 } };
        using PlatformListeners again = PlatformListeners.Bind(settings, new MetricRegistry());
        Assert.Equal($"http://127.0.0.1:{free}", again.Gateway.BaseUrl);
    }

    [Fact]
    public async Task Each_listener_has_limits_of_its_own()
    {
        using BoundListener narrow = BoundListener.Bind(Declaration() with
        {
            Limits = new ListenerLimits { MaxHeaderBytes = 4 << 10, MaxBodyBytes = 1 << 10 },
        });
        using BoundListener wide = BoundListener.Bind(Declaration());
        await using WebApplication first = await ServeAsync(narrow);
        await using WebApplication second = await ServeAsync(wide);

        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, await SendAsync(client, narrow, headerBytes: 5000, bodyBytes: 0));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(client, wide, headerBytes: 5000, bodyBytes: 0));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await SendAsync(client, narrow, headerBytes: 0, bodyBytes: 5000));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(client, wide, headerBytes: 0, bodyBytes: 5000));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(client, narrow, headerBytes: 0, bodyBytes: 10));
    }

    [Fact]
    public async Task Silent_connections_and_half_requests_keep_nobody_out()
    {
        var metrics = new MetricRegistry();
        using BoundListener listener = BoundListener.Bind(Declaration() with
        {
            Limits = new ListenerLimits { MaxConnections = 4, MaxConnectionsPerPeer = 4 },
            Metrics = metrics,
        });
        await using WebApplication app = await ServeAsync(listener);
        using Socket busy = await ConnectAsync(listener);
        await busy.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbo"u8.ToArray());

        // Each request comes over a connection of its own: one kept from the last would be idle, and may be closed just as it is used.
        var silent = new List<Socket>();
        using var client = new HttpClient { DefaultRequestHeaders = { ConnectionClose = true } };
        for (int i = 0; i < 20; i++)
        {
            silent.Add(await ConnectAsync(listener));
            if (i % 2 == 0) await silent[^1].SendAsync("POST / HTTP/1.1\r\nHos"u8.ToArray());
            Assert.Equal(HttpStatusCode.OK, await SendAsync(client, listener, headerBytes: 0, bodyBytes: 10));
        }

        // The request that was in progress all the time is answered to its end.
        await busy.SendAsync("dy"u8.ToArray());
        byte[] answer = new byte[64];
        int read = await busy.ReceiveAsync(answer, TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 200 OK", Encoding.ASCII.GetString(answer, 0, read), StringComparison.Ordinal);
        Assert.Contains(
            "trireme_listener_connections_closed_total{listener=\"gateway\",reason=\"idle\"}",
            metrics.ToText(),
            StringComparison.Ordinal);
        silent.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Where_every_connection_has_a_request_one_more_is_closed()
    {
        using BoundListener listener = BoundListener.Bind(Declaration() with { Limits = new ListenerLimits { MaxConnections = 1 } });
        await using WebApplication app = await ServeAsync(listener);
        using Socket busy = await ConnectAsync(listener);
        await busy.SendAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"u8.ToArray());

        // "100 Continue" says that the request has begun.
        Assert.True(await busy.ReceiveAsync(new byte[64], TestContext.Current.CancellationToken) > 0);
        Assert.Equal(0, await AskAsync(listener));
    }

    public void Dispose() => _folder.Dispose();

    private static ListenerDeclaration Declaration() => new()
    {
        Part = "gateway",
        Host = "127.0.0.1",
        Port = 0,
        PortOption = "--port",
        Limits = new ListenerLimits(),
        Metrics = new MetricRegistry(),
        Callers = new CallerRules { Part = "gateway" },
        Refuse = (context, refusal) => context.Response.WriteAsync(refusal.Message),
    };

    private static async Task<Socket> ConnectAsync(BoundListener listener)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(listener.BaseUrl).Port, TestContext.Current.CancellationToken);
        return socket;
    }

    /// <summary>Bytes of the answer to a small request; none if the connection is closed, in whichever way and however early.</summary>
    private static async Task<int> AskAsync(BoundListener listener)
    {
        try
        {
            using Socket socket = await ConnectAsync(listener);
            await socket.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
            return await socket.ReceiveAsync(new byte[64], TestContext.Current.CancellationToken);
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private async Task<WebApplication> ServeAsync(BoundListener listener)
    {
        PlatformLog log = PlatformLog.Open(Quiet, _folder.File("trireme.log"), new MetricRegistry(), TimeProvider.System);
        WebApplicationBuilder builder = PartApplication.CreateBuilder(listener, log, TimeSpan.FromSeconds(1));
        builder.Services.AddSingleton(_ => log);
        WebApplication app = builder.Build();
        app.Run(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            await context.Response.WriteAsync(context.Request.Scheme);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    private static async Task<HttpStatusCode> SendAsync(HttpClient client, BoundListener listener, int headerBytes, int bodyBytes)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, listener.BaseUrl)
        {
            Content = new ByteArrayContent(Encoding.ASCII.GetBytes(new string('b', bodyBytes))),
        };
        if (headerBytes > 0) request.Headers.Add("x-long", new string('h', headerBytes));
        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
