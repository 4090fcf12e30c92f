using System.Net;
using System.Text;
using System.Text.Json;

namespace Trireme.Worker.Tests;

public sealed class ErrorTests(SharedWorker shared)
{
    private const string Chat = "/v1/chat/completions";
    private const string Completions = "/v1/completions";
    private const string Ask = "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":1";
    private const string Tool = "{\"type\":\"function\",\"function\":{\"name\":\"f\"}}";

    private RunningWorker Worker => shared.Worker;

    public static TheoryData<string, string, string, string?, string?> BadRequests { get; } = new()
    {
        { "text that is no JSON", Chat, "{\"messages\":", null, null },
        { "a list instead of an object", Chat, "[]", null, null },
        { "null instead of an object", Chat, "null", null, null },
        { "no messages", Chat, "{}", "messages", null },
        { "an empty conversation", Chat, """{"messages":[]}""", "messages", null },
        { "a message that is null", Chat, """{"messages":[null]}""", "messages[0]", null },
        { "an unknown role", Chat, """{"messages":[{"role":"robot","content":"x"}]}""", "messages[0].role", null },
        { "an image", Chat, """{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}""", "messages[0].content", null },
        { "a number as content", Chat, """{"messages":[{"role":"user","content":5}]}""", "messages[0].content", null },
        {
            "a call in OpenAI's older form",
            Chat,
            """{"messages":[{"role":"user","content":"a"},{"role":"assistant","function_call":{"name":"f","arguments":"{}"}}]}""",
            "messages[1].function_call",
            "unsupported_parameter"
        },
        {
            "an answer that was spoken",
            Chat,
            """{"messages":[{"role":"assistant","audio":{"id":"audio_1"}}]}""",
            "messages[0].audio",
            "unsupported_parameter"
        },
        {
            "arguments that are no JSON",
            Chat,
            """{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"go"}}]}]}""",
            "messages[0].tool_calls[0].function.arguments",
            null
        },
        {
            "arguments that are no JSON, and not in a string either",
            Chat,
            """{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":5}}]}]}""",
            "messages[0].tool_calls[0].function.arguments",
            null
        },
        {
            "a call of a custom tool",
            Chat,
            """{"messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{"name":"f","input":"x"}}]}]}""",
            "messages[0].tool_calls[0].type",
            "unsupported_parameter"
        },
        { "a body nested too deep", Chat, With($"\"metadata\":{new string('[', 70)}{new string(']', 70)}"), null, null },
        {
            "arguments nested too deep",
            Chat,
            """{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"f","arguments":"DEEP"}}]}]}"""
                .Replace("DEEP", new string('[', 70) + new string(']', 70), StringComparison.Ordinal),
            "messages[0].tool_calls[0].function.arguments",
            null
        },
        { "a word as temperature", Chat, With("\"temperature\":\"hot\""), "temperature", null },
        { "a temperature above two", Chat, With("\"temperature\":2.5"), "temperature", null },
        { "a temperature below zero", Chat, With("\"temperature\":-1"), "temperature", null },
        { "a nucleus below nothing", Chat, With("\"top_p\":-0.1"), "top_p", null },
        { "a negative top_k", Chat, With("\"top_k\":-2"), "top_k", null },
        { "129 answers", Chat, With("\"n\":129"), "n", null },
        { "no answer", Chat, With("\"n\":0"), "n", null },
        { "seventeen stop texts", Chat, With($"\"stop\":[{string.Join(',', Enumerable.Repeat("\"x\"", 17))}]"), "stop", null },
        { "an empty stop text", Chat, With("\"stop\":\"\""), "stop", null },
        { "a number as stop text", Chat, With("\"stop\":[1]"), "stop", null },
        { "half a token", Chat, With("\"max_completion_tokens\":1.5"), "max_completion_tokens", null },
        { "no tokens", Chat, With("\"max_completion_tokens\":0"), "max_completion_tokens", null },
        { "alternatives without log-probabilities", Chat, With("\"top_logprobs\":2"), "top_logprobs", null },
        { "too many alternatives", Chat, With("\"logprobs\":true,\"top_logprobs\":21"), "top_logprobs", null },
        { "stream options without a stream", Chat, With("\"stream_options\":{\"include_usage\":true}"), "stream_options", null },
        { "a word as token of a bias", Chat, With("\"logit_bias\":{\"five\":1}"), "logit_bias", null },
        { "a bias beyond the limit", Chat, With("\"logit_bias\":{\"5\":101}"), "logit_bias", null },
        { "a bias for no token of the model", Chat, With("\"logit_bias\":{\"50000\":1}"), "logit_bias", null },
        { "a penalty above two", Chat, With("\"presence_penalty\":2.5"), "presence_penalty", null },
        { "a frequency penalty below minus two", Chat, With("\"frequency_penalty\":-3"), "frequency_penalty", null },
        { "no repetition at all", Chat, With("\"repetition_penalty\":0"), "repetition_penalty", null },
        { "a share above all", Chat, With("\"min_p\":1.5"), "min_p", null },
        { "nothing typical", Chat, With("\"typical_p\":0"), "typical_p", null },
        { "more tokens at least than at most", Chat, With("\"min_tokens\":2"), "min_tokens", null },
        { "a stop token outside the vocabulary", Chat, With("\"stop_token_ids\":[50000]"), "stop_token_ids[0]", null },
        { "prompt log-probabilities in a stream", Chat, With("\"prompt_logprobs\":1,\"stream\":true"), "prompt_logprobs", null },
        { "too many prompt log-probabilities", Chat, With("\"prompt_logprobs\":21"), "prompt_logprobs", null },
        {
            "a format without its schema",
            Chat,
            With("\"response_format\":{\"type\":\"json_schema\"}"),
            "response_format.json_schema",
            null
        },
        {
            "a format with a name only",
            Chat,
            With("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\"}}"),
            "response_format.json_schema.schema",
            null
        },
        {
            "a format whose schema is null",
            Chat,
            With("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"strict\":true,\"schema\":null}}"),
            "response_format.json_schema.schema",
            null
        },
        { "constraints that are all null", Chat, With("\"structured_outputs\":{\"json\":null}"), "structured_outputs", null },
        { "an older choice of nothing", Chat, With("\"guided_choice\":[]"), "guided_choice", null },
        { "a format without a type", Chat, With("\"response_format\":{}"), "response_format", null },
        { "an unknown format", Chat, With("\"response_format\":{\"type\":\"xml\"}"), "response_format", "unsupported_parameter" },
        { "a schema that cannot be kept", Chat, With("\"guided_json\":{\"not\":{}}"), "guided_json", null },
        { "a malformed expression", Chat, With("\"guided_regex\":\"(\""), "guided_regex", null },
        { "an empty choice", Chat, With("\"structured_outputs\":{\"choice\":[]}"), "structured_outputs.choice", null },
        {
            "a grammar",
            Chat,
            With("\"structured_outputs\":{\"grammar\":\"root ::= x\"}"),
            "structured_outputs.grammar",
            null
        },
        { "two constraints", Chat, With("\"guided_regex\":\"a\",\"guided_choice\":[\"b\"]"), "guided_choice", null },
        { "a document longer than the answer", Chat, With("\"guided_choice\":[\"abcdefghijklm\"]"), "guided_choice", null },
        { "a forced call of nothing", Chat, With("\"tool_choice\":\"required\""), "tool_choice", null },
        { "a choice of an unknown kind", Chat, WithTool("\"tool_choice\":\"always\""), "tool_choice", "unsupported_parameter" },
        {
            "an unknown function",
            Chat,
            WithTool("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"g\"}}"),
            "tool_choice",
            null
        },
        { "a tool that is no function", Chat, With("\"tools\":[{\"type\":\"browser\"}]"), "tools[0].type", "unsupported_parameter" },
        { "a tool without a type", Chat, With("\"tools\":[{}]"), "tools[0].type", null },
        { "a tool that is a text", Chat, With("\"tools\":[\"f\"]"), "tools[0]", null },
        { "a tool without a function", Chat, With("\"tools\":[{\"type\":\"function\"}]"), "tools[0].function", null },
        {
            "a name with a space",
            Chat,
            With("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"a b\"}}]"),
            "tools[0].function.name",
            null
        },
        {
            "a name of half a character",
            Chat,
            With("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"\\ud800\"}}]"),
            "tools[0].function.name",
            null
        },
        { "two functions of one name", Chat, With($"\"tools\":[{Tool},{Tool}]"), "tools[1].function.name", null },
        {
            "129 functions",
            Chat,
            With($"\"tools\":[{string.Join(',', Enumerable.Repeat(Tool, 129))}]"),
            "tools",
            null
        },
        {
            "parameters that are no object",
            Chat,
            With("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{\"type\":\"string\"}}}]"),
            "tools[0].function.parameters",
            null
        },
        {
            "a forced call with arguments that cannot be kept",
            Chat,
            With("\"tool_choice\":\"required\",\"tools\":[{\"type\":\"function\","
                + "\"function\":{\"name\":\"f\",\"parameters\":{\"not\":{}}}}]"),
            "tools",
            null
        },
        {
            "a strict function with arguments that cannot be kept",
            Chat,
            With("\"tools\":[{\"type\":\"function\","
                + "\"function\":{\"name\":\"f\",\"strict\":true,\"parameters\":{\"not\":{}}}}]"),
            "tools",
            null
        },
        { "a forced call that is longer than the answer", Chat, WithTool("\"tool_choice\":\"required\""), "tools", null },
        { "a choice without tools", Chat, With("\"tool_choice\":\"auto\""), "tool_choice", null },
        {
            "a result without its call",
            Chat,
            """{"messages":[{"role":"user","content":"Hi"},{"role":"tool","content":"1","tool_call_id":"x"}]}""",
            "messages[1].tool_call_id",
            null
        },
        {
            "a result that does not say of which call",
            Chat,
            """{"messages":[{"role":"user","content":"Hi"},{"role":"tool","content":"1"}]}""",
            "messages[1].tool_call_id",
            null
        },
        {
            "more tokens than the context",
            Chat,
            With("\"max_completion_tokens\":40000"),
            "max_completion_tokens",
            "context_length_exceeded"
        },
        { "no token at all", Chat, With("\"allowed_token_ids\":[]"), "allowed_token_ids", null },
        { "an allowed token outside the vocabulary", Chat, With("\"allowed_token_ids\":[50000]"), "allowed_token_ids[0]", null },
        { "an empty bad word", Chat, With("\"bad_words\":[\"\"]"), "bad_words", null },
        { "257 bad words", Chat, With($"\"bad_words\":[{string.Join(',', Enumerable.Repeat("\"x\"", 257))}]"), "bad_words", null },
        { "a prompt cut to nothing", Chat, With("\"truncate_prompt_tokens\":0"), "truncate_prompt_tokens", null },
        { "a prompt cut beyond the context", Chat, With("\"truncate_prompt_tokens\":40000"), "truncate_prompt_tokens", null },
        { "a prompt cut at no end", Chat, With("\"truncate_prompt_tokens\":1,\"truncation_side\":\"top\""), "truncation_side", null },
        { "an answer that goes on and begins", Chat, With("\"continue_final_message\":true"), "continue_final_message", null },
        { "a template nobody trusts", Chat, With("\"chat_template\":\"x\""), "chat_template", "unsupported_parameter" },
        { "an empty salt", Chat, With("\"cache_salt\":\"\""), "cache_salt", null },
        {
            "a way to end early that is not known",
            Chat,
            With("\"repetition_detection\":{}"),
            "repetition_detection",
            "unsupported_parameter"
        },
        { "a number as the role", Chat, """{"messages":[{"role":5,"content":"x"}]}""", "messages[0].role", null },
        { "no prompt", Completions, "{}", "prompt", null },
        { "an empty list of prompts", Completions, """{"prompt":[]}""", "prompt", null },
        { "an empty prompt", Completions, """{"prompt":[[]]}""", "prompt[0]", null },
        { "a prompt of mixed kinds", Completions, """{"prompt":["a",1]}""", "prompt", null },
        { "a prompt of fractions", Completions, """{"prompt":[1.5]}""", "prompt[0]", null },
        { "a token outside the vocabulary", Completions, """{"prompt":[100000]}""", "prompt[0]", null },
        { "2049 prompts", Completions, $$"""{"prompt":[{{string.Join(',', Enumerable.Repeat("\"a\"", 2049))}}]}""", "prompt", null },
        { "4096 answers", Completions, $$"""{"n":64,"prompt":[{{string.Join(',', Enumerable.Repeat("\"a\"", 64))}}]}""", "prompt", null },
        { "a suffix", Completions, """{"prompt":"a","suffix":"b"}""", "suffix", "unsupported_parameter" },
        { "nothing to answer and nothing to echo", Completions, """{"prompt":"a","max_tokens":0}""", "max_tokens", null },
        { "too many log-probabilities", Completions, """{"prompt":"a","logprobs":21}""", "logprobs", null },
        { "a token that cannot be read", "/detokenize", """{"tokens":[-1]}""", "tokens[0]", null },
        { "nothing to tokenize", "/tokenize", "{}", "prompt", null },
        { "two things to tokenize", "/tokenize", """{"prompt":"a","messages":[{"role":"user","content":"b"}]}""", "prompt", null },
    };

    [Theory]
    [MemberData(nameof(BadRequests))]
    public async Task A_bad_request_is_refused_with_its_field(string sentence, string path, string body, string? param, string? code)
    {
        Reply reply = await Worker.PostAsync(path, body);

        Assert.True(reply.Status == HttpStatusCode.BadRequest, $"{sentence}: {reply.Status} {reply.Body}");
        Assert.Equal("invalid_request_error", reply.Error.GetProperty("type").GetString());
        Assert.Equal(param, reply.Error.GetProperty("param").GetString());
        Assert.Equal(code, reply.Error.GetProperty("code").GetString());
        string message = reply.Error.GetProperty("message").GetString()!;
        Assert.DoesNotContain("System.", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Trireme.", message, StringComparison.Ordinal);
        if (param is null or "messages") return;
        Assert.Contains(param.Split('[', '.')[^1], message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("a field nobody knows", "\"flux\":1")]
    [InlineData("a neutral penalty", "\"frequency_penalty\":0.0")]
    [InlineData("a null of an unsupported field", "\"logit_bias\":null")]
    [InlineData("an empty bias", "\"logit_bias\":{}")]
    [InlineData("plain text as format", "\"response_format\":{\"type\":\"text\"}")]
    [InlineData("the name of the user", "\"user\":\"someone\"")]
    [InlineData("vLLM's way to keep all tokens", "\"top_k\":-1")]
    [InlineData("no tools at all", "\"tool_choice\":\"none\"")]
    [InlineData("nulls everywhere", "\"temperature\":null,\"stop\":null,\"n\":null,\"seed\":null,\"tools\":null,\"stream\":null")]
    public async Task A_request_may_say(string sentence, string field)
    {
        Reply reply = await Worker.PostAsync(Chat, With(field));

        Assert.True(reply.Status == HttpStatusCode.OK, $"{sentence}: {reply.Body}");
    }

    [Theory]
    [InlineData(Chat, """{"model":"gpt-9","messages":[{"role":"user","content":"Hi"}]}""")]
    [InlineData(Completions, """{"model":"gpt-9","prompt":"a"}""")]
    [InlineData("/tokenize", """{"model":"gpt-9","prompt":"a"}""")]
    [InlineData("/detokenize", """{"model":"gpt-9","tokens":[1]}""")]
    public async Task Another_model_is_not_found_and_the_served_one_named(string path, string body)
    {
        Reply reply = await Worker.PostAsync(path, body);

        Assert.Equal(HttpStatusCode.NotFound, reply.Status);
        Assert.Equal("model_not_found", reply.Error.GetProperty("code").GetString());
        Assert.Contains("'tiny'", reply.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_route_says_where_completions_are()
    {
        Reply reply = await Worker.GetAsync("/v1/chat/completion");

        Assert.Equal(HttpStatusCode.NotFound, reply.Status);
        Assert.Contains("/v1/chat/completions", reply.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    /// <summary>Ollama's clients read the error as a text and show nothing of an object.</summary>
    [Theory]
    [InlineData("/api/tags")]
    [InlineData("/api/chat/")]
    public async Task An_unknown_route_of_Ollama_is_an_error_that_its_clients_show(string path)
    {
        Reply reply = await Worker.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, reply.Status);
        using JsonDocument json = JsonDocument.Parse(reply.Body);
        Assert.Contains(path, json.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_wrong_method_names_the_right_one()
    {
        Reply reply = await Worker.GetAsync(Chat);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, reply.Status);
        Assert.Contains("POST", reply.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_that_is_not_declared_as_JSON_is_refused()
    {
        using var text = new StringContent("{}", Encoding.UTF8, "text/plain");
        Reply reply = await Reply.ReadAsync(await Worker.Http.PostAsync(Chat, text, TestContext.Current.CancellationToken));

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, reply.Status);
        Assert.Contains("application/json", reply.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused()
    {
        string body = $$"""{"prompt":"{{new string('a', 17 << 20)}}"}""";
        using var request = new HttpRequestMessage(HttpMethod.Post, Completions) { Content = RunningWorker.Json(body) };
        // Waits for the server's word before sending, which otherwise ends the connection while the client still writes.
        request.Headers.ExpectContinue = true;
        Reply reply = await Reply.ReadAsync(await Worker.Http.SendAsync(request, TestContext.Current.CancellationToken));

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, reply.Status);
        Assert.Contains("16 MiB", reply.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_stream_has_an_honest_status()
    {
        Reply reply = await Worker.PostAsync(Chat, With("\"stream\":true,\"max_completion_tokens\":40000"));

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal("application/json", reply.Response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Mangled_bodies_are_answered_or_refused_but_never_break_the_worker()
    {
        const string Body =
            """{"model":"tiny","prompt":["ab"],"max_tokens":2,"stop":["x"],"logprobs":2,"echo":true,"stream":false,"logit_bias":{}}""";
        var random = new Random(20);
        for (int i = 0; i < 300; i++)
        {
            Reply reply = await Worker.PostAsync(Completions, Mangle(Body, random));
            Assert.True((int)reply.Status < 500, reply.Body);
            Assert.True(reply.Status == HttpStatusCode.OK || reply.Error.GetProperty("message").GetString()!.Length > 0);
        }
    }

    private static string Mangle(string body, Random random)
    {
        const string Characters = "{}[]\",:0-9.eE \\utfn\u0001é";
        var text = new StringBuilder(body);
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            int at = random.Next(text.Length);
            switch (random.Next(3))
            {
                case 0: text[at] = Characters[random.Next(Characters.Length)]; break;
                case 1: text.Remove(at, Math.Min(random.Next(1, 9), text.Length - at)); break;
                default: text.Insert(at, Characters[random.Next(Characters.Length)]); break;
            }
        }

        return text.ToString();
    }

    private static string With(string field) => $$"""{{{Ask}},{{field}}}""";

    private static string WithTool(string field) => With($"\"tools\":[{Tool}],{field}");
}
