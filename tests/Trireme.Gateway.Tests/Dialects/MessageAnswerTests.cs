using System.Text.Json.Nodes;
using Trireme.Gateway.Tests.Harness;
using static Trireme.Gateway.Tests.Harness.DialectText;

namespace Trireme.Gateway.Tests.Dialects;

public class MessageAnswerTests
{
    private const string Call = """{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"W","arguments":""}}]}""";

    [Fact]
    public async Task A_stream_of_thoughts_text_and_calls_is_told_block_by_block()
    {
        string told = await TellAsync(Message(isStream: true),
        [
            """
            {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}],
             "usage":{"prompt_tokens":9,"completion_tokens":0}}
            """,
            Chunk("""{"reasoning_content":"hm"}"""),
            Chunk("""{"content":"Gr\u00fc\"ße"}"""),
            Chunk("""{"content":"!"}"""),
            Chunk(Call),
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]}"""),
            Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"\"Ulm\"}"}}]}"""),
            Chunk("""{"tool_calls":[{"index":1,"id":"c2","function":{"name":"V","arguments":{"a": 1}}}]}"""),
            Chunk("{}", "tool_calls"),
            Usage(9, 21, cached: 4),
        ]);
        Assert.Equal(
            """
            message_start
            content_block_start 0 thinking
            content_block_delta 0 hm
            content_block_stop 0
            content_block_start 1 text
            content_block_delta 1 Grü"ße
            content_block_delta 1 !
            content_block_stop 1
            content_block_start 2 tool_use
            content_block_delta 2 {"city":
            content_block_delta 2 "Ulm"}
            content_block_stop 2
            content_block_start 3 tool_use
            content_block_delta 3 {"a":1}
            content_block_stop 3
            message_delta tool_use
            message_stop
            """,
            Summary(told));
        List<(string Name, JsonObject Data)> events = Events(told);
        JsonNode start = events[0].Data["message"]!;
        Assert.StartsWith("msg_", (string?)start["id"], StringComparison.Ordinal);
        Assert.Equal((9, 0), ((int)start["usage"]!["input_tokens"]!, (int)start["usage"]!["output_tokens"]!));
        JsonNode usage = events[^2].Data["usage"]!;
        Assert.Equal((5, 4, 21),
            ((int)usage["input_tokens"]!, (int)usage["cache_read_input_tokens"]!, (int)usage["output_tokens"]!));
        JsonNode tool = events.First(one => (string?)one.Data["content_block"]?["type"] == "tool_use").Data["content_block"]!;
        Assert.Equal("""{"type":"tool_use","id":"c1","name":"W","input":{}}""", tool.ToJsonString());
    }

    [Theory]
    [InlineData("stop", "", "end_turn", null)]
    [InlineData("stop", ",\"stop_reason\":\"houses\"", "stop_sequence", "houses")]
    [InlineData("stop", ",\"stop_reason\":7", "end_turn", null)]
    [InlineData("length", "", "max_tokens", null)]
    [InlineData("tool_calls", "", "tool_use", null)]
    [InlineData("content_filter", "", "refusal", null)]
    public async Task Why_an_answer_ended_is_said_alike_streamed_and_whole(string finish, string more, string reason, string? stop)
    {
        string told = await TellAsync(Message(isStream: true), [Chunk("""{"content":"a"}"""), Chunk("{}", finish, more)]);
        JsonNode delta = Events(told)[^2].Data["delta"]!;
        Assert.Equal((reason, stop), ((string?)delta["stop_reason"], (string?)delta["stop_sequence"]));

        string document = Chunk("""{"content":"a"}""", finish, more).Replace("delta", "message", StringComparison.Ordinal);
        string whole = await TellAsync(Message(isStream: false), [document]);
        JsonNode message = JsonNode.Parse(whole)!;
        Assert.Equal((reason, stop), ((string?)message["stop_reason"], (string?)message["stop_sequence"]));
        Assert.Equal("""[{"type":"text","text":"a"}]""", message["content"]!.ToJsonString());
    }

    [Fact]
    public async Task A_whole_message_has_its_parts_in_the_order_of_thinking()
    {
        string whole = await TellAsync(Message(isStream: false),
        [
            """
            {"id":"c","choices":[{"index":0,"message":{"role":"assistant","content":"I look.","tool_calls":[
              {"id":"c1","type":"function","function":{"name":"W","arguments":"{\"city\": \"U\\\"lm\"}"}}],"reasoning":"hm"},
              "finish_reason":"tool_calls"}],"usage":{"prompt_tokens":5,"completion_tokens":3}}
            """,
        ]);
        JsonNode message = JsonNode.Parse(whole)!;
        Assert.Equal(
            """[{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"I look."},"""
                + """{"type":"tool_use","id":"c1","name":"W","input":{"city":"U\u0022lm"}}]""",
            message["content"]!.ToJsonString());
        Assert.Equal(("message", "assistant", "chat"), ((string?)message["type"], (string?)message["role"], (string?)message["model"]));
        Assert.Equal((5, 3), ((int)message["usage"]!["input_tokens"]!, (int)message["usage"]!["output_tokens"]!));
    }

    [Fact]
    public async Task Half_a_call_is_left_out_where_the_limit_cut_it_and_an_error_where_the_model_did()
    {
        const string half = """
            {"choices":[{"message":{"tool_calls":[{"id":"c","function":{"name":"W","arguments":"{\"ci"}}]},"finish_reason":"FINISH"}]}
            """;
        string cut = await TellAsync(Message(isStream: false), [half.Replace("FINISH", "length", StringComparison.Ordinal)]);
        Assert.Equal("[]", JsonNode.Parse(cut)!["content"]!.ToJsonString());
        Assert.Equal("max_tokens", (string?)JsonNode.Parse(cut)!["stop_reason"]);

        using var answer = Message(isStream: false);
        await TellAsync(answer, [half.Replace("FINISH", "tool_calls", StringComparison.Ordinal)]);
        Assert.Equal((502, "broken_call"), (answer.Failure?.Status, answer.Failure?.Code));
    }

    [Theory]
    [InlineData("it breaks off", null)]
    [InlineData("it says that it failed", """{"error":{"message":"out of memory","type":"server_error"}}""")]
    [InlineData("it says what nobody reads", "[1]")]
    [InlineData("it says no JSON", "oops")]
    [InlineData(
        "it goes back to an earlier call", """{"choices":[{"delta":{"tool_calls":[{"index":-1,"function":{"arguments":"1"}}]}}]}""")]
    public async Task A_stream_that_is_not_whole_ends_with_an_error_and_no_stop(string when, string? last)
    {
        List<string> documents = [Chunk("""{"content":"a"}"""), Chunk(Call)];
        if (last is not null) documents.Add(last);
        string told = await TellAsync(Message(isStream: true), documents, isWhole: false);
        List<(string Name, JsonObject Data)> events = Events(told);
        Assert.True(events[^1].Name == "error", when);
        Assert.Equal("api_error", (string?)events[^1].Data["error"]!["type"]);
        Assert.NotEmpty((string)events[^1].Data["error"]!["message"]!);
        Assert.Equal("req_1", (string?)events[^1].Data["request_id"]);
        Assert.DoesNotContain(events, one => one.Name is "message_delta" or "message_stop");
        if (when == "it says that it failed") Assert.Equal("out of memory", (string?)events[^1].Data["error"]!["message"]);
    }

    [Fact]
    public async Task A_second_answer_is_none_of_it()
    {
        const string second = """{"choices":[{"index":1,"delta":{"content":"b"},"finish_reason":"length"}]}""";
        string told = await TellAsync(Message(isStream: true), [Chunk("""{"content":"a"}"""), second, Chunk("{}", "stop")]);
        Assert.Equal("a", string.Concat(Events(told).Select(one => (string?)one.Data["delta"]?["text"])));
        Assert.Equal("end_turn", (string?)Events(told)[^2].Data["delta"]!["stop_reason"]);
    }

    [Fact]
    public async Task Nothing_follows_the_end()
    {
        using var answer = Message(isStream: true);
        string first = await TellAsync(answer, [Chunk("""{"content":"a"}""", "stop")]);
        Assert.EndsWith("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", first, StringComparison.Ordinal);
        Assert.Empty(await TellAsync(answer, [Chunk("""{"content":"b"}""")], isWhole: false));
    }

    private static string Summary(string stream) => string.Join('\n', Events(stream).Select(one =>
    {
        JsonObject data = one.Data;
        JsonNode? delta = data["delta"];
        string?[] words =
        [
            one.Name, data["index"]?.ToJsonString(), (string?)data["content_block"]?["type"],
            (string?)(delta?["text"] ?? delta?["thinking"] ?? delta?["partial_json"] ?? delta?["stop_reason"]),
        ];
        return string.Join(' ', words.Where(word => word is not null));
    }));
}
