using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Http;
using Trireme.Testing;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;

namespace Trireme.Worker.Tests.Http;

public sealed class BodyBytesTests
{
    [Fact]
    public void Two_of_the_largest_bodies_are_taken_at_once()
    {
        var bodies = new BodyBytes();
        Assert.True(bodies.TryTake(Request(WorkerApplication.MaxBodyBytes), out long? first));
        Assert.True(bodies.TryTake(Request(length: null), out long? chunked));
        Assert.Equal(WorkerApplication.MaxBodyBytes, chunked);
        Assert.False(bodies.TryTake(Request(RequestLimits.OrdinaryBodyBytes + 1), out long? none));
        Assert.Null(none);

        // What takes no memory is always answered, so that probes and scrapes go on.
        Assert.True(bodies.TryTake(new DefaultHttpContext().Request, out long? nothing));
        Assert.Equal(0, nothing);
        bodies.Return(first.Value);
        Assert.True(bodies.TryTake(Request(RequestLimits.OrdinaryBodyBytes + 1), out _));
    }

    [Fact]
    public void Ordinary_bodies_have_room_that_the_largest_cannot_take()
    {
        var bodies = new BodyBytes();
        for (int i = 0; i < 2; i++) Assert.True(bodies.TryTake(Request(WorkerApplication.MaxBodyBytes), out _));
        int ordinary = 0;
        while (bodies.TryTake(Request(RequestLimits.OrdinaryBodyBytes), out _)) ordinary++;
        Assert.Equal(BodyBytes.OrdinaryRoom / RequestLimits.OrdinaryBodyBytes, ordinary);
    }

    /// <summary>A body that is refused takes nothing, not even for the moment in which it is looked at.</summary>
    [Fact]
    public async Task Bodies_that_are_refused_keep_out_none_that_fits()
    {
        var bodies = new BodyBytes();
        for (int i = 0; i < 2; i++) Assert.True(bodies.TryTake(Request(WorkerApplication.MaxBodyBytes), out _));
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        HttpRequest large = Request(WorkerApplication.MaxBodyBytes);
        Task refused = Task.Run(
            () =>
            {
                while (!end.IsCancellationRequested) Assert.False(bodies.TryTake(large, out _));
            },
            TestContext.Current.CancellationToken);
        HttpRequest small = Request(100);
        for (int i = 0; i < 200_000; i++)
        {
            Assert.True(bodies.TryTake(small, out long? taken));
            bodies.Return(taken.Value);
        }

        await end.CancelAsync();
        await refused;
    }

    [Fact]
    public void A_body_that_is_announced_longer_than_any_may_be_takes_no_more_than_the_longest()
    {
        var bodies = new BodyBytes();
        Assert.True(bodies.TryTake(Request(long.MaxValue), out long? taken));
        Assert.Equal(WorkerApplication.MaxBodyBytes, taken);
    }

    [Fact]
    public async Task A_worker_full_of_bodies_refuses_one_more_and_takes_it_when_they_are_gone()
    {
        await using RunningWorker worker = await RunningWorker.StartAsync();
        var sockets = new List<Socket>();
        await Eventually.True(
            "the refusal",
            TimeSpan.FromSeconds(20),
            async () =>
            {
                // One more each time: what asks takes room itself, and may have kept out one that came at the same moment.
                sockets.Add(await AnnounceAsync(worker.Http.BaseAddress!));
                return await TokenizeAsync(worker) == HttpStatusCode.ServiceUnavailable;
            },
            TestContext.Current.CancellationToken);
        using (HttpResponseMessage health = await worker.Http.GetAsync("/health", TestContext.Current.CancellationToken))
        {
            Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        }

        sockets.ForEach(socket => socket.Dispose());
        await Eventually.True(
            "room",
            TimeSpan.FromSeconds(20),
            async () => await TokenizeAsync(worker) == HttpStatusCode.OK,
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_request_that_takes_all_memory_is_not_to_be_sent_again()
    {
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };
        await WorkerError.OutOfMemory().WriteAsync(context);
        Assert.Equal(503, context.Response.StatusCode);
        Assert.Equal("false", context.Response.Headers["x-should-retry"].ToString());
        string body = Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray());
        Assert.Contains("\"out_of_memory\"", body, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> TokenizeAsync(RunningWorker worker)
    {
        using HttpResponseMessage response = await worker.Http.PostAsJsonAsync(
            "/tokenize", new { prompt = "Hi" }, JsonSerializerOptions.Web, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private static async Task<Socket> AnnounceAsync(Uri worker)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, worker.Port, TestContext.Current.CancellationToken);
        string head = $"POST /tokenize HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            + $"Content-Length: {WorkerApplication.MaxBodyBytes}\r\n\r\n{{";
        await socket.SendAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
        return socket;
    }

    private static HttpRequest Request(long? length)
    {
        HttpRequest request = new DefaultHttpContext().Request;
        if (length is null) request.Headers.TransferEncoding = "chunked";
        request.ContentLength = length;
        return request;
    }
}
