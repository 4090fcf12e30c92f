using System.Text;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests.OpenAi;

public sealed class OpenAiStreamTests
{
    private const string One = """{"id":"1","choices":[{"index":0,"delta":{"content":"ä"}}]}""";
    private const string Two = """{"id":"2","choices":[]}""";

    public static TheoryData<string, string> Streams { get; } = new()
    {
        { "lines that end as Unix ends them", $"data: {One}\n\ndata: {Two}\n\ndata: [DONE]\n\n" },
        { "lines that end as Windows ends them", $"data: {One}\r\n\r\ndata: {Two}\r\n\r\ndata: [DONE]\r\n\r\n" },
        { "lines that end in a return", $"data: {One}\r\rdata: {Two}\r\rdata: [DONE]\r\r" },
        { "comments to keep the connection", $": keepalive\n\ndata: {One}\n\n:\n\ndata: {Two}\n\n: bye\n\ndata: [DONE]\n\n" },
        { "no space after the colon", $"data:{One}\n\ndata:{Two}\n\ndata:[DONE]\n\n" },
        { "data over several lines", $"data: {One[..20]}\ndata: {One[20..]}\n\ndata: {Two}\n\ndata: [DONE]\n\n" },
        { "a byte order mark", $"\uFEFFdata: {One}\n\ndata: {Two}\n\ndata: [DONE]\n\n" },
        { "fields nobody asked for", $"id: 7\nretry: 5\nevent: chunk\nnonsense\ndata: {One}\n\ndata: {Two}\n\ndata: [DONE]\n\n" },
        { "no end marker", $"data: {One}\n\ndata: {Two}\n\n" },
        { "text after the end marker", $"data: {One}\n\ndata: {Two}\n\ndata: [DONE]\n\ndata: nonsense\n\n" },
    };

    public static TheoryData<string, string, string> Failures { get; } = new()
    {
        { "an error", """data: {"error":{"message":"broken","type":"server_error","code":"x"}}""", "broken" },
        { "an error event", "event: error\ndata: {\"error\":{\"message\":\"broken\"}}", "broken" },
        { "an error that is a text", """data: {"error":"broken"}""", "broken" },
        { "an error as older servers write it", """data: {"object":"error","message":"broken","code":400}""", "broken" },
        { "an error without a message", """data: {"error":{}}""", "without a message" },
        { "an event that is no JSON", "data: oops", "oops" },
        { "an event that is no object", "data: [1]", "[1]" },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public async Task A_stream_may_have(string sentence, string text)
    {
        foreach (int split in (int[])[1, 3, int.MaxValue])
        {
            List<string> ids = await ReadIdsAsync(text, split);
            Assert.True(ids is ["1", "2"], $"{sentence}, read by {split}");
        }
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_stream_fails_with(string sentence, string text, string message)
    {
        var exception = await Assert.ThrowsAsync<OpenAiException>(() => ReadIdsAsync($"data: {One}\n\n{text}\n\n", 5));

        Assert.True(exception.Message.Contains(message, StringComparison.Ordinal), $"{sentence}: {exception.Message}");
    }

    [Fact]
    public async Task A_text_about_an_error_is_no_error()
    {
        const string Chunk = """{"id":"1","choices":[{"index":0,"delta":{"content":"\"error\": nothing \"error\""}}],"error":null}""";

        Assert.Equal(["1"], await ReadIdsAsync($"data: {Chunk}\n\n", 7));
    }

    [Fact]
    public async Task Characters_split_between_reads_arrive_whole()
    {
        await using var stream = new SplitStream(Encoding.UTF8.GetBytes($"data: {One}\n\n"), 1);

        await foreach (ChatCompletionChunk chunk in OpenAiStream.ReadAsync(stream, TestContext.Current.CancellationToken))
        {
            Assert.Equal("ä", chunk.Choices[0].Delta.Content);
        }
    }

    [Fact]
    public async Task A_mangled_stream_is_read_or_fails_as_a_stream_and_in_no_other_way()
    {
        const string Error = """{"error":{"message":"m"}}""";
        byte[] whole = Encoding.UTF8.GetBytes($": hi\r\n\r\ndata: {One}\n\nevent: x\ndata: {Two}\r\rdata: {Error}\n\n");
        var random = new Random(4);
        for (int i = 0; i < 2_000; i++)
        {
            byte[] bytes = [.. whole];
            for (int changes = random.Next(1, 6); changes > 0; changes--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                await ReadIdsAsync(bytes[..random.Next(bytes.Length)], random.Next(1, 40));
            }
            catch (OpenAiException exception)
            {
                Assert.NotEmpty(exception.Message);
            }
        }
    }

    private static Task<List<string>> ReadIdsAsync(string text, int split) => ReadIdsAsync(Encoding.UTF8.GetBytes(text), split);

    private static async Task<List<string>> ReadIdsAsync(byte[] bytes, int split)
    {
        await using var stream = new SplitStream(bytes, split);
        List<string> ids = [];
        await foreach (ChatCompletionChunk chunk in OpenAiStream.ReadAsync(stream)) ids.Add(chunk.Id);
        return ids;
    }

    /// <summary>Gives a few bytes at a time, as networks do.</summary>
    private sealed class SplitStream(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, most)], cancellationToken);

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, most)]);
    }
}
