using System.Text;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Forwarding;
using Trireme.Gateway.Tests.Harness;

namespace Trireme.Gateway.Tests.Forwarding;

public class EventBufferTests
{
    public static TheoryData<string> Sentences() => [.. Cases.Keys];

    private static readonly Dictionary<string, (string Event, StreamEvent Expected)> Cases = new()
    {
        ["A role alone is no content"] =
            ("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n", default),
        ["Text is content"] = ("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", new() { HasContent = true }),
        ["Reasoning is content"] =
            ("data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"a\"}}]}\n\n", new() { HasContent = true }),
        ["A tool call is content"] =
            ("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0}]}}]}\n\n", new() { HasContent = true }),
        ["The text of a completion is content"] = ("data:{\"choices\":[{\"text\":\"a\"}]}\r\n\r\n", new() { HasContent = true }),
        ["A finish reason finishes"] =
            ("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n", new() { FinishReason = "stop" }),
        ["The first choice to finish gives the reason"] =
            ("data: {\"choices\":[{\"finish_reason\":null},{\"finish_reason\":\"length\"},{\"finish_reason\":\"stop\"}]}\n\n",
                new() { FinishReason = "length" }),
        ["An unusual reason is kept"] =
            ("data: {\"choices\":[{\"finish_reason\":\"out_of_pages\"}]}\n\n", new() { FinishReason = "out_of_pages" }),
        ["A reason of any length is not kept"] =
            ("data: {\"choices\":[{\"finish_reason\":\"" + new string('x', 65) + "\"}]}\n\n", new() { FinishReason = "other" }),
        ["The end marker is recognised"] = ("data: [DONE]\n\n", new() { IsDone = true }),
        ["A comment is recognised"] = (": ping\n\n", new() { IsComment = true }),
        ["An error is recognised"] = ("data: {\"error\":{\"message\":\"x\"}}\n\n", new() { IsError = true }),
        ["No error is no error"] = ("data: {\"error\":null,\"choices\":[]}\n\n", default),
        ["The chunk without choices reports usage"] =
            (FakeEngine.UsageText, new() { IsUsageOnly = true, Usage = new TokenUsage(11, 7) }),
        ["Usage beside choices is no extra chunk"] =
            ("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n",
                new() { HasContent = true, Usage = new TokenUsage(1, 2), UsageField = new UsageField(45, 53, 94) }),
        ["Usage says how much of the prompt was cached"] =
            ("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"prompt_tokens_details\":{\"audio\":{},\"cached_tokens\":8},"
                + "\"completion_tokens\":2}}\n\n",
                new() { IsUsageOnly = true, Usage = new TokenUsage(9, 2, 8) }),
        ["Counts that are none are taken for zero"] =
            ("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":-1,\"completion_tokens\":{\"a\":[1]},\"prompt_tokens_details\":null}}\n\n",
                new() { IsUsageOnly = true, Usage = default(TokenUsage) }),
        ["Usage null is no usage"] = ("data: {\"choices\":[],\"usage\":null}\n\n", default),
        ["What is no JSON passes as content"] = ("data: hello\n\n", new() { HasContent = true }),
        ["Data over two lines passes as content"] = ("data: {\ndata: }\n\n", new() { HasContent = true }),
    };

    [Theory]
    [MemberData(nameof(Sentences))]
    public void Event(string sentence)
    {
        (string text, StreamEvent expected) = Cases[sentence];
        Assert.Equal(expected, StreamEvent.Read(Encoding.UTF8.GetBytes(text)));
    }

    [Theory]
    [InlineData("{\"choices\":[{\"text\":\"a\"}],\"usage\":{\"prompt_tokens\":1}}", "{\"choices\":[{\"text\":\"a\"}]}")]
    [InlineData("{\"usage\":{\"prompt_tokens\":1},\"choices\":[{\"text\":\"a\"}]}", "{\"choices\":[{\"text\":\"a\"}]}")]
    [InlineData("{\"a\":1, \"usage\" : {\"prompt_tokens\":1} ,\"choices\":[{}]}", "{\"a\":1 ,\"choices\":[{}]}")]
    [InlineData("{\"choices\":[{}],\"usage\":null}", "{\"choices\":[{}],\"usage\":null}")]
    public void Tokens_that_nobody_asked_for_are_taken_out_of_an_event(string sent, string seen)
    {
        using var events = new EventBuffer(1 << 20, UsageShown.Nothing);
        Feed(events, $"data: {sent}\n\ndata: {sent}\n\ndata: [");
        Assert.Equal($"data: {seen}\n\ndata: {seen}\n\n", Encoding.UTF8.GetString(events.Ready.Span));
        Assert.EndsWith("data: [", Encoding.UTF8.GetString(events.Rest.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_that_were_asked_for_at_the_end_are_null_before_it()
    {
        using var events = new EventBuffer(1 << 20, UsageShown.AtEnd);
        const string Chunk = "data: {\"choices\":[{\"index\":1,\"text\":\"a\"}],"
            + "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n";
        Feed(events, Chunk + Chunk.Replace("\"index\":1", "\"index\":0", StringComparison.Ordinal));
        Assert.Equal(new TokenUsage(1, 4), events.Usage);
        Feed(events, FakeEngine.UsageText);
        Assert.Equal(new TokenUsage(11, 7), events.Usage);
        const string Seen = "\"text\":\"a\"}],\"usage\":null}\n\n";
        string text = Encoding.UTF8.GetString(events.Ready.Span);
        Assert.Equal(3, text.Split(Seen).Length);
        Assert.EndsWith(Seen + FakeEngine.UsageText, text, StringComparison.Ordinal);
    }

    [Fact]
    public void However_a_stream_is_cut_its_events_come_out_whole_and_unchanged()
    {
        byte[] stream = Encoding.UTF8.GetBytes(FakeEngine.StreamText + FakeEngine.UsageText + FakeEngine.DoneText);
        byte[] withoutUsage = Encoding.UTF8.GetBytes(FakeEngine.StreamText + FakeEngine.DoneText);
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            bool dropUsage = seed % 2 == 0;
            using var events = new EventBuffer(1 << 20, dropUsage ? UsageShown.NoExtraEvent : UsageShown.All);
            var output = new List<byte>();
            int content = 0;
            for (int at = 0; at < stream.Length;)
            {
                int count = Math.Min(random.Next(1, seed % 3 == 0 ? 3 : 120), stream.Length - at);
                stream.AsSpan(at, count).CopyTo(events.Free().Span);
                content += events.Advance(count);
                at += count;
                Assert.True(events.Ready.IsEmpty || events.Ready.Span[^1] == '\n');
                output.AddRange(events.Ready.ToArray());
                events.Sent();
            }

            Assert.Equal(dropUsage ? withoutUsage : stream, output.ToArray());
            Assert.Equal(2, content);
            Assert.True(events.Finished);
            Assert.Equal(new TokenUsage(11, 7), events.Usage);
        }
    }

    [Fact]
    public void Random_bytes_come_out_as_they_went_in()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            byte[] alphabet = "\n\r:data {}[]\"xD\0\u00ff"u8.ToArray();
            byte[] stream = [.. Enumerable.Range(0, random.Next(1, 400)).Select(_ => alphabet[random.Next(alphabet.Length)])];
            using var events = new EventBuffer(1 << 20, UsageShown.Nothing);
            var output = new List<byte>();
            foreach (byte[] part in stream.Chunk(7))
            {
                part.CopyTo(events.Free().Span);
                events.Advance(part.Length);
                output.AddRange(events.Ready.ToArray());
                events.Sent();
            }

            output.AddRange(events.Rest.ToArray());
            Assert.Equal(stream, output.ToArray());
        }
    }

    [Fact]
    public void An_end_marker_without_a_finish_reason_is_kept_back()
    {
        using var events = new EventBuffer(1 << 20, UsageShown.All);
        byte[] stream = Encoding.UTF8.GetBytes("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: [DONE]\n\n");
        stream.CopyTo(events.Free());
        events.Advance(stream.Length);
        Assert.True(events.EndedUnfinished);
        Assert.DoesNotContain("DONE", Encoding.UTF8.GetString(events.Ready.Span), StringComparison.Ordinal);
    }

    [Fact]
    public void An_event_grows_the_buffer_up_to_its_limit_only()
    {
        using var events = new EventBuffer(64 * 1024, UsageShown.All);
        int written = 0;
        while (events.Free() is { IsEmpty: false } free)
        {
            free.Span.Fill((byte)'x');
            events.Advance(free.Length);
            written += free.Length;
        }

        Assert.InRange(written, 64 * 1024, 128 * 1024);
    }

    [Fact]
    public void Reading_events_allocates_nothing()
    {
        byte[] chunk = Encoding.UTF8.GetBytes(
            "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"abc\"},\"finish_reason\":null}]}\n\n");
        using var events = new EventBuffer(1 << 20, UsageShown.Nothing);
        Feed(100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Feed(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Feed(int count)
        {
            for (int i = 0; i < count; i++)
            {
                chunk.CopyTo(events.Free());
                events.Advance(chunk.Length);
                events.Sent();
            }
        }
    }

    private static void Feed(EventBuffer events, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        bytes.CopyTo(events.Free());
        events.Advance(bytes.Length);
    }
}
