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

    [Fact]
    public async Task A_key_does_not_learn_what_another_one_has_sent()
    {
        string prompt = string.Join(' ', Enumerable.Repeat("Tell me of a boat that nobody else has heard of.", 8));
        string[] keys = [Platform.ApiKey, (await Platform.RunAsync("key", "create", "for another client")).Output.Trim()];
        Assert.Equal(0, await CachedAsync(keys[0], prompt));
        // The first try may have met the other replica.
        await Eventually.True("its own prompt", TimeSpan.FromSeconds(20), async () => await CachedAsync(keys[0], prompt) > 0);
        await Eventually.True("a key that is known", TimeSpan.FromSeconds(20), async () =>
        {
            using HttpClient client = Client(keys[1]);
            return (await client.GetAsync("models")).IsSuccessStatusCode;
        });
        Assert.Equal(0, await CachedAsync(keys[1], prompt));

        await ShareAsync("Tenant");
        int attempt = 0;
        await Eventually.True("a prompt that keys share", TimeSpan.FromSeconds(20), async () =>
        {
            string fresh = $"{attempt++}. {prompt}";
            Assert.Equal(0, await CachedAsync(keys[0], fresh));
            return await CachedAsync(keys[1], fresh) > 0;
        });
        await ShareAsync("Key");
        Assert.Equal(0, (await Platform.RunAsync("key", "delete", keys[1])).ExitCode);

        async Task<int> CachedAsync(string key, string text)
        {
            using HttpClient client = Client(key);
            JsonObject body = Body(text, stream: false);
            body["max_tokens"] = 1;
            using HttpResponseMessage response = await client.PostAsJsonAsync("chat/completions", body);
            response.EnsureSuccessStatusCode();
            JsonNode usage = (await response.Content.ReadFromJsonAsync<JsonNode>())!["usage"]!;
            return (int)usage["prompt_tokens_details"]!["cached_tokens"]!;
        }

        async Task ShareAsync(string scope)
        {
            string patch = $$$$"""{"spec":{"isolation":{"prefixCache":"{{{{scope}}}}"}}}""";
            CommandResult done = await Platform.KubectlAsync("patch", "modelservice", "tiny", "--type=merge", "-p", patch);
            Assert.True(done.ExitCode == 0, done.Error);
        }

        HttpClient Client(string key)
        {
            HttpClient client = Platform.CreateClient();
            client.DefaultRequestHeaders.Authorization = new("Bearer", key);
            return client;
        }
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
