using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Metrics;

namespace Trireme.Listening.Tests;

/// <summary>What a handler meets that reads a body which its client has broken, by the server's own sockets.</summary>
public sealed class ClientBodyTests : IAsyncDisposable
{
    private readonly TaskCompletionSource<object> _met = new();
    private readonly TaskCompletionSource _begun = new();
    private WebApplication? _app;

    public static TheoryData<string, string> Broken => new()
    {
        { "a chunk that is no number", "xyz\r\n" },
        { "a chunk of 2 GiB", "80000000\r\n" },
        { "a chunk of 4 GiB", "100000000\r\n" },
        { "a chunk as long as a number can say", "FFFFFFFFFFFFFFFF\r\n" },
        { "a chunk longer than a number can say", "FFFFFFFFFFFFFFFFFFFFFFFF\r\n" },
        { "a second chunk of 2 GiB", "2\r\nab\r\n80000000\r\n" },
        { "a chunk without its end", "2\r\nabcd\r\n0\r\n\r\n" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task A_broken_chunk_is_a_bad_request(string _, string chunks)
    {
        using Socket client = await ConnectAsync();
        await client.SendAsync(Encoding.ASCII.GetBytes($"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"));

        BadHttpRequestException met = await BadRequestAsync();
        Assert.Equal(StatusCodes.Status400BadRequest, met.StatusCode);
    }

    [Fact]
    public async Task A_client_that_leaves_within_its_body_is_a_bad_request_that_says_so()
    {
        using Socket client = await ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc"u8.ToArray());
        await _begun.Task.WaitAsync(Timeout, Cancellation);
        client.LingerState = new LingerOption(enable: true, seconds: 0);
        client.Close();

        BadHttpRequestException met = await BadRequestAsync();
        Assert.IsType<ConnectionResetException>(met.InnerException);
    }

    [Fact]
    public async Task A_whole_body_is_read()
    {
        using Socket client = await ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray());
        await client.SendAsync("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"u8.ToArray());

        Assert.Equal("abcde", await _met.Task.WaitAsync(Timeout, Cancellation));
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
    }

    private static TimeSpan Timeout => TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private async Task<BadHttpRequestException> BadRequestAsync() =>
        Assert.IsType<BadHttpRequestException>(await _met.Task.WaitAsync(Timeout, Cancellation), exactMatch: false);

    private async Task<Socket> ConnectAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.WebHost.UseConnectionGate(new ConnectionGate("gateway", () => 10, 10, new MetricRegistry(), TimeProvider.System));
        _app = builder.Build();
        _app.Run(ReadAsync);
        await _app.StartAsync(Cancellation);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(_app.Urls.Single()).Port, Cancellation);
        return socket;
    }

    private async Task ReadAsync(HttpContext context)
    {
        _begun.TrySetResult();
        try
        {
            using var reader = new StreamReader(context.Request.Body);
            _met.TrySetResult(await reader.ReadToEndAsync(Cancellation));
        }
#pragma warning disable CA1031 // Whatever it is, a test looks at it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _met.TrySetResult(exception);
        }
    }
}
