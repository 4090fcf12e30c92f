using System.Net;
using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.ToolCalls;

namespace Trireme.Worker.Tests;

/// <summary>Which tools a request may offer, choose and combine with other fields.</summary>
public sealed class ToolRequestTests(SharedWorker shared)
{
    private const string Path = "/v1/chat/completions";

    private const string Tools =
        """
        "tools":[
          {"type":"function","function":{"name":"get_weather","description":"Weather of a city","parameters":{
            "type":"object","properties":{"city":{"type":"string","maxLength":12},"days":{"type":"integer","minimum":1,"maximum":7}},
            "required":["city"],"additionalProperties":false}}},
          {"type":"function","function":{"name":"now"}}]
        """;

    private RunningWorker Worker => shared.Worker;

    [Theory]
    [InlineData("\"required\"")]
    [InlineData("""{"type":"function","function":{"name":"get_weather"}}""")]
    public async Task A_call_that_must_come_needs_no_template_for_tools(string choice)
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(options =>
        {
            WriteTemplate(options, "{{ messages[0].content }}");
            return options;
        });
        Reply reply = await worker.PostAsync(Path, Ask($"\"tool_choice\":{choice},\"max_tokens\":120,\"parallel_tool_calls\":false"));
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        AssertValid(Assert.Single(reply.Read<ChatCompletion>().Choices[0].Message.ToolCalls!));
    }

    [Fact]
    public async Task A_free_model_with_a_response_format_answers_with_the_document_or_with_calls()
    {
        const string Format =
            """
            "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":
              {"type":"array","items":{"type":"integer"},"minItems":2}}}
            """;
        int documents = 0, calls = 0;
        for (int seed = 1; seed <= 12; seed++)
        {
            Reply reply = await Worker.PostAsync(Path, Ask($"{Format},\"seed\":{seed},\"temperature\":2,\"max_tokens\":120"));
            Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
            ChatMessage message = reply.Read<ChatCompletion>().Choices[0].Message;
            if (message.ToolCalls is { } made)
            {
                calls++;
                Assert.All(made, call => Assert.Contains(call.Function!.Name, new[] { "get_weather", "now" }));
                continue;
            }

            documents++;
            Assert.Equal(JsonValueKind.Array, JsonElement.Parse(message.Content!).ValueKind);
        }

        Assert.True(documents > 0 && calls > 0, $"{documents} documents, {calls} calls.");
        Reply forced = await Worker.PostAsync(Path, Ask(Format + ",\"tool_choice\":\"required\",\"max_tokens\":120"));
        Assert.NotEmpty(forced.Read<ChatCompletion>().Choices[0].Message.ToolCalls!);
        Reply none = await Worker.PostAsync(Path, Ask(Format + ",\"tool_choice\":\"none\",\"max_tokens\":120"));
        Assert.Equal(JsonValueKind.Array, JsonElement.Parse(none.Read<ChatCompletion>().Choices[0].Message.Content!).ValueKind);
    }

    [Fact]
    public async Task A_response_format_and_marks_that_are_special_tokens_are_refused_with_the_way_out()
    {
        await using RunningWorker worker =
            await RunningWorker.StartAsync(options => options with { ToolCallParser = ToolCallFormat.Mistral });
        Reply refused = await worker.PostAsync(Path, Ask("\"response_format\":{\"type\":\"json_object\"},\"max_tokens\":9"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains("response_format cannot be combined", refused.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Allowed_tools_leaves_the_others_out()
    {
        const string Required =
            """
            "tool_choice":{"type":"allowed_tools","allowed_tools":
              {"mode":"required","tools":[{"type":"function","function":{"name":"now"}}]}}
            """;
        for (int seed = 1; seed <= 4; seed++)
        {
            Reply reply = await Worker.PostAsync(Path, Ask($"{Required},\"seed\":{seed},\"temperature\":2,\"max_tokens\":200"));
            Assert.All(reply.Read<ChatCompletion>().Choices[0].Message.ToolCalls!, call => Assert.Equal("now", call.Function!.Name));
        }

        Reply free = await Worker.PostAsync(
            Path, Ask("""
                "tool_choice":{"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"now"}]},
                "seed":2,"max_tokens":20,"return_token_ids":true
                """));
        Reply both = await Worker.PostAsync(Path, Ask("\"seed\":2,\"max_tokens\":20,\"return_token_ids\":true"));
        Assert.Equal(HttpStatusCode.OK, free.Status);
        // The template says how many tools it was shown.
        Assert.NotEqual(both.Read<ChatCompletion>().PromptTokenIds!, free.Read<ChatCompletion>().PromptTokenIds!);
    }

    [Theory]
    [InlineData(
        "\"tool_choice\":{\"type\":\"allowed_tools\",\"allowed_tools\":{\"mode\":\"any\",\"tools\":[]}}",
        "tool_choice.allowed_tools needs a mode")]
    [InlineData(
        """
        "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"g"}}]}}
        """,
        "tool_choice.allowed_tools.tools[0] names the function 'g'")]
    [InlineData(
        """ "tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"custom","custom":{"name":"now"}}]}} """,
        "tool_choice.allowed_tools.tools[0] must name a function")]
    [InlineData(""" "tool_choice":{"type":"custom","custom":{"name":"x"}} """, "a tool of the type 'custom'")]
    public async Task Choices_are_refused_by_name(string choice, string expected)
    {
        Reply refused = await Worker.PostAsync(Path, Ask(choice + ",\"max_tokens\":1"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains(expected, refused.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("tool_choice", refused.Error.GetProperty("param").GetString());
    }

    [Theory]
    [InlineData(
        "\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"x\",\"format\":{\"type\":\"text\"}}}]",
        "tools[0] 'x' is a tool of the type 'custom'")]
    [InlineData("\"tools\":[{\"type\":\"web_search\"}]", "tools[0] is a tool of the type 'web_search'")]
    [InlineData("\"tools\":[]", "tools must hold at least one function")]
    [InlineData("\"tool_choice\":\"auto\"", "tool_choice needs tools")]
    public async Task Tools_that_are_none_are_refused_by_name(string field, string expected)
    {
        Reply refused = await Worker.PostAsync(Path, """{"messages":[{"role":"user","content":"Hi"}],"max_tokens":1,""" + field + "}");
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains(expected, refused.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Storing_is_taken_as_information()
    {
        const string Request = """{"messages":[{"role":"user","content":"Hi"}],"max_tokens":3,"store":true,"metadata":{"a":"b"}}""";
        Assert.Equal(HttpStatusCode.OK, (await Worker.PostAsync(Path, Request)).Status);
    }

    [Theory]
    [InlineData("<tool_call>\n{\"name\": \"now\"}\n</tool_call>", "{}")]
    [InlineData("<tool_call>\n{'name': 'get_weather', 'arguments': {'city': 'Ulm',}}\n</tool_call>", "{\"city\": \"Ulm\"}")]
    [InlineData(
        "<tool_call>\n{\"name\": \"get_weather\", \"arguments\": \"{\\\"city\\\": \\\"Ulm\\\"}\"}\n</tool_call>", "{\"city\": \"Ulm\"}")]
    public async Task Careless_calls_reach_the_client_as_calls_whole_and_streamed(string written, string arguments)
    {
        string request = Ask("\"max_tokens\":200,\"structured_outputs\":{\"choice\":[" + JsonSerializer.Serialize(written) + "]}");
        // The text is forced as a document; what it holds is read as from any model.
        bool isCall = false;
        for (int seed = 1; seed <= 200 && !isCall; seed++)
        {
            string seeded = With(request, $"\"seed\":{seed},\"temperature\":2");
            ChatChoice whole = (await Worker.PostAsync(Path, seeded)).Read<ChatCompletion>().Choices[0];
            List<JsonElement> events = await Worker.StreamAsync(Path, With(seeded, "\"stream\":true"));
            FunctionCallDelta[] pieces = [.. events
                .Select(chunk => chunk.Deserialize<ChatCompletionChunk>(OpenAiJson.Options)!.Choices[0].Delta)
                .SelectMany(delta => delta.ToolCalls ?? []).Where(call => call.Index == 0).Select(call => call.Function!)];
            Assert.Equal(whole.Message.ToolCalls![0].Function!.Arguments, string.Concat(pieces.Select(piece => piece.Arguments)));
            isCall = whole.Message.ToolCalls[0].Function!.Arguments == arguments;
        }

        Assert.True(isCall, "The model never chose the text.");
    }

    [Fact]
    public async Task The_sample_makes_the_call_of_the_readme()
    {
        string sample = Trireme.Testing.Repository.PathOf("samples", "models", "tiny");
        await using RunningWorker worker =
            await RunningWorker.StartAsync(options => options with { ModelPath = sample, ServedModelName = "tiny" });
        string request = File.ReadAllText(Trireme.Testing.Repository.PathOf("samples", "requests", "get-weather.json"));
        ToolCall call = Assert.Single((await worker.PostAsync(Path, request)).Read<ChatCompletion>().Choices[0].Message.ToolCalls!);
        Assert.Equal("get_weather", call.Function!.Name);
        JsonElement arguments = JsonElement.Parse(call.Function.Arguments);
        Assert.Contains(arguments.GetProperty("city").GetString(), new[] { "Berlin", "Oslo", "Rome" });
        Assert.InRange(arguments.GetProperty("days").GetInt32(), 1, 7);

        // Left free it answers in words, and goes on after a call.
        string free = request.Replace("\"required\"", "\"auto\"", StringComparison.Ordinal);
        ChatChoice words = (await worker.PostAsync(Path, free)).Read<ChatCompletion>().Choices[0];
        Assert.NotEqual("", words.Message.Content);
        const string User = """{"role": "user", "content": "Will it rain in Oslo?"}""";
        string turn = JsonSerializer.Serialize(new ChatMessage { Role = "assistant", ToolCalls = [call] }, OpenAiJson.Options);
        string result = $$"""{"role":"tool","tool_call_id":"{{call.Id}}","content":"Sunny"}""";
        Reply next = await worker.PostAsync(Path, free.Replace(User, $"{User},{turn},{result}", StringComparison.Ordinal));
        Assert.True(next.Status == HttpStatusCode.OK, next.Body);
    }

    private static void WriteTemplate(WorkerOptions options, string template) =>
        File.WriteAllText(System.IO.Path.Combine(options.ModelPath, "chat_template.jinja"), template);

    private static string With(string request, string field) => $"{{{field},{request[1..]}";

    private static string Ask(string fields) => $$"""{"messages":[{"role":"user","content":"How is the weather?"}],{{Tools}},{{fields}}}""";

    private static void AssertValid(ToolCall call)
    {
        Assert.Equal("function", call.Type);
        JsonElement arguments = JsonElement.Parse(call.Function!.Arguments);
        if (call.Function.Name == "now")
        {
            Assert.Equal("{}", call.Function.Arguments);
            return;
        }

        Assert.Equal("get_weather", call.Function.Name);
        Assert.True(arguments.GetProperty("city").GetString()!.EnumerateRunes().Count() <= 12);
        if (arguments.TryGetProperty("days", out JsonElement days)) Assert.InRange(days.GetInt32(), 1, 7);
    }
}
