using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Trireme.Gateway.Dialects;
using Trireme.Gateway.Forwarding;
using Trireme.Gateway.Tests.Harness;
using static Trireme.Gateway.Tests.Harness.DialectText;

namespace Trireme.Gateway.Tests.Dialects;

/// <summary>Streams made at random, cut at any byte as networks cut them.</summary>
public class CutStreamTests
{
    private static readonly string[] Pieces = ["a", " Grüße", "\\u00e9", "\\\"", "\\n", "🚣", "\\ud83d\\ude00", "{", "\\\\", "data: "];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task However_a_stream_is_cut_the_client_gets_the_same_events_and_all_of_the_text(bool isMessage)
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            (byte[] stream, string text, string thoughts, string arguments) = Make(random);
            string whole = await RelayAsync(isMessage, stream, () => stream.Length);
            string cut = await RelayAsync(isMessage, stream, () => random.Next(1, seed % 3 == 0 ? 3 : 90));
            Assert.Equal(WithoutIds(whole), WithoutIds(cut));

            List<(string Name, JsonObject Data)> events = Events(whole);
            Assert.Equal(isMessage ? "message_stop" : "response.completed", events[^1].Name);
            Assert.Equal(text, Joined(events, isMessage ? "text" : "response.output_text.delta", isMessage));
            Assert.Equal(thoughts, Joined(events, isMessage ? "thinking" : "response.reasoning_text.delta", isMessage));
            Assert.Equal(
                arguments, Joined(events, isMessage ? "partial_json" : "response.function_call_arguments.delta", isMessage));
        }
    }

    /// <summary>A stream of an engine's, and what it holds.</summary>
    private static (byte[] Stream, string Text, string Thoughts, string Arguments) Make(Random random)
    {
        var stream = new StringBuilder();
        var said = new StringBuilder[] { new(), new(), new() };
        int call = -1;
        Add(Chunk("""{"role":"assistant","content":""}"""));
        int count = random.Next(0, 12);
        for (int i = 0; i < count; i++)
        {
            string piece = Pieces[random.Next(Pieces.Length)];
            int kind = random.Next(3);
            said[kind].Append(piece);
            Add(kind switch
            {
                0 => Chunk($$$$"""{"content":"{{{{piece}}}}"}"""),
                1 => Chunk($$$$"""{"reasoning_content":"{{{{piece}}}}"}"""),
                _ => Chunk($$$$"""
                    {"tool_calls":[{"index":{{{{++call}}}},"id":"c{{{{call}}}}","function":{"name":"f","arguments":"{{{{piece}}}}"}}]}
                    """),
            });
            if (random.Next(5) == 0) stream.Append(": keepalive\r\n\r\n");
        }

        Add(Chunk("{}", "stop"));
        Add(Usage(3, count));
        Add("[DONE]");
        return (Encoding.UTF8.GetBytes(stream.ToString()), Plain(said[0]), Plain(said[1]), Plain(said[2]));

        void Add(string document) => stream.Append(random.Next(4) == 0 ? "data:" : "data: ").Append(document)
            .Append(random.Next(4) == 0 ? "\r\n\r\n" : "\n\n");
    }

    private static string Plain(StringBuilder escaped) => (string)JsonNode.Parse($"\"{escaped}\"")!;

    /// <summary>Relays a stream read in pieces, in the way of the relay.</summary>
    private static async Task<string> RelayAsync(bool isMessage, byte[] stream, Func<int> next)
    {
        using AnswerTranslation answer = isMessage ? Message(isStream: true) : Response(isStream: true);
        using var events = new EventBuffer(1 << 20, UsageShown.All);
        using var client = new MemoryStream();
        using DirectRequest direct = DirectRequest.ForOutput(client);
        var output = new ClientOutput(direct.Request, answer);
        for (int at = 0; at < stream.Length;)
        {
            int count = Math.Min(next(), stream.Length - at);
            Memory<byte> free = events.Free();
            count = Math.Min(count, free.Length);
            stream.AsSpan(at, count).CopyTo(free.Span);
            events.Advance(count);
            at += count;
            if (output.Write(events.Ready.Span)) await output.CompleteAsync();
            events.Sent();
        }

        await output.FlushAsync();
        Assert.Null(answer.Failure);
        Assert.Equal(client.Length, direct.Request.Progress.BytesToClient);
        return Encoding.UTF8.GetString(client.ToArray());
    }

    private static string Joined(List<(string Name, JsonObject Data)> events, string what, bool isMessage) => string.Concat(
        isMessage
            ? events.Select(one => (string?)one.Data["delta"]?[what])
            : events.Where(one => one.Name == what).Select(one => (string?)one.Data["delta"]));

    /// <summary>Ids are made anew with each answer.</summary>
    private static string WithoutIds(string stream) =>
        System.Text.RegularExpressions.Regex.Replace(stream, "(msg|resp|rs|fc|call|toolu)_[0-9a-f]{32}", "ID");
}
