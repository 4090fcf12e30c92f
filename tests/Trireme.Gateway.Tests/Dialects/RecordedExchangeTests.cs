using System.Text;
using System.Text.Json.Nodes;
using Trireme.Gateway.Dialects;
using Trireme.Gateway.Surface;
using Trireme.Gateway.Tests.Harness;
using Trireme.Testing;

namespace Trireme.Gateway.Tests.Dialects;

/// <summary>What real clients sent and a real engine answered.</summary>
public class RecordedExchangeTests
{
    private const string Missing = "The recorded exchanges are not on this machine.";

    private static readonly string[] MessageClients = ["anthropic-python", "anthropic-js", "ai-sdk-anthropic"];

    private static readonly string[] ResponseClients =
        ["openai-python", "openai-js", "ai-sdk-openai-default", "openai-agents", "pydantic-ai", "langchain-openai", "litellm-sdk"];

    [Fact]
    public void Every_message_that_clients_send_is_a_chat_completion_but_those_of_threads()
    {
        int asked = 0;
        foreach ((string place, JsonNode body) in Sent(MessageClients, "/v1/messages"))
        {
            (string chat, GatewayError? error) = DialectText.OfMessage(body.ToJsonString());
            if (body["thread"] is null)
            {
                Assert.True(error is null, $"{place}: {error?.Message}");
                Assert.Equal(body["max_tokens"]!.ToJsonString(), JsonNode.Parse(chat)!["max_tokens"]!.ToJsonString());
            }
            else
            {
                Assert.Equal("thread", error?.Param);
            }

            asked++;
        }

        Assert.True(asked > 30, $"{asked} requests");
    }

    [Fact]
    public void Every_response_that_clients_ask_for_is_a_chat_completion()
    {
        int asked = 0;
        foreach ((string place, JsonNode body) in Sent(ResponseClients, "/v1/responses"))
        {
            (string chat, GatewayError? error) = DialectText.OfResponse(body.ToJsonString());
            Assert.True(error is null, $"{place}: {error?.Message}");
            Assert.Equal(body["max_output_tokens"]?.ToJsonString(), JsonNode.Parse(chat)!["max_tokens"]?.ToJsonString());
            asked++;
        }

        Assert.True(asked > 30, $"{asked} requests");
    }

    [Theory]
    [InlineData("anthropic-messages.jsonl", "messages-stream")]
    [InlineData("anthropic-messages.jsonl", "messages-max1-stream")]
    [InlineData("anthropic-messages.jsonl", "messages-stop-stream")]
    [InlineData("responses.jsonl", "responses-stream")]
    [InlineData("responses.jsonl", "responses-max1-stream")]
    public async Task A_stream_of_an_engine_has_the_events_that_the_same_engine_gave_in_the_dialect(string file, string exchange)
    {
        JsonNode recorded = Lines($"recorded/vllm/{file}").Single(line => (string?)line["id"] == exchange);
        string stream = string.Concat(recorded["response"]!["stream"]!.AsArray().Select(piece => (string)piece![1]!));
        List<(string Name, JsonObject Data)> theirs = DialectText.Events(stream.Replace("\n\n\n", "\n\n", StringComparison.Ordinal));
        bool isMessage = file.StartsWith("anthropic", StringComparison.Ordinal);
        using AnswerTranslation answer = isMessage ? DialectText.Message(isStream: true) : DialectText.Response(isStream: true);
        List<(string Name, JsonObject Data)> ours = DialectText.Events(await DialectText.TellAsync(answer, ChatOf(theirs, isMessage)));
        Assert.Equal(theirs.Select(one => NameOf(one.Name)), ours.Select(one => NameOf(one.Name)));
        foreach (((string name, JsonObject their), (_, JsonObject our)) in theirs.Zip(ours)) AgreesWhereBothSpeak(their, our, name);
    }

    /// <summary>vLLM ends a response that was cut as a complete one, where OpenAI's has an event of its own.</summary>
    private static string NameOf(string name) => name == "response.incomplete" ? "response.completed" : name;

    /// <summary>The chunks that the engine's events tell of.</summary>
    private static IEnumerable<string> ChatOf(List<(string Name, JsonObject Data)> events, bool isMessage)
    {
        JsonNode last = isMessage ? events[^2].Data : events[^1].Data["response"]!;
        JsonNode usage = last["usage"]!;
        string counts = $$$$"""{"prompt_tokens":{{{{usage["input_tokens"]}}}},"completion_tokens":{{{{usage["output_tokens"]}}}}}""";
        if (isMessage)
        {
            yield return $$$$"""{"choices":[],"usage":{"prompt_tokens":{{{{usage["input_tokens"]}}}},"completion_tokens":0}}""";
        }

        foreach ((_, JsonObject data) in events)
        {
            JsonNode? text = isMessage ? data["delta"]?["text"] : data["delta"];
            if (text is not null) yield return DialectText.Chunk($"{{\"content\":{text.ToJsonString()}}}");
        }

        JsonNode? stop = isMessage ? last["delta"]!["stop_sequence"] : null;
        bool isCut = isMessage ? (string?)last["delta"]!["stop_reason"] == "max_tokens" : (string?)last["status"] == "incomplete";
        yield return DialectText.Chunk("{}", isCut ? "length" : "stop", stop is null ? "" : $",\"stop_reason\":{stop.ToJsonString()}");
        yield return $$$$"""{"choices":[],"usage":{{{{counts}}}}}""";
    }

    /// <summary>Members that both have are the same, but for ids, times and what the request was made with.</summary>
    private static void AgreesWhereBothSpeak(JsonNode? theirs, JsonNode? ours, string place)
    {
        string[] own = ["id", "item_id", "created_at", "model", "type", "service_tier", "text", "temperature", "top_p", "tool_choice",
            "top_logprobs", "max_output_tokens", "reasoning", "metadata", "logprobs", "status", "usage"];
        if (theirs is JsonObject one && ours is JsonObject other)
        {
            foreach ((string name, JsonNode? value) in one)
            {
                bool isOwn = own.Contains(name) && !(name == "text" && value is JsonValue && other[name] is JsonValue);
                if (!isOwn && other.ContainsKey(name)) AgreesWhereBothSpeak(value, other[name], $"{place}.{name}");
            }
        }
        else if (theirs is JsonArray list && ours is JsonArray others)
        {
            Assert.True(list.Count == others.Count, place);
            for (int i = 0; i < list.Count; i++) AgreesWhereBothSpeak(list[i], others[i], $"{place}[{i}]");
        }
        else if (theirs is not null && ours is not null)
        {
            Assert.True(theirs.ToJsonString() == ours.ToJsonString(), $"{place}: {theirs.ToJsonString()} and {ours.ToJsonString()}");
        }
    }

    /// <summary>Bodies that clients sent to an address; those that the recording's own masking has changed are left out.</summary>
    private static IEnumerable<(string Place, JsonNode Body)> Sent(string[] clients, string path)
    {
        foreach (string client in clients)
        {
            int number = 0;
            foreach (JsonNode line in Lines($"recorded/clients/{client}.jsonl"))
            {
                number++;
                JsonNode? request = line["request"];
                bool isIt = ((string?)request?["path"])?.Split('?')[0] == path && request!["body"] is JsonObject;
                if (isIt && !request!["body"]!.ToJsonString().Contains("KEY", StringComparison.Ordinal))
                {
                    yield return ($"{client} line {number}", request["body"]!);
                }
            }
        }
    }

    private static IEnumerable<JsonNode> Lines(string file)
    {
        string? path = Fixtures.Find(file);
        Assert.SkipWhen(path is null, Missing);
        return File.ReadLines(path!, Encoding.UTF8).Select(line => JsonNode.Parse(line)!);
    }
}
