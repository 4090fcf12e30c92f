using System.Text;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Http;
using Trireme.Gateway.Admission;

namespace Trireme.Gateway.Tests.Admission;

public sealed class BufferedBodyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(1_000_000)]
    public async Task A_body_is_read_whole_with_and_without_a_length(int bytes)
    {
        var memory = new BodyMemory(1 << 24);
        byte[] sent = Encoding.ASCII.GetBytes(new string('b', bytes));
        foreach (long? length in new long?[] { bytes, null })
        {
            BodyReading read = await BufferedBody.ReadAsync(Request(sent, length), 1 << 20, memory, "tenant", Cancel);
            Assert.Equal(sent, read.Body!.Memory.ToArray());
            Assert.InRange(memory.Held, bytes, Math.Max(2 * bytes, 8192));
            read.Body.Dispose();
            read.Body.Dispose();
            Assert.Equal(0, memory.Held);
        }
    }

    [Fact]
    public void A_tenants_large_bodies_leave_room_for_ordinary_ones()
    {
        const int Large = 1 << 20;
        var memory = new BodyMemory(64 * Large);
        int large = 0, ordinary = 0;
        while (memory.TryTake("team-a", Large, Large)) large++;
        while (memory.TryTake("team-a", RequestLimits.OrdinaryBodyBytes, RequestLimits.OrdinaryBodyBytes)) ordinary++;
        Assert.Equal(30, large);
        Assert.Equal(2 * Large / RequestLimits.OrdinaryBodyBytes, ordinary);

        // What grows beyond the ordinary size is one of the large.
        Assert.False(memory.TryTake("team-a", 1, RequestLimits.OrdinaryBodyBytes + 1));
        Assert.True(memory.TryTake("team-b", Large, Large));
    }

    [Fact]
    public async Task What_a_client_only_announces_takes_no_memory()
    {
        var memory = new BodyMemory(1 << 24);
        var body = new Silence();
        var request = new DefaultHttpContext().Request;
        request.Body = body;
        request.ContentLength = 4 << 20;
        ValueTask<BodyReading> reading = BufferedBody.ReadAsync(request, 16 << 20, memory, "tenant", Cancel);
        Assert.InRange(memory.Held, 1, 64 << 10);
        body.Fail();
        await Assert.ThrowsAsync<IOException>(async () => await reading);
        Assert.Equal(0, memory.Held);
    }

    [Theory]
    [InlineData(1001L)]
    [InlineData(null)]
    public async Task A_body_over_the_limit_is_refused_and_its_memory_given_back(long? length)
    {
        var memory = new BodyMemory(1 << 24);
        BodyReading read = await BufferedBody.ReadAsync(Request(new byte[1001], length), 1000, memory, "tenant", Cancel);
        Assert.Equal((null, BodyRefusal.TooLarge), (read.Body, read.Refusal));
        Assert.Equal(0, memory.Held);
    }

    [Fact]
    public async Task One_tenant_gets_half_and_leaves_the_rest_to_others()
    {
        var memory = new BodyMemory(200_000);
        BodyReading first = await BufferedBody.ReadAsync(Request(new byte[60_000], 60_000), 1 << 20, memory, "greedy", Cancel);
        BodyReading second = await BufferedBody.ReadAsync(Request(new byte[60_000], 60_000), 1 << 20, memory, "greedy", Cancel);
        Assert.Equal((null, BodyRefusal.NoMemory), (second.Body, second.Refusal));
        BodyReading other = await BufferedBody.ReadAsync(Request(new byte[60_000], 60_000), 1 << 20, memory, "other", Cancel);
        Assert.NotNull(other.Body);
        BodyReading third = await BufferedBody.ReadAsync(Request(new byte[90_000], 90_000), 1 << 20, memory, "third", Cancel);
        Assert.Equal(BodyRefusal.NoMemory, third.Refusal);
        first.Body!.Dispose();
        other.Body.Dispose();
        Assert.Equal(0, memory.Held);
    }

    private static HttpRequest Request(byte[] body, long? length)
    {
        HttpRequest request = new DefaultHttpContext().Request;
        request.Body = new MemoryStream(body);
        request.ContentLength = length;
        return request;
    }

    /// <summary>A body that never comes.</summary>
    private sealed class Silence : MemoryStream
    {
        private readonly TaskCompletionSource<int> _failed = new();

        public void Fail() => _failed.SetException(new IOException("The client is gone."));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(_failed.Task);
    }
}
