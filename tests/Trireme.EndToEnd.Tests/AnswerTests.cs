using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.OpenAi;
using Trireme.Testing;

namespace Trireme.EndToEnd.Tests;

public sealed class AnswerTests(PlatformFixture fixture)
{
    private PlatformProcess Platform => fixture.Platform;

    [Theory]
    [InlineData("What is the opposite of big?", "small")]
    [InlineData("Tell me a short story about a dog.", "dog")]
    [InlineData("What do cows say?", "moo")]
    public async Task An_answer_is_about_what_was_asked(string prompt, string expected)
    {
        string answer = await AskAsync(prompt);
        Assert.Contains(expected, answer, StringComparison.OrdinalIgnoreCase);
        Assert.EndsWith(".", answer.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_streamed_answer_is_the_same_as_a_whole_one()
    {
        const string Prompt = "Tell me a short story about a girl.";
        string whole = await AskAsync(Prompt);

        using HttpClient client = Platform.CreateClient();
        using var request =
            new HttpRequestMessage(HttpMethod.Post, "chat/completions") { Content = JsonContent.Create(Body(Prompt, stream: true)) };
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Matches("^tiny-v1@[0-9a-f]{12}$", response.Headers.GetValues("x-trireme-release").Single());

        var chunks = new List<ChatCompletionChunk>();
        await foreach (ChatCompletionChunk chunk in OpenAiStream.ReadAsync(await response.Content.ReadAsStreamAsync())) chunks.Add(chunk);
        Assert.Equal(whole, string.Concat(chunks.SelectMany(chunk => chunk.Choices).Select(choice => choice.Delta.Content)));
        Assert.Equal("stop", chunks.SelectMany(chunk => chunk.Choices).Last().FinishReason);
    }

    [Fact]
    public async Task A_wrong_key_is_refused_in_the_words_of_openai()
    {
        using HttpClient client = Platform.CreateClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", "trk_wrong");
        using HttpResponseMessage response = await client.PostAsJsonAsync("chat/completions", Body("Hello", stream: false));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        JsonNode error = (await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!;
        Assert.Equal("invalid_api_key", (string?)error["code"]);
    }

    [Fact]
    public async Task An_unknown_model_is_refused_with_the_nearest_known_one()
    {
        using HttpClient client = Platform.CreateClient();
        JsonObject body = Body("Hello", stream: false);
        body["model"] = "tyni";
        using HttpResponseMessage response = await client.PostAsJsonAsync("chat/completions", body);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains(
            "tiny",
            (string?)(await response.Content.ReadFromJsonAsync<JsonNode>())!["error"]!["message"],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_terminal_chat_streams_an_answer()
    {
        CommandResult result = await Platform.RunAsync("chat", "tiny", "What is the opposite of big?", "--temperature", "0");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("small", result.Output, StringComparison.OrdinalIgnoreCase);
    }

    private static JsonObject Body(string prompt, bool stream) => new()
    {
        ["model"] = "tiny",
        ["stream"] = stream,
        ["temperature"] = 0,
        ["max_tokens"] = 200,
        ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = prompt }),
    };

    private async Task<string> AskAsync(string prompt)
    {
        using HttpClient client = Platform.CreateClient();
        using HttpResponseMessage response = await client.PostAsJsonAsync("chat/completions", Body(prompt, stream: false));
        response.EnsureSuccessStatusCode();
        return (string)(await response.Content.ReadFromJsonAsync<JsonNode>())!["choices"]![0]!["message"]!["content"]!;
    }
}
