using System.Net;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Admission;

public sealed class SlowBodyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_that_sends_its_bodies_slowly_holds_no_more_connections_than_it_may()
    {
        await using FakeEngine engine = await FakeEngine.StartAsync();
        await using GatewayFixture gateway = await GatewayFixture.StartAsync(new GatewayOptions { MaxIncomingBodies = 1 });
        gateway.Route(engine);
        var slow = new SlowContent();
        var message = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = slow };
        Task<HttpResponseMessage> sending = gateway.Client.SendAsync(message, Cancel);
        await Task.WhenAny(slow.Begun, sending);
        HttpResponseMessage refused;
        do refused = await gateway.ChatAsync();
        while (refused.StatusCode == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.StartsWith(
            "The bodies of 1 requests with your key",
            (await GatewayFixture.ErrorAsync(refused)).GetProperty("message").GetString(),
            StringComparison.Ordinal);
        slow.Finish();
        Assert.Equal(HttpStatusCode.OK, (await sending).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await gateway.ChatAsync()).StatusCode);
    }

    /// <summary>A body whose second half waits for a word.</summary>
    private sealed class SlowContent : HttpContent
    {
        private static readonly byte[] Body = """{"model":"chat","messages":[]}"""u8.ToArray();

        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _finish = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Begun => _begun.Task;

        public void Finish() => _finish.SetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(Body.AsMemory(0, 10));
            await stream.FlushAsync();
            _begun.SetResult();
            await _finish.Task;
            await stream.WriteAsync(Body.AsMemory(10));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = Body.Length;
            return true;
        }
    }
}
