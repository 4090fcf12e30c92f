using System.Text.Json.Nodes;
using Trireme.Gateway.Dialects.Responses;
using Trireme.Gateway.Tests.Harness;
using static Trireme.Gateway.Tests.Harness.DialectText;

namespace Trireme.Gateway.Tests.Dialects;

public class ResponseAnswerTests
{
    private static readonly string[] Documents =
    [
        Chunk("""{"role":"assistant","content":""}"""),
        Chunk("""{"reasoning":"h"}"""),
        Chunk("""{"reasoning_content":"m"}"""),
        Chunk("""{"content":"Gr\u00fc"}"""),
        Chunk("""{"content":"\"ße"}"""),
        Chunk("""{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"W","arguments":"{\"a\":"}}]}"""),
        Chunk("""{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"""),
        Chunk("{}", "tool_calls"),
        Usage(9, 21, cached: 4),
    ];

    [Fact]
    public async Task A_stream_tells_every_item_from_its_first_to_its_last_and_all_of_them_at_the_end()
    {
        List<(string Name, JsonObject Data)> events = Events(await TellAsync(Response(isStream: true), Documents));
        Assert.Equal(
            [
                "response.created", "response.in_progress",
                "response.output_item.added", "response.content_part.added", "response.reasoning_text.delta",
                "response.reasoning_text.delta", "response.reasoning_text.done", "response.content_part.done", "response.output_item.done",
                "response.output_item.added", "response.content_part.added", "response.output_text.delta", "response.output_text.delta",
                "response.output_text.done", "response.content_part.done", "response.output_item.done",
                "response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.delta",
                "response.function_call_arguments.done", "response.output_item.done",
                "response.completed",
            ],
            events.Select(one => one.Name));
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(one => (int)one.Data["sequence_number"]!));
        JsonNode response = events[^1].Data["response"]!;
        JsonArray output = response["output"]!.AsArray();
        Assert.Equal(["hm", "Grü\"ße", "{\"a\":1}"], output.Select(TextOf));
        Assert.Equal(output.Select(item => item!.ToJsonString()), events
            .Where(one => one.Name == "response.output_item.done").Select(one => one.Data["item"]!.ToJsonString()));
        Assert.Equal(("completed", "response", "chat"),
            ((string?)response["status"], (string?)response["object"], (string?)response["model"]));
        Assert.Equal("""{"a":"b"}""", response["metadata"]!.ToJsonString());
        Assert.Equal("""{"format":{"type":"text"}}""", response["text"]!.ToJsonString());
        Assert.Equal(
            """{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":21"""
                + ""","output_tokens_details":{"reasoning_tokens":0},"total_tokens":30}""",
            response["usage"]!.ToJsonString());
        Assert.Null(events[0].Data["response"]!["usage"]);
        Assert.Equal("in_progress", (string?)events[1].Data["response"]!["status"]);
        Assert.Equal("c1", (string?)output[2]!["call_id"]);
    }

    [Fact]
    public async Task A_whole_response_is_what_its_stream_ends_with()
    {
        JsonNode streamed = Events(await TellAsync(Response(isStream: true), Documents))[^1].Data["response"]!;
        const string whole = """
            {"choices":[{"message":{"role":"assistant","content":"Gr\u00fc\"ße","reasoning":"hm","tool_calls":[
              {"id":"c1","type":"function","function":{"name":"W","arguments":"{\"a\":1}"}}]},"finish_reason":"tool_calls"}],
             "usage":{"prompt_tokens":9,"completion_tokens":21,"prompt_tokens_details":{"cached_tokens":4}}}
            """;
        JsonNode response = JsonNode.Parse(await TellAsync(Response(isStream: false), [whole]))!;
        Assert.Equal(WithoutIds(streamed), WithoutIds(response));
    }

    [Theory]
    [InlineData("length", "max_output_tokens")]
    [InlineData("content_filter", "content_filter")]
    public async Task An_answer_that_was_cut_is_incomplete(string finish, string reason)
    {
        List<(string Name, JsonObject Data)> events = Events(
            await TellAsync(Response(isStream: true), [Chunk("""{"content":"a"}"""), Chunk("{}", finish), Usage(1, 1)]));
        Assert.Equal("response.incomplete", events[^1].Name);
        JsonNode response = events[^1].Data["response"]!;
        Assert.Equal(("incomplete", reason), ((string?)response["status"], (string?)response["incomplete_details"]!["reason"]));
        Assert.Equal("incomplete", (string?)response["output"]![0]!["status"]);
    }

    [Fact]
    public async Task Log_probabilities_come_with_each_delta_and_all_together_at_the_end()
    {
        const string logprobs = """,{"content":[{"token":"a","logprob":-1.5,"bytes":[97],"top_logprobs":[]}]}""";
        string chunk = Chunk("""{"content":"a"}""", more: logprobs.Replace(",{", ",\"logprobs\":{", StringComparison.Ordinal));
        List<(string Name, JsonObject Data)> events = Events(
            await TellAsync(Response(isStream: true), [chunk, chunk, Chunk("{}", "stop")]));
        Assert.All(events.Where(one => one.Name == "response.output_text.delta"), one => Assert.Single(one.Data["logprobs"]!.AsArray()));
        Assert.Equal(2, events[^1].Data["response"]!["output"]![0]!["content"]![0]!["logprobs"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("it breaks off", null)]
    [InlineData("it says that it failed", """{"error":{"message":"out of memory","code":"out_of_memory"}}""")]
    [InlineData("it says no JSON", "oops")]
    [InlineData(
        "it goes back to an earlier call", """{"choices":[{"delta":{"tool_calls":[{"index":-1,"function":{"arguments":"1"}}]}}]}""")]
    public async Task A_stream_that_is_not_whole_ends_with_an_error_and_as_failed(string when, string? last)
    {
        List<string> documents = [Chunk("""{"content":"a"}""")];
        if (last is not null) documents.Add(last);
        List<(string Name, JsonObject Data)> events = Events(await TellAsync(Response(isStream: true), documents, isWhole: false));
        Assert.True(events is [.., ("error", _), ("response.failed", _)], when);
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(one => (int)one.Data["sequence_number"]!));
        JsonNode response = events[^1].Data["response"]!;
        Assert.Equal("failed", (string?)response["status"]);
        Assert.Equal((string?)events[^2].Data["message"], (string?)response["error"]!["message"]);
        Assert.Equal((string?)events[^2].Data["message"], (string?)events[^2].Data["error"]!["message"]);
        Assert.DoesNotContain(events, one => one.Name is "response.completed" or "response.output_item.done");
    }

    [Fact]
    public async Task An_answer_longer_than_what_is_held_fails()
    {
        using ResponseAnswer answer = Response(isStream: true, maxBytes: 100);
        string chunk = Chunk($$$$"""{"content":"{{{{new string('a', 60)}}}}"}""");
        List<(string Name, JsonObject Data)> events = Events(await TellAsync(answer, [chunk, chunk, chunk]));
        Assert.Equal("response.failed", events[^1].Name);
        Assert.Equal("answer_too_long", answer.Failure?.Code);
    }

    private static string? TextOf(JsonNode? item) => (string?)(item!["arguments"] ?? item["content"]![0]!["text"]);

    private static string WithoutIds(JsonNode response)
    {
        JsonObject copy = response.DeepClone().AsObject();
        copy.Remove("id");
        foreach (JsonNode? item in copy["output"]!.AsArray()) item!.AsObject().Remove("id");
        return copy.ToJsonString();
    }
}
