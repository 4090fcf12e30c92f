using System.Net;
using System.Text.Json;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests;

public sealed class ReasoningTests(SharedWorker shared)
{
    private const string Path = "/v1/chat/completions";

    private const string Tools = """ "tools":[{"type":"function","function":{"name":"now"}}] """;

    [Theory]
    [InlineData("<think>\nWell. </think>\n\nYes", "Well.", "Yes")]
    [InlineData("<think></think>Yes", null, "Yes")]
    [InlineData("<think>a</thin</think>b<think>c</think>", "a</thin", "b<think>c</think>")]
    [InlineData("I see <think>no</think>", null, "I see <think>no</think>")]
    public async Task Thinking_is_told_from_the_answer_whole_and_streamed(string text, string? reasoning, string content)
    {
        string request = Ask(text);
        ChatMessage message = (await shared.Worker.PostAsync(Path, request)).Read<ChatCompletion>().Choices[0].Message;
        Assert.Equal(reasoning, message.ReasoningContent);
        Assert.Equal(content, message.Content);

        List<JsonElement> events = await shared.Worker.StreamAsync(Path, "{\"stream\":true," + request[1..]);
        ChatDelta[] deltas = [.. events.Select(chunk => chunk.Deserialize<ChatCompletionChunk>(OpenAiJson.Options)!.Choices[0].Delta)];
        Assert.Equal(reasoning ?? "", string.Concat(deltas.Select(delta => delta.ReasoningContent)));
        Assert.Equal(content, string.Concat(deltas.Select(delta => delta.Content)));
        Assert.DoesNotContain(deltas, delta => delta is { Content.Length: > 0, ReasoningContent: not null });
    }

    [Fact]
    public async Task A_call_in_thinking_is_none_and_one_after_it_is_one()
    {
        const string Call = """<tool_call>{"name":"now","arguments":{}}</tool_call>""";
        string request = Ask($"<think>maybe {Call} no</think>{Call}", Tools);
        ChatChoice answer = new();
        // The model may as well call at once.
        for (int seed = 1; seed <= 200 && answer.Message.ReasoningContent is null; seed++)
        {
            string seeded = $"{{\"seed\":{seed},\"temperature\":2,{request[1..]}";
            answer = (await shared.Worker.PostAsync(Path, seeded)).Read<ChatCompletion>().Choices[0];
        }

        Assert.Equal($"maybe {Call} no", answer.Message.ReasoningContent);
        Assert.Equal("now", Assert.Single(answer.Message.ToolCalls!).Function!.Name);
        Assert.Equal("tool_calls", answer.FinishReason);
    }

    [Fact]
    public async Task An_answer_whose_prompt_opens_thinking_begins_in_it()
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(options =>
        {
            File.WriteAllText(
                System.IO.Path.Combine(options.ModelPath, "chat_template.jinja"),
                "{{ messages[0].content }}{% if enable_thinking is not defined or enable_thinking %}<think>\n{% endif %}");
            return options;
        });
        const string Request = """{"messages":[{"role":"user","content":"Hi"}],"max_tokens":12,"seed":3""";
        ChatMessage thinking = (await worker.PostAsync(Path, Request + "}")).Read<ChatCompletion>().Choices[0].Message;
        Assert.Equal("", thinking.Content);
        Assert.NotEqual("", thinking.ReasoningContent);

        Reply plain = await worker.PostAsync(Path, Request + ""","chat_template_kwargs":{"enable_thinking":false}}""");
        Assert.Null(plain.Read<ChatCompletion>().Choices[0].Message.ReasoningContent);
        Assert.NotEqual("", plain.Read<ChatCompletion>().Choices[0].Message.Content);

        // What holds the answer to a form leaves no room for thinking.
        Reply held = await worker.PostAsync(Path, Request + ""","response_format":{"type":"json_object"}}""");
        Assert.StartsWith("{", held.Read<ChatCompletion>().Choices[0].Message.Content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reasoning_content")]
    [InlineData("reasoning")]
    public async Task Thinking_sent_back_reaches_the_template(string field)
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(options =>
        {
            File.WriteAllText(System.IO.Path.Combine(options.ModelPath, "chat_template.jinja"), "{{ messages[0].reasoning_content }}");
            return options;
        });
        Reply tokens = await worker.PostAsync(
            "/tokenize", $$"""{"messages":[{"role":"assistant","content":"b","{{field}}":"why"}],"add_generation_prompt":false}""");
        var text = new DetokenizeRequest { Tokens = tokens.Read<TokenizeResponse>().Tokens };
        Assert.Equal("why", (await worker.PostAsync("/detokenize", text)).Read<DetokenizeResponse>().Prompt);
    }

    [Theory]
    [InlineData("\"content\":null,\"refusal\":\"No.\"", "No.")]
    [InlineData("\"content\":\"Well.\",\"refusal\":\"No.\"", "Well.\nNo.")]
    [InlineData("\"content\":\"Yes.\",\"refusal\":null,\"audio\":null,\"function_call\":null", "Yes.")]
    public async Task An_answer_sent_back_as_clients_keep_it_reaches_the_template(string fields, string expected)
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(options =>
        {
            File.WriteAllText(System.IO.Path.Combine(options.ModelPath, "chat_template.jinja"), "{{ messages[0].content }}");
            return options;
        });
        Reply tokens = await worker.PostAsync(
            "/tokenize", $$"""{"messages":[{"role":"assistant",{{fields}}}],"add_generation_prompt":false}""");
        var text = new DetokenizeRequest { Tokens = tokens.Read<TokenizeResponse>().Tokens };
        Assert.Equal(expected, (await worker.PostAsync("/detokenize", text)).Read<DetokenizeResponse>().Prompt);
    }

    [Theory]
    [InlineData("\"{\\\"t\\\": \\\"ab\"", """{"t": "ab"}""")]
    [InlineData("\"{\\\"t\\\": [1, {\\\"u\"", """{"t": [1, {"u":null}]}""")]
    [InlineData("\"{\\\"t\\\": tr\"", """{"t": null}""")]
    [InlineData("\"{\\\"t\\\": 1, \"", """{"t": 1 }""")]
    [InlineData("\"{'t': True,}\"", """{"t": true}""")]
    [InlineData("\"\"", "{}")]
    [InlineData("\" [] \"", "{}")] // As in an answer.
    [InlineData("\"null\"", "{}")]
    [InlineData("\"None\"", "{}")]
    [InlineData("null", "{}")]
    [InlineData("[]", "{}")]
    [InlineData("{}", "{}")]
    [InlineData("""{"t": [1, {"u": "\u00e4"}]}""", """{"t": [1, {"u": "ä"}]}""")] // Agents send the object itself.
    public async Task Arguments_cut_or_careless_are_taken_back(string sent, string expected)
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(options =>
        {
            File.WriteAllText(
                System.IO.Path.Combine(options.ModelPath, "chat_template.jinja"),
                "{{ messages[0].tool_calls[0].function.arguments | tojson }}");
            return options;
        });
        string messages = """[{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",""" + "\"function\":{"
            + "\"name\":\"f\",\"arguments\":" + sent + "}}]},{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"cut\"}]";
        Reply tokens = await worker.PostAsync("/tokenize", $$"""{"messages":{{messages}}}""");
        Assert.True(tokens.Status == HttpStatusCode.OK, tokens.Body);
        var text = new DetokenizeRequest { Tokens = tokens.Read<TokenizeResponse>().Tokens };
        string prompt = (await worker.PostAsync("/detokenize", text)).Read<DetokenizeResponse>().Prompt;
        Assert.Equal(Tight(expected), Tight(prompt));

        static string Tight(string json) => json.Replace(" ", "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"\\\"abc\\\"\"", "must be a JSON object")]
    [InlineData("\"[1]\"", "must be a JSON object")]
    [InlineData("[1]", "must be a JSON object")]
    [InlineData("\"go\"", "is not valid JSON")]
    public async Task Arguments_that_are_no_object_are_refused_for_what_they_are(string sent, string expected)
    {
        const string Field = "messages[0].tool_calls[0].function.arguments";
        Reply refused = await shared.Worker.PostAsync(Path, """
            {"messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":
            """ + sent + "}}]}],\"max_tokens\":1}");
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(Field, refused.Error.GetProperty("param").GetString());
        Assert.StartsWith($"{Field} {expected}", refused.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Half_a_character_in_arguments_is_refused_with_its_field()
    {
        Reply refused = await shared.Worker.PostAsync(Path, """
            {"messages":[{"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function","function":
            {"name":"f","arguments":"{\"a\":\"\\ud83d\"}"}}]},{"role":"user","content":"x"}],"max_tokens":1}
            """);
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal("messages[0].tool_calls[0].function.arguments.a", refused.Error.GetProperty("param").GetString());
    }

    private static string Ask(string text, string? fields = null)
    {
        string choice = JsonSerializer.Serialize(new[] { text });
        string rest = fields is null ? "" : fields + ",";
        return """{"messages":[{"role":"user","content":"Hi"}],"max_tokens":300,""" + rest + "\"structured_outputs\":{\"choice\":"
            + choice + "}}";
    }
}
