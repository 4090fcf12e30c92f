using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

/// <summary>OpenAI's responses and Anthropic's messages with their makers' clients, against the whole platform.</summary>
public sealed class DialectClientTests(PlatformFixture fixture)
{
    private const string Answer = "The opposite of big is small.";

    [Fact]
    public async Task OpenAIs_client_gets_responses_and_goes_on_from_them()
    {
        JsonObject seen = await RunAsync("openai-responses.cjs", "/v1");
        Assert.Equal((Answer, "completed", true), (
            (string?)seen["plain"]!["text"], (string?)seen["plain"]!["status"], (bool)seen["plain"]!["store"]!));
        Assert.True((int)seen["plain"]!["usage"]!["input_tokens"]! > 5);

        JsonNode stream = seen["stream"]!;
        string[] types = [.. stream["events"]!.AsArray().Select(one => (string)one!["type"]!)];
        Assert.Equal(["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"], types[..4]);
        Assert.Equal(
            ["response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed"], types[^4..]);
        Assert.Equal(Enumerable.Range(0, types.Length), stream["events"]!.AsArray().Select(one => (int)one!["number"]!));
        JsonNode said = stream["final"]!["output"]![0]!["content"]![0]!;
        Assert.Equal((Answer, Answer), ((string?)stream["text"], (string?)said["text"]));

        JsonNode call = seen["streamedCall"]!["final"]!["output"]![0]!;
        Assert.Equal(("function_call", "get_weather"), ((string?)call["type"], (string?)call["name"]));
        Assert.Equal((string?)call["arguments"], (string?)seen["streamedCall"]!["text"]);
        Assert.Contains((string)JsonNode.Parse((string)call["arguments"]!)!["city"]!, new[] { "Rome", "Oslo" });
        Assert.Equal(["name", "age"], seen["parsed"]!.AsObject().Select(member => member.Key));
        Assert.Equal("max_output_tokens", (string?)seen["incomplete"]!["reason"]);
        Assert.Equal(("get_weather", true), ((string?)seen["tools"]!["name"], seen["tools"]!["arguments"]!["city"] is not null));
        Assert.NotNull((string?)seen["tools"]!["told"]);

        JsonNode conversation = seen["conversation"]!;
        Assert.Equal(["user", "assistant", "user"], conversation["roles"]!.AsArray().Select(role => (string?)role));
        Assert.Equal(("My name is Bo.", true, true),
            ((string?)conversation["text"], (bool)conversation["same"]!, (bool)conversation["kept"]!));
        Assert.True((int)conversation["prompt"]! > 5, "the history is part of the prompt");
        Refused(conversation["gone"], 404, "not found");
        Refused(seen["unkept"], 404, "not found");
        Refused(seen["previous"], 400, "Previous response with id");
        Refused(seen["background"], 400, "\"background\" is not supported");
        Refused(seen["unknown"], 404, "\"claude\" does not exist");
        Refused(seen["image"], 400, "image_url");
        Refused(seen["moderation"], 501, "/v1/moderations is not served");
        Assert.Equal(3, (int)seen["deltas"]!);
    }

    [Fact]
    public async Task Anthropics_client_gets_messages()
    {
        JsonObject seen = await RunAsync("anthropic-messages.cjs", "");
        JsonNode plain = seen["plain"]!;
        Assert.Equal((Answer, "end_turn", "assistant", "tiny"), (
            (string?)plain["content"]![0]!["text"], (string?)plain["stop_reason"], (string?)plain["role"], (string?)plain["model"]));
        Assert.NotEmpty((string)seen["id"]!);
        Assert.Equal(plain["content"]!.ToJsonString(), seen["byHeader"]!.ToJsonString());

        JsonNode stream = seen["stream"]!;
        string[] types = [.. stream["events"]!.AsArray().Select(one => (string)one!)];
        Assert.Equal(["message_start", "content_block_start", "content_block_delta"], types[..3]);
        Assert.Equal(["content_block_stop", "message_delta", "message_stop"], types[^3..]);
        Assert.Equal(Answer, (string?)stream["message"]!["content"]![0]!["text"]);
        Assert.Equal(TokensOf(plain), TokensOf(stream["message"]!));

        JsonNode call = seen["streamedCall"]!["message"]!;
        Assert.Equal(("tool_use", "tool_use"), ((string?)call["content"]![0]!["type"], (string?)call["stop_reason"]));
        Assert.Contains((string)call["content"]![0]!["input"]!["city"]!, new[] { "Rome", "Oslo" });
        Assert.Equal(("stop_sequence", "small"),
            ((string?)seen["stopped"]!["stop_reason"], (string?)seen["stopped"]!["stop_sequence"]));
        Assert.Equal("max_tokens", (string?)seen["cut"]);
        Assert.DoesNotContain("The opposite", (string)seen["begun"]![0]!["text"]!, StringComparison.Ordinal);
        Assert.Equal(["name", "age"], seen["formed"]!.AsObject().Select(member => member.Key));
        Assert.Equal(("tool_use", "get_weather", "assistant"),
            ((string?)seen["tools"]!["reason"], (string?)seen["tools"]!["name"], (string?)seen["tools"]!["told"]));
        Assert.Equal((int)seen["counted"]!, (int)seen["count"]!["input_tokens"]!);

        Refused(seen["thread"], 400, "Send all messages with each request", "invalid_request_error");
        Refused(seen["unknown"], 404, "\"claude\" does not exist", "not_found_error");
        Refused(seen["long"], 400, "max_tokens", "invalid_request_error");
        Refused(seen["image"], 400, "image_url", "invalid_request_error");
        Refused(seen["batches"], 404, "There is no GET /v1/messages/batches", "not_found_error");
        Refused(seen["noKey"], 401, "unknown or was revoked", "authentication_error");
        Assert.Equal(3, (int)seen["deltas"]!);
    }

    private static (int, int) TokensOf(JsonNode message)
    {
        JsonNode usage = message["usage"]!;
        return ((int)usage["input_tokens"]! + (int)usage["cache_read_input_tokens"]!, (int)usage["output_tokens"]!);
    }

    private static void Refused(JsonNode? error, int status, string says, string? type = null)
    {
        Assert.NotNull(error);
        Assert.Equal(status, (int)error["status"]!);
        Assert.Contains(says, (string)error["message"]!, StringComparison.Ordinal);
        Assert.NotEmpty((string)error["id"]!);
        if (type is not null) Assert.Equal(type, (string?)error["type"]);
    }

    private async Task<JsonObject> RunAsync(string script, string path)
    {
        Assert.SkipUnless(JavaScriptPackages.Exist, JavaScriptPackages.Missing);
        using HttpClient gateway = fixture.Platform.CreateClient();
        string address = gateway.BaseAddress!.GetLeftPart(UriPartial.Authority) + path;
        string file = Repository.PathOf("tests", "Trireme.EndToEnd.Tests", "JavaScript", script);
        return JsonNode.Parse(
            await JavaScriptPackages.RunAsync(file, input: null, address, fixture.Platform.ApiKey))!.AsObject();
    }
}
