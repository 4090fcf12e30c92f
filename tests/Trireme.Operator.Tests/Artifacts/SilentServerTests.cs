using System.Net;
using System.Net.Sockets;
using System.Text;
using Trireme.Operator.Artifacts;

namespace Trireme.Operator.Tests.Artifacts;

/// <summary>A server whose answers begin and never end: whoever reads one, a listing or a file, is not held by it.</summary>
public sealed class SilentServerTests : IAsyncLifetime
{
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(200);

    private static readonly byte[] Beginning =
        Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n[{");

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private Task _serving = Task.CompletedTask;

    private string Server => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public ValueTask InitializeAsync()
    {
        _listener.Start();
        _serving = ServeAsync();
        return default;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    [Theory]
    [InlineData("hf://org/tiny@main")]
    [InlineData("s3://models/tiny")]
    public async Task A_listing_whose_bytes_stop_coming_is_given_up(string address)
    {
        using var bench = new FetchBench(new ArtifactOptions
        {
            HubEndpoint = $"http://{Server}", S3Endpoint = $"http://{Server}", IdleTimeout = Idle,
        });
        FetchProblem problem = await bench.RefusedAsync(address).WaitAsync(
            TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(("SourceUnreachable", false), (problem.Reason, problem.IsVerdict));
        Assert.Contains($"{Server} sent no byte for 0.2 s", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_whose_bytes_stop_coming_is_given_up_after_those_that_came()
    {
        using var http = OriginHttp.Create(Idle, TimeProvider.System);
        using HttpResponseMessage answer = await http.SendAsync(
            HttpMethod.Get, new Uri($"http://{Server}/file"), token: null, static _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal(1000, answer.Content.Headers.ContentLength);
        await using Stream body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var bytes = new byte[2];
        await body.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken);
        Assert.Equal("[{"u8, bytes);
        await Assert.ThrowsAsync<HttpRequestException>(
            async () => await body.ReadExactlyAsync(bytes, TestContext.Current.CancellationToken));
    }

    /// <summary>Whoever reads gives up by itself; that is no failure of the server's.</summary>
    [Fact]
    public async Task A_reader_that_gives_up_is_told_so()
    {
        using var http = OriginHttp.Create(TimeSpan.FromMinutes(1), TimeProvider.System);
        using HttpResponseMessage answer = await http.SendAsync(
            HttpMethod.Get, new Uri($"http://{Server}/file"), token: null, static _ => { }, TestContext.Current.CancellationToken);
        await using Stream body = await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource(Idle, TimeProvider.System);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await body.ReadExactlyAsync(new byte[10], stop.Token));
    }

    private async Task ServeAsync()
    {
        List<TcpClient> held = [];
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                held.Add(client);
                await client.GetStream().WriteAsync(Beginning, _stop.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            foreach (TcpClient client in held) client.Dispose();
        }
    }
}
