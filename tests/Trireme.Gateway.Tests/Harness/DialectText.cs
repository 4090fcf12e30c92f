using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.Gateway.Dialects;
using Trireme.Gateway.Dialects.Messages;
using Trireme.Gateway.Dialects.Responses;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Tests.Harness;

/// <summary>Translates texts without a server in between.</summary>
internal static class DialectText
{
    private static readonly byte[] Model = "\"chat\""u8.ToArray();

    /// <summary>The chat completion that a request for a message becomes, or what is wrong with it.</summary>
    public static (string Chat, GatewayError? Error) OfMessage(string body, bool counts = false)
    {
        var output = new ArrayBufferWriter<byte>();
        JsonSlice request = JsonSlice.Parse(Encoding.UTF8.GetBytes(body));
        GatewayError? error = counts
            ? MessageRequest.WriteTokens(request, new JsonSlice(Model), output)
            : MessageRequest.WriteChat(request, new JsonSlice(Model), output);
        return (Encoding.UTF8.GetString(output.WrittenSpan), error);
    }

    /// <summary>The chat completion that a request for a response becomes, or what is wrong with it.</summary>
    public static (string Chat, GatewayError? Error) OfResponse(string body, KeptResponse? previous = null)
    {
        var output = new ArrayBufferWriter<byte>();
        JsonSlice request = JsonSlice.Parse(Encoding.UTF8.GetBytes(body));
        GatewayError? error = ResponseFields.TryRead(request, out ResponseFields fields);
        if (error is not null) return ("", error);
        var items = new ResponseItems(previous, new Dictionary<string, KeptResponse>());
        bool stream = request["stream"u8].IsTrue;
        error = ResponseRequest.WriteChat(request, fields, items, new JsonSlice(Model), stream, output);
        return (Encoding.UTF8.GetString(output.WrittenSpan), error);
    }

    public static ChatAnswer Message(bool isStream)
    {
        var head = new MessageHead("chat", "req_1");
        return isStream ? new MessageStream(head) : new WholeMessage(head);
    }

    public static ResponseAnswer Response(bool isStream, int maxBytes = 1 << 20)
    {
        JsonSlice body = JsonSlice.Parse("{\"model\":\"chat\",\"input\":\"hi\",\"metadata\":{\"a\": \"b\"}}"u8);
        Assert.Null(ResponseFields.TryRead(body, out ResponseFields fields));
        var head = ResponseHead.Of(body, fields, "chat", DateTimeOffset.FromUnixTimeSeconds(1_700_000_000));
        return new ResponseAnswer(head, new ResponseEvents(isStream), keeping: null, maxBytes);
    }

    /// <summary>What an answer becomes: the documents of an engine, and its end where it has one.</summary>
    public static async Task<string> TellAsync(AnswerTranslation answer, IEnumerable<string> documents, bool isWhole = true)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (string document in documents) answer.Write(Encoding.UTF8.GetBytes(document), output);
        if (answer.Failure is { } failure) answer.Fail(failure, output);
        else if (isWhole) await answer.CompleteAsync(output, TestContext.Current.CancellationToken);
        else answer.Fail(GatewayErrors.BrokenStream, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>The events of a stream: names and documents, which carry the same name.</summary>
    public static List<(string Name, JsonObject Data)> Events(string stream)
    {
        var events = new List<(string, JsonObject)>();
        string lines = stream.Replace("\r\n", "\n", StringComparison.Ordinal);
        foreach (string part in lines.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.StartsWith(':')) continue;
            string[] both = part.Split('\n');
            Assert.Equal(2, both.Length);
            Assert.StartsWith("event: ", both[0], StringComparison.Ordinal);
            Assert.StartsWith("data: ", both[1], StringComparison.Ordinal);
            JsonObject data = JsonNode.Parse(both[1]["data: ".Length..])!.AsObject();
            string name = both[0]["event: ".Length..];
            Assert.Equal(name, (string?)data["type"]);
            events.Add((name, data));
        }

        return events;
    }

    /// <summary>A chunk of a stream with something in its delta.</summary>
    public static string Chunk(string delta, string? finish = null, string more = "")
    {
        string reason = finish is null ? "null" : $"\"{finish}\"";
        return $$$$"""{"id":"c1","choices":[{"index":0,"delta":{{{{delta}}}},"finish_reason":{{{{reason}}}}{{{{more}}}}}]}""";
    }

    public static string Usage(int prompt, int generated, int cached = 0) =>
        $$$$"""
        {"choices":[],"usage":{"prompt_tokens":{{{{prompt}}}},"completion_tokens":{{{{generated}}}},
        "prompt_tokens_details":{"cached_tokens":{{{{cached}}}} } } }
        """.ReplaceLineEndings("");
}
