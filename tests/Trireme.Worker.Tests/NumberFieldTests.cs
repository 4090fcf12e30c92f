using System.Net;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests;

/// <summary>Numbers of requests: those that no reader holds, whole ones however they are written, and ids of tokens.</summary>
public sealed class NumberFieldTests(SharedWorker shared)
{
    private const string Completions = "/v1/completions";
    private const string Chat = "/v1/chat/completions";
    private const string Messages = "\"messages\":[{\"role\":\"user\",\"content\":\"a\"}],\"max_tokens\":1";

    private static readonly string Digits = new('9', 310);

    private static readonly string Vocabulary =
        $"the model's vocabulary has {TinyModel.VocabularySize} tokens, with ids from 0 to {TinyModel.VocabularySize - 1}.";

    private static string With(string fields) => $"{{{Messages},{fields}}}";

    private RunningWorker Worker => shared.Worker;

    /// <summary>Each body and the place of its one number that no reader of double precision holds.</summary>
    public static TheoryData<string, string, string> TooLarge { get; } = new()
    {
        {
            Chat,
            With("""
                "tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"a":{"maximum":1E400}}}}}]
                """),
            "tools[0].function.parameters.properties.a.maximum"
        },
        {
            Chat,
            With("""
                "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"const":-1e+400}}}
                """),
            "response_format.json_schema.schema.const"
        },
        { Chat, With("""  "chat_template_kwargs":{"a":[1,1E400]}"""), "chat_template_kwargs.a[1]" },
        { Chat, With($$"""  "metadata":{"a":{{Digits}}}"""), "metadata.a" },
        { Chat, """{"messages":[{"role":"user","content":"a","extra":1E400}]}""", "messages[0].extra" },
        {
            Chat,
            """
            {"messages":[{"role":"user","content":"a"},{"role":"assistant","tool_calls":[
            {"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":{\"b\":[1E400]}}"}}]}]}
            """,
            "messages[1].tool_calls[0].function.arguments.a.b[0]"
        },
        { Completions, """{"prompt":"a","structured_outputs":{"json":"{\"const\":1E400}"}}""", "structured_outputs.json.const" },
        { Completions, """{"prompt":"a","guided_json":"{\"enum\":[1,1E400]}"}""", "guided_json.enum[1]" },
        { Completions, """{"prompt":[1,1E400]}""", "prompt[1]" },
        { "/tokenize", """{"messages":[{"role":"user","content":"a"}],"chat_template_kwargs":{"a":1E400}}""", "chat_template_kwargs.a" },
    };

    [Theory]
    [MemberData(nameof(TooLarge))]
    public async Task A_number_that_no_reader_holds_is_refused_where_it_is(string route, string body, string place)
    {
        Reply reply = await Worker.PostAsync(route, body);
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal(place, reply.Error.GetProperty("param").GetString());
        string message = reply.Error.GetProperty("message").GetString()!;
        Assert.StartsWith(place + " is ", message, StringComparison.Ordinal);
        Assert.EndsWith("which no 64-bit number holds: they end at 1.8E308. Send a smaller one.", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1E308")]
    [InlineData("-1e308")]
    [InlineData("0E400")]
    [InlineData("1E-400")]
    [InlineData("123456789012345678901234567890")]
    public async Task The_largest_and_smallest_that_readers_hold_are_taken(string number)
    {
        Reply reply = await Worker.PostAsync(Chat, With($$"""  "metadata":{"a":{{number}}}"""));
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
    }

    /// <summary>What a document of one value must be is written as it was spelled, of whatever length.</summary>
    [Theory]
    [InlineData("""{"type":"integer","const":123456789012345678901234567890}""", "123456789012345678901234567890")]
    [InlineData("""{"const":-123456789012345678901234567891}""", "-123456789012345678901234567891")]
    [InlineData("""{"type":"integer","enum":[1.50,2.0e1,"a"]}""", "2.0e1")]
    [InlineData("""{"type":"integer","enum":[1.00000000000000000000000000000001,7]}""", "7")]
    [InlineData(
        """{"allOf":[{"minimum":9007199254740992},{"minimum":9007199254740993}],"maximum":9007199254740993,"type":"integer"}""",
        "9007199254740993")]
    public async Task A_number_of_a_schema_keeps_every_digit(string schema, string expected)
    {
        Reply reply = await Worker.PostAsync(
            Completions, """{"prompt":"a","max_tokens":64,"temperature":0,"structured_outputs":{"json":""" + schema + "}}");
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        Assert.Equal(expected, reply.Read<Completion>().Choices[0].Text.Trim());
    }

    [Theory]
    [InlineData("[1,100000]", "prompt[1]", "100000")]
    [InlineData("[-1]", "prompt[0]", "-1")]
    [InlineData("[1,2,1.5]", "prompt[2]", "1.5")]
    [InlineData("[99999999999]", "prompt[0]", "99999999999")]
    [InlineData("[[1],[2,-7]]", "prompt[1][1]", "-7")]
    [InlineData("[[1,0.5]]", "prompt[0][1]", "0.5")]
    public async Task A_prompt_of_tokens_is_refused_by_the_place_the_value_and_the_vocabulary(string prompt, string place, string value)
    {
        string expected = $"{place} is {value}, which is no token: {Vocabulary}";
        Reply reply = await Worker.PostAsync(Completions, $$"""{"prompt":{{prompt}},"max_tokens":1}""");
        Assert.Equal((HttpStatusCode.BadRequest, expected), (reply.Status, reply.Error.GetProperty("message").GetString()));
        Assert.Equal(place, reply.Error.GetProperty("param").GetString());

        // The index is that of the request, whatever is cut.
        Reply cut = await Worker.PostAsync(Completions, $$"""{"prompt":{{prompt}},"max_tokens":1,"truncate_prompt_tokens":1}""");
        Assert.Equal(expected, cut.Error.GetProperty("message").GetString());
        Reply embedded = await Worker.PostAsync("/v1/embeddings", $$"""{"input":{{prompt}}}""");
        Assert.Equal(place.Replace("prompt", "input", StringComparison.Ordinal), embedded.Error.GetProperty("param").GetString());
    }

    [Theory]
    [InlineData("/v1/completions", "\"prompt\":\"a\",\"stop_token_ids\":[1,2048]", "stop_token_ids[1]", "stop_token_ids[1] is 2048, ")]
    [InlineData("/v1/completions", "\"prompt\":\"a\",\"stop_token_ids\":[0.5]", "stop_token_ids[0]", "stop_token_ids[0] is 0.5, ")]
    [InlineData("/v1/completions", "\"prompt\":\"a\",\"allowed_token_ids\":[-1]", "allowed_token_ids[0]", "allowed_token_ids[0] is -1, ")]
    [InlineData("/v1/completions", "\"prompt\":\"a\",\"logit_bias\":{\"1.5\":1}", "logit_bias", "logit_bias has the key '1.5', ")]
    [InlineData("/v1/completions", "\"prompt\":\"a\",\"logit_bias\":{\"2048\":1}", "logit_bias", "logit_bias has the key '2048', ")]
    [InlineData("/detokenize", "\"tokens\":[1,2048]", "tokens[1]", "tokens[1] is 2048, ")]
    [InlineData("/detokenize", "\"tokens\":[1e-1]", "tokens[0]", "tokens[0] is 1e-1, ")]
    public async Task Other_ids_of_tokens_are_refused_alike(string route, string fields, string param, string message)
    {
        Reply reply = await Worker.PostAsync(route, $"{{{fields}}}");
        Assert.Equal((HttpStatusCode.BadRequest, param), (reply.Status, reply.Error.GetProperty("param").GetString()));
        Assert.Equal(
            message + "which is no token: " + Vocabulary,
            reply.Error.GetProperty("message").GetString());
    }
}
