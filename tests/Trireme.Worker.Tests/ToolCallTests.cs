using System.Net;
using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.ToolCalls;

namespace Trireme.Worker.Tests;

public sealed class ToolCallTests(SharedWorker shared)
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
    [InlineData("any function", "\"required\"", null)]
    [InlineData("one function", """{"type":"function","function":{"name":"get_weather"}}""", "get_weather")]
    [InlineData("a function without parameters", """{"type":"function","function":{"name":"now"}}""", "now")]
    public async Task A_model_that_must_call_calls(string sentence, string choice, string? expected)
    {
        foreach (int seed in new[] { 1, 2, 3, 4 })
        {
            string fields = $"\"tool_choice\":{choice},\"temperature\":2,\"seed\":{seed},\"max_tokens\":90";
            Reply reply = await Worker.PostAsync(Path, Ask(fields));
            Assert.True(reply.Status == HttpStatusCode.OK, $"{sentence}: {reply.Body}");
            JsonElement answered = reply.Json.GetProperty("choices")[0];
            Assert.Equal(JsonValueKind.Null, answered.GetProperty("message").GetProperty("content").ValueKind);
            ChatChoice answer = reply.Read<ChatCompletion>().Choices[0];
            Assert.Contains(answer.FinishReason, new[] { "tool_calls", "length" });
            Assert.NotEmpty(answer.Message.ToolCalls!);
            if (expected is not null) Assert.Equal(expected, Assert.Single(answer.Message.ToolCalls!).Function!.Name);
            Assert.All(answer.Message.ToolCalls!, AssertValid);
            Assert.Equal(answer.Message.ToolCalls!.Count, answer.Message.ToolCalls.Select(call => call.Id).Distinct().Count());
        }
    }

    [Fact]
    public async Task A_streamed_call_comes_with_id_and_name_first_and_its_arguments_in_pieces()
    {
        const string Choice =
            """ "tool_choice":{"type":"function","function":{"name":"get_weather"}},"seed":5,"max_tokens":90,"temperature":1 """;
        ToolCall whole = (await Worker.PostAsync(Path, Ask(Choice))).Read<ChatCompletion>().Choices[0].Message.ToolCalls![0];

        List<JsonElement> chunks = await Worker.StreamAsync(Path, Ask(Choice + ",\"stream\":true"));

        JsonElement[] deltas = [.. chunks.Select(chunk => chunk.GetProperty("choices")[0].GetProperty("delta"))];
        Assert.Equal("assistant", deltas[0].GetProperty("role").GetString());
        JsonElement[] calls = [.. deltas[1..^1].Select(delta => Assert.Single(delta.GetProperty("tool_calls").EnumerateArray()))];
        Assert.All(calls, call => Assert.Equal(0, call.GetProperty("index").GetInt32()));
        Assert.Matches("^call_[A-Za-z0-9]{24}$", calls[0].GetProperty("id").GetString());
        Assert.Equal("function", calls[0].GetProperty("type").GetString());
        Assert.Equal("get_weather", calls[0].GetProperty("function").GetProperty("name").GetString());
        Assert.Equal("", calls[0].GetProperty("function").GetProperty("arguments").GetString());
        Assert.All(calls[1..], call => Assert.Equal(["index", "function"], call.EnumerateObject().Select(field => field.Name)));
        Assert.True(calls.Length > 4, "The arguments came in one piece.");
        Assert.Equal(whole.Function!.Arguments, string.Concat(calls.Select(Arguments)));
        Assert.Equal("tool_calls", chunks[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString());

        static string? Arguments(JsonElement call) => call.GetProperty("function").GetProperty("arguments").GetString();
    }

    [Fact]
    public async Task Streamed_and_whole_answers_report_the_same_tokens_whatever_becomes_of_them()
    {
        string request = With(
            Ask("\"tool_choice\":\"required\",\"seed\":9,\"max_tokens\":70"), "\"logprobs\":true,\"return_token_ids\":true,\"n\":2");
        ChatCompletion whole = (await Worker.PostAsync(Path, request)).Read<ChatCompletion>();

        List<JsonElement> events = await Worker.StreamAsync(Path, With(request, "\"stream\":true"));
        ChatCompletionChunk[] chunks = [.. events.Select(chunk => chunk.Deserialize<ChatCompletionChunk>(OpenAiJson.Options)!)];

        foreach (ChatChoice expected in whole.Choices)
        {
            ChatChunkChoice[] choices = [.. chunks.Select(chunk => chunk.Choices[0]).Where(choice => choice.Index == expected.Index)];
            Assert.Equal(expected.TokenIds!, choices.SelectMany(choice => choice.TokenIds ?? []));
            Assert.Equal(
                expected.Logprobs!.Content!.Select(token => token.Logprob),
                choices.SelectMany(choice => choice.Logprobs?.Content ?? []).Select(token => token.Logprob));
            Assert.Equal(
                expected.Message.ToolCalls!.Select(call => call.Function!.Arguments),
                choices.SelectMany(choice => choice.Delta.ToolCalls ?? [])
                    .GroupBy(call => call.Index)
                    .OrderBy(call => call.Key)
                    .Select(call => string.Concat(call.Select(piece => piece.Function!.Arguments))));
            Assert.Equal(expected.FinishReason, choices[^1].FinishReason);
        }
    }

    [Fact]
    public async Task One_call_at_a_time_is_one_call()
    {
        int several = 0;
        for (int seed = 1; seed <= 6; seed++)
        {
            string request = Ask($"\"tool_choice\":\"required\",\"seed\":{seed},\"max_tokens\":300,\"temperature\":1.5");
            if ((await Worker.PostAsync(Path, request)).Read<ChatCompletion>().Choices[0].Message.ToolCalls!.Count > 1) several++;
            Reply single = await Worker.PostAsync(Path, With(request, "\"parallel_tool_calls\":false"));
            Assert.Single(single.Read<ChatCompletion>().Choices[0].Message.ToolCalls!);
        }

        Assert.True(several > 0, "No answer held several calls, so that nothing was limited.");
    }

    [Fact]
    public async Task A_free_model_answers_with_text_and_the_template_shows_it_the_tools()
    {
        Reply reply = await Worker.PostAsync(Path, Ask("\"seed\":2,\"max_tokens\":20,\"return_token_ids\":true"));

        ChatCompletion answer = reply.Read<ChatCompletion>();
        Assert.Equal(20, answer.Choices[0].Message.Content!.Length);
        Assert.Null(answer.Choices[0].Message.ToolCalls);
        Assert.Equal("length", answer.Choices[0].FinishReason);
    }

    [Fact]
    public async Task A_free_model_with_a_strict_function_still_answers_with_text()
    {
        const string Name = "\"name\":\"now\"";
        string strict = Ask("\"seed\":2,\"max_tokens\":20").Replace(Name, Name + ",\"strict\":true", StringComparison.Ordinal);

        ChatCompletion answer = (await Worker.PostAsync(Path, strict)).Read<ChatCompletion>();

        Assert.Equal(20, answer.Choices[0].Message.Content!.Length);
        Assert.Equal("length", answer.Choices[0].FinishReason);
    }

    [Fact]
    public async Task A_conversation_goes_on_with_the_result_of_a_call()
    {
        Reply called = await Worker.PostAsync(Path, Ask("\"tool_choice\":\"required\",\"parallel_tool_calls\":false,\"max_tokens\":90"));
        ChatMessage message = called.Read<ChatCompletion>().Choices[0].Message;
        var request = new ChatCompletionRequest
        {
            Messages =
            [
                ChatMessage.User("How is the weather?"), message,
                new ChatMessage { Role = "tool", ToolCallId = message.ToolCalls![0].Id, Content = "Sunny" },
            ],
            MaxTokens = 5,
        };

        Reply reply = await Worker.PostAsync(Path, request);

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
    }

    [Fact]
    public async Task Special_tokens_that_mark_calls_are_given_to_the_model_and_hidden_from_the_client()
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(options =>
        {
            WriteTemplate(options, "{{ tools | tojson }}[INST]{{ messages[0].content }}{# [TOOL_CALLS] #}");
            return options;
        });
        foreach (string choice in new[] { "\"required\"", """{"type":"function","function":{"name":"get_weather"}}""" })
        {
            Reply reply = await worker.PostAsync(Path, Ask($"\"tool_choice\":{choice},\"max_tokens\":120,\"temperature\":1"));
            Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
            ChatChoice answer = reply.Read<ChatCompletion>().Choices[0];
            Assert.Null(answer.Message.Content);
            Assert.All(answer.Message.ToolCalls!, AssertValid);
            Assert.All(answer.Message.ToolCalls!, call => Assert.Matches("^[A-Za-z0-9]{9}$", call.Id));
        }
    }

    [Fact]
    public async Task A_special_token_that_marks_calls_reaches_the_parser_and_comes_back_when_it_marks_none()
    {
        await using RunningWorker worker =
            await RunningWorker.StartAsync(options => options with { ToolCallParser = ToolCallFormat.Mistral });
        Reply tokenized = await worker.PostAsync("/tokenize", """{"prompt":"[TOOL_CALLS]","add_special_tokens":false}""");
        string bias = $"\"max_tokens\":3,\"temperature\":0,\"logit_bias\":{{\"{tokenized.Read<TokenizeResponse>().Tokens.Single()}\":100}}";

        // With this bias the model writes nothing else.
        Reply reply = await worker.PostAsync(Path, Ask(bias));
        Reply plain = await worker.PostAsync(Path, $$"""{"messages":[{"role":"user","content":"Hi"}],{{bias}}}""");

        Assert.Equal("[TOOL_CALLS][TOOL_CALLS][TOOL_CALLS]", reply.Read<ChatCompletion>().Choices[0].Message.Content);
        Assert.Equal("", plain.Read<ChatCompletion>().Choices[0].Message.Content);
    }

    [Theory]
    [InlineData("a template without tools", "{{ messages[0].content }}", null, "This model knows no calls")]
    [InlineData("a worker told not to look for calls", null, ToolCallFormat.None, "This model knows no calls")]
    [InlineData("a format for a template without tools", "{{ messages[0].content }}", ToolCallFormat.Hermes, "does not show tools")]
    public async Task Tools_are_refused_by(string sentence, string? template, ToolCallFormat? format, string expected)
    {
        await using RunningWorker worker = await RunningWorker.StartAsync(options =>
        {
            if (template is not null) WriteTemplate(options, template);
            return options with { ToolCallParser = format };
        });

        Reply refused = await worker.PostAsync(Path, Ask("\"max_tokens\":1"));
        Reply ignored = await worker.PostAsync(Path, Ask("\"max_tokens\":1,\"tool_choice\":\"none\""));

        Assert.True(refused.Status == HttpStatusCode.BadRequest, $"{sentence}: {refused.Body}");
        Assert.Equal("tools", refused.Error.GetProperty("param").GetString());
        Assert.Contains(expected, refused.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, ignored.Status);
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
