using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Worker.Tests;

/// <summary>Requests whose bytes are no text, no JSON or too much of it are told what is wrong and where.</summary>
public sealed class RequestTextTests(SharedWorker shared)
{
    private const string Half = "HALF";

    private RunningWorker Worker => shared.Worker;

    /// <summary>One body per route, with every field that holds text, at any depth.</summary>
    public static TheoryData<string, string> Bodies { get; } = new()
    {
        {
            "/v1/chat/completions",
            """
            {"model":"tiny","max_tokens":1,"messages":[{"role":"user","content":"a","name":"n"},{"role":"user","content":[{"type":"text",
            "text":"b"}]},{"role":"assistant","content":"c","tool_calls":[{"id":"1","type":"function","function":{"name":"f",
            "arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"d"}],"stop":["x"],"user":"u","cache_salt":"s",
            "request_id":"r","chat_template_kwargs":{"k":"v","l":["w"]},"metadata":{"m":"n"},"unknown":{"deep":[{"er":"o"}]},
            "logit_bias":{"5":1},"bad_words":["y"],"guided_choice":["a"],"reasoning_effort":"low","documents":[],
            "tool_choice":"none","tools":[{"type":"function","function":{"name":"g","description":"h","parameters":{"type":"object"}}}]}
            """
        },
        {
            "/v1/chat/completions",
            """
            {"messages":[{"role":"user","content":"a"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":
            {"type":"object","properties":{"p":{"enum":["e"],"description":"d"}},"required":["p"]}}}}
            """
        },
        { "/v1/completions", """{"prompt":["a","b"],"max_tokens":1,"structured_outputs":{"choice":["ok","no"]}}""" },
        { "/v1/completions", """{"prompt":"a","max_tokens":1,"structured_outputs":{"regex":"a"},"truncation_side":"left"}""" },
        { "/v1/completions", """{"prompt":"a","max_tokens":1,"guided_regex":"a"}""" },
        { "/v1/completions", """{"prompt":"a","max_tokens":1,"guided_json":{"const":"x"}}""" },
        { "/v1/embeddings", """{"model":"tiny","input":["a"],"encoding_format":"float","user":"u"}""" },
        { "/tokenize", """{"prompt":"a","model":"tiny"}""" },
        { "/tokenize", """{"messages":[{"role":"user","content":"a"}],"chat_template_kwargs":{"k":"v"}}""" },
        { "/detokenize", """{"tokens":[1],"model":"tiny"}""" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Half_a_character_is_refused_wherever_it_stands(string path, string body)
    {
        var node = JsonNode.Parse(body)!;
        List<string> places = [.. Places(node, "")];
        Assert.NotEmpty(places);
        foreach (string escape in (string[])["\\ud83d", "\\ude00", "a\\ud83dz", "\\ude00\\ud83d", "\\uD83D\\uD83D\\uDE00"])
        {
            foreach (string place in places)
            {
                string broken = Break(body, place).Replace(Half, escape, StringComparison.Ordinal);
                Reply reply = await Worker.PostAsync(path, broken);
                Assert.True(reply.Status == HttpStatusCode.BadRequest, $"{place} with {escape}: {reply.Status} {reply.Body}");
                Assert.Equal(place, reply.Error.GetProperty("param").GetString());
                Assert.Contains("half a character", reply.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData("the body itself", """{"\ud83d":1}""", null)]
    [InlineData("an object in it", """{"messages":[{"\udc00":1}]}""", "messages[0]")]
    [InlineData("an object deep in it", """{"metadata":{"a":[1,{"b":{"x\ud800":2}}]}}""", "metadata.a[1].b")]
    public async Task Half_a_character_in_a_name_is_refused(string sentence, string body, string? param)
    {
        Reply reply = await Worker.PostAsync("/v1/chat/completions", body);

        Assert.True(reply.Status == HttpStatusCode.BadRequest, sentence);
        Assert.Equal(param, reply.Error.GetProperty("param").GetString());
        Assert.Contains("half a character", reply.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "arguments",
        """{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"{\"a\":[\"\\ud83d\"]}"}}]}]}""",
        "messages[0].tool_calls[0].function.arguments.a[0]")]
    [InlineData(
        "a schema", """{"messages":[{"role":"user","content":"a"}],"guided_json":"{\"enum\":[\"\\udc00\"]}"}""", "guided_json.enum[0]")]
    public async Task Half_a_character_in_JSON_within_a_string_is_refused(string sentence, string body, string param)
    {
        Reply reply = await Worker.PostAsync("/v1/chat/completions", body);

        Assert.True(reply.Status == HttpStatusCode.BadRequest, $"{sentence}: {reply.Body}");
        Assert.Equal(param, reply.Error.GetProperty("param").GetString());
    }

    [Theory]
    [InlineData("a pair of halves", "\"\\ud83d\\ude00\"")]
    [InlineData("a backslash before the letter u", "\"\\\\ud83d\"")]
    [InlineData("the character itself", "\"😀\"")]
    [InlineData("a character of the private area", "\"\\ue000\\ud7ff\"")]
    public async Task Whole_characters_are_taken(string sentence, string text)
    {
        Reply reply = await Worker.PostAsync("/v1/completions", $$"""{"prompt":{{text}},"max_tokens":1}""");

        Assert.True(reply.Status == HttpStatusCode.OK, $"{sentence}: {reply.Body}");
    }

    [Fact]
    public async Task Text_broken_at_random_is_never_the_workers_fault()
    {
        const string Characters = "\\ud83d\\ude00aA0\"{}[]:,x";
        var random = new Random(7);
        for (int i = 0; i < 400; i++)
        {
            var text = new StringBuilder("{\"prompt\":\"\\ud83d\\ude00\",\"max_tokens\":1,\"stop\":\"\\ud83d\\ude00\"}");
            for (int n = random.Next(1, 5); n > 0; n--) text[random.Next(text.Length)] = Characters[random.Next(Characters.Length)];
            Reply reply = await Worker.PostAsync("/v1/completions", text.ToString());
            Assert.True((int)reply.Status < 500, $"{text}: {reply.Body}");
        }
    }

    [Theory]
    [InlineData("a list", '[', ']')]
    [InlineData("objects", '{', '}')]
    public async Task A_body_nested_too_deeply_is_told_so(string sentence, char open, char close)
    {
        foreach (int depth in (int[])[64, 65, 128, 256, 5000])
        {
            string inside = open == '[' ? new string(open, depth) : string.Concat(Enumerable.Repeat("{\"a\":", depth - 1)) + "{";
            Reply reply = await Worker.PostAsync("/tokenize", $$"""{"prompt":"a","unknown":{{inside}}{{new string(close, depth)}}}""");
            Assert.True(reply.Status == HttpStatusCode.BadRequest, sentence);
            Assert.Contains("64 levels", reply.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task As_many_levels_as_are_allowed_are_read()
    {
        Reply reply = await Worker.PostAsync("/tokenize", $$"""{"prompt":"a","unknown":{{new string('[', 63)}}{{new string(']', 63)}}}""");

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
    }

    [Fact]
    public async Task A_compressed_body_is_told_apart_from_broken_JSON()
    {
        byte[] compressed = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3];
        Reply declared = await PostAsync(compressed, content => content.Headers.ContentEncoding.Add("gzip"));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, declared.Status);
        Assert.Contains("Content-Encoding", declared.Error.GetProperty("message").GetString(), StringComparison.Ordinal);

        Reply silent = await PostAsync(compressed);
        Assert.Equal(HttpStatusCode.BadRequest, silent.Status);
        Assert.Contains("gzip", silent.Error.GetProperty("message").GetString(), StringComparison.Ordinal);

        Reply other = await PostAsync([0x28, 0xB5, 0x2F, 0xFD, 4]);
        Assert.Contains("zstd", other.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a body", "{\n \"messages\":x}", "error in line 2 at byte 13")]
    [InlineData(
        "arguments",
        """{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"go"}}]}]}""",
        "error in line 1 at byte 1")]
    [InlineData("a schema", """{"messages":[{"role":"user","content":"a"}],"guided_json":"{\"a\":]"}""", "error in line 1 at byte 6")]
    public async Task Broken_JSON_is_told_with_its_place_in_our_own_words(string sentence, string body, string place)
    {
        Reply reply = await Worker.PostAsync("/v1/chat/completions", body);

        Assert.True(reply.Status == HttpStatusCode.BadRequest, $"{sentence}: {reply.Body}");
        string message = reply.Error.GetProperty("message").GetString()!;
        Assert.Contains(place, message, StringComparison.Ordinal);
        Assert.DoesNotContain("LineNumber", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_told_with_their_place()
    {
        Reply reply = await PostAsync([.. "{\"prompt\":\""u8, 0xFF, .. "\"}"u8]);

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Contains("byte at 11", reply.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_byte_order_mark_is_skipped_and_an_empty_body_is_called_empty()
    {
        Reply marked = await PostAsync([0xEF, 0xBB, 0xBF, .. """{"prompt":"a"}"""u8]);
        Assert.Equal(HttpStatusCode.OK, marked.Status);

        Reply empty = await PostAsync([]);
        Assert.Equal(HttpStatusCode.BadRequest, empty.Status);
        Assert.Contains("empty", empty.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private async Task<Reply> PostAsync(byte[] body, Action<ByteArrayContent>? change = null)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        change?.Invoke(content);
        return await Reply.ReadAsync(await Worker.Http.PostAsync("/tokenize", content, TestContext.Current.CancellationToken));
    }

    /// <summary>The paths of all strings.</summary>
    private static IEnumerable<string> Places(JsonNode? node, string path) => node switch
    {
        JsonObject entries => entries.SelectMany(entry => Places(entry.Value, path.Length == 0 ? entry.Key : $"{path}.{entry.Key}")),
        JsonArray list => list.SelectMany((entry, index) => Places(entry, $"{path}[{index}]")),
        JsonValue value when value.GetValueKind() == JsonValueKind.String => [path],
        _ => [],
    };

    private static string Break(string body, string path)
    {
        var root = JsonNode.Parse(body)!;
        Set(root, "", path);
        return root.ToJsonString();
    }

    private static void Set(JsonNode node, string at, string path)
    {
        if (node is JsonObject entries)
        {
            foreach ((string name, JsonNode? value) in entries.ToList())
            {
                string full = at.Length == 0 ? name : $"{at}.{name}";
                if (full == path) entries[name] = Half;
                else if (value is not null) Set(value, full, path);
            }
        }
        else if (node is JsonArray list)
        {
            for (int i = 0; i < list.Count; i++)
            {
                string full = $"{at}[{i}]";
                if (full == path) list[i] = Half;
                else if (list[i] is { } value) Set(value, full, path);
            }
        }
    }
}
