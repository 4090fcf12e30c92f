using System.Net;
using System.Net.Sockets;
using System.Text;
using Trireme.Telemetry.Scraping;

namespace Trireme.Telemetry.Tests.Http;

/// <summary>A server that answers requests with bytes, whatever HTTP says of them.</summary>
internal sealed class HostileServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public HostileServer()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Writes the answer to a request; the connection is closed after it.</summary>
    public Func<Socket, CancellationToken, Task> Answer { get; set; } = static (_, _) => Task.CompletedTask;

    public ScrapeTarget Target => new(new Uri($"http://{_listener.LocalEndpoint}/metrics"), TestStores.Labels("job", "hostile"));

    public static byte[] Response(string headers, ReadOnlySpan<byte> body) =>
        [.. Encoding.UTF8.GetBytes("HTTP/1.1 200 OK\r\n" + headers + "\r\n\r\n"), .. body];

    /// <summary>An answer as it should be: a page of text.</summary>
    public static byte[] Page(ReadOnlySpan<byte> text, string type = "text/plain; version=0.0.4") =>
        Response($"Content-Type: {type}\r\nContent-Length: {text.Length}", text);

    public void AnswerBytes(byte[] bytes) => Answer = async (socket, token) => await socket.SendAsync(bytes, token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptSocketAsync(_stop.Token));
        }
        catch (Exception exception) when (
            exception is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over; where it ended between two connections, the listener is one that does not listen.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                await ReadRequestAsync(socket);
                await Answer(socket, _stop.Token);
                // A client that waits for more is told that there is none; unread bytes would make it a reset.
                if (socket.Connected) socket.Shutdown(SocketShutdown.Send);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The scrape gave up first.
            }
        }
    }

    private async Task ReadRequestAsync(Socket socket)
    {
        var request = new byte[4096];
        int length = 0;
        while (!request.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
        {
            int read = await socket.ReceiveAsync(request.AsMemory(length), _stop.Token);
            if (read == 0) return;
            length += read;
        }
    }
}
