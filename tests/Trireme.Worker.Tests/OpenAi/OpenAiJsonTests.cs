using System.Text.Json;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests.OpenAi;

public sealed class OpenAiJsonTests
{
    [Theory]
    [InlineData("\"text\"")]
    [InlineData("[1,2]")]
    [InlineData("[\"a\",\"b\"]")]
    [InlineData("[[1],[2,3]]")]
    public void A_prompt_is_written_as_it_was_read(string json)
    {
        var prompt = JsonSerializer.Deserialize<CompletionPrompt>(json, OpenAiJson.Options);

        Assert.Equal(json, JsonSerializer.Serialize(prompt, OpenAiJson.Options));
    }

    [Fact]
    public void A_request_holds_what_was_set_and_nothing_else()
    {
        var request = new ChatCompletionRequest { Messages = [ChatMessage.User("\"ö\"")], MaxCompletionTokens = 5, Stop = ["x"] };

        Assert.Equal(
            """{"messages":[{"role":"user","content":"\"ö\""}],"max_completion_tokens":5,"stop":["x"]}""",
            JsonSerializer.Serialize(request, OpenAiJson.Options));
    }

    [Fact]
    public void Fields_without_a_name_here_survive()
    {
        const string Json = """{"role":"assistant","content":"x","reasoning_content":"y"}""";

        Assert.Equal(Json, JsonSerializer.Serialize(JsonSerializer.Deserialize<ChatMessage>(Json, OpenAiJson.Options), OpenAiJson.Options));
    }

    [Fact]
    public void An_error_has_all_four_fields()
    {
        Assert.Equal(
            """{"error":{"message":"m","type":null,"param":null,"code":null}}""",
            JsonSerializer.Serialize(new OpenAiErrorBody { Error = new OpenAiError { Message = "m" } }, OpenAiJson.Options));
    }
}
