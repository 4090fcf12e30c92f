using System.Net;
using System.Net.Sockets;
using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes.Tests.Connection;

public sealed class ReadAgainTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task A_read_is_answered_by_a_server_that_closes_connections_at_first(int closed)
    {
        await using var server = new ClosingServer(closed);
        using KubernetesConnection connection = server.Connect();
        Assert.Equal("ok", await connection.GetTextAsync("/readyz", Cancel));
        Assert.Equal(closed + 1, server.Accepted);
    }

    [Fact]
    public async Task A_read_is_not_tried_for_ever()
    {
        await using var server = new ClosingServer(100);
        using KubernetesConnection connection = server.Connect();
        await Assert.ThrowsAsync<HttpRequestException>(() => connection.GetTextAsync("/readyz", Cancel));

        // The runtime's handler tries each of ours up to four times, at once.
        Assert.InRange(server.Accepted, 3, 12);
    }

    [Fact]
    public async Task A_write_is_never_sent_twice()
    {
        await using var server = new ClosingServer(1);
        using KubernetesConnection connection = server.Connect();
        var maps = new ResourceClient<ConfigMap>(connection, "test");
        var map = new ConfigMap { Metadata = new ObjectMeta { Name = "a", Namespace = "default" } };
        await Assert.ThrowsAsync<HttpRequestException>(() => maps.CreateAsync(map, Cancel));
        Assert.Equal(1, server.Accepted);
    }

    /// <summary>Takes connections and closes the first of them without a word.</summary>
    private sealed class ClosingServer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _serving;

        public ClosingServer(int closed)
        {
            _listener.Start();
            _serving = ServeAsync(closed);
        }

        public int Accepted { get; private set; }

        public KubernetesConnection Connect() =>
            KubernetesConnection.Open(new KubernetesConnectionOptions { Server = new Uri($"http://{_listener.LocalEndpoint}") });

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        private async Task ServeAsync(int closed)
        {
            while (true)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(Cancel);
                if (++Accepted <= closed) continue;
                NetworkStream stream = client.GetStream();
                await stream.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false, Cancel);
                await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"u8.ToArray(), Cancel);
            }
        }
    }
}
