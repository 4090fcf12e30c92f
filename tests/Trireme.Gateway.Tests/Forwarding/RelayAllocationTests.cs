using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Forwarding;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Forwarding;

/// <summary>Runs alone: one of the tests counts what the whole process allocates.</summary>
[CollectionDefinition(nameof(RelayAllocationTests), DisableParallelization = true)]
[Collection(nameof(RelayAllocationTests))]
public class RelayAllocationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private const int Few = 100;
    private const int Many = 20_100;

    [Theory]
    [InlineData("chat", false)]
    [InlineData("chat", true)]
    [InlineData("message", false)]
    [InlineData("message", true)]
    [InlineData("response", false)]
    [InlineData("response", true)]
    public async Task A_stream_allocates_the_same_however_many_chunks_it_has(string dialect, bool waits)
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync();
        gateway.Route(engine);
        // The first ones compile the code and fill the pools.
        for (int i = 0; i < 5; i++) await AllocatedAsync(gateway, dialect, Many, waits);
        long few = await AllocatedAsync(gateway, dialect, Few, waits);
        long many = await AllocatedAsync(gateway, dialect, Many, waits);
        // On one thread not a byte may be added; with others beside, a pool now and then allocates: an object a chunk would be 24 bytes.
        long allowed = waits ? 4 * (Many - Few) : 0;
        Assert.True(many - few <= allowed, $"{many - few} bytes more for {Many - Few} chunks more");
    }

    /// <summary>Relays a stream; returns what that has allocated.</summary>
    private static async Task<long> AllocatedAsync(GatewayFixture gateway, string dialect, int chunks, bool waits)
    {
        using DirectRequest direct = await DirectRequest.CreateAsync(gateway, stream: true, Cancel);
        var client = new CountingBody();
        direct.Request.Http.Features.Set<IHttpResponseBodyFeature>(client);
        await using var stream = new ChunkStream(chunks, waits);
        using var upstream = new Upstream(new OneAnswer(stream));
        LiveRelease release = direct.Request.Service!.Releases[0];
        direct.Translate(dialect switch
        {
            "message" => DialectText.Message(isStream: true),
            "response" => DialectText.Response(isStream: true),
            _ => null,
        });
        using var attempt = new Attempt(
            direct.Request, release, release.Replicas[0], new GatewayOptions(), new CancellationPool(TimeProvider.System));
        Assert.Equal(AttemptFailure.None, await attempt.OpenAsync(upstream));
        var relay = new AnswerRelay(TimeProvider.System, NullLogger<AnswerRelay>.Instance);

        long before = Allocated(waits);
        RequestOutcome outcome = await relay.RelayAsync(direct.Request, attempt);
        long allocated = Allocated(waits) - before;

        Assert.True(outcome.IsComplete);
        Assert.Equal(client.Bytes, outcome.BytesToClient);
        if (dialect == "chat") Assert.Equal(stream.Bytes, client.Bytes);
        else Assert.True(client.Bytes > chunks * 50L, $"{client.Bytes} bytes");
        return allocated;
    }

    private static long Allocated(bool byAllThreads) =>
        byAllThreads ? GC.GetTotalAllocatedBytes(precise: true) : GC.GetAllocatedBytesForCurrentThread();

    private sealed class OneAnswer(Stream body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { Content = new OpenContent(body) });
    }

    private sealed class OpenContent : HttpContent
    {
        private readonly Stream _body;

        public OpenContent(Stream body)
        {
            _body = body;
            Headers.ContentType = new MediaTypeHeaderValue("text/event-stream");
        }

        protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(_body);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => throw new NotSupportedException();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
