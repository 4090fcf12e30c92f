using System.Text.Json;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests;

public sealed class ChatStreamTests(SharedWorker shared)
{
    private const string Path = "/v1/chat/completions";

    private static readonly ChatCompletionRequest Request =
        new() { Messages = [ChatMessage.User("Hello")], Stream = true, Temperature = 1, Seed = 3, MaxTokens = 20 };

    private RunningWorker Worker => shared.Worker;

    [Fact]
    public async Task A_stream_opens_with_the_role_and_ends_with_the_reason_beside_an_empty_delta()
    {
        List<JsonElement> chunks = await Worker.StreamAsync(Path, Request);

        Assert.Equal("assistant", Delta(chunks[0]).GetProperty("role").GetString());
        Assert.Equal("", Delta(chunks[0]).GetProperty("content").GetString());
        Assert.All(chunks[1..], chunk => Assert.False(Delta(chunk).TryGetProperty("role", out _)));
        Assert.Empty(Delta(chunks[^1]).EnumerateObject());
        Assert.Equal("length", Choice(chunks[^1]).GetProperty("finish_reason").GetString());
        Assert.All(chunks[..^1], chunk => Assert.Equal(JsonValueKind.Null, Choice(chunk).GetProperty("finish_reason").ValueKind));
    }

    [Fact]
    public async Task Every_chunk_carries_the_same_id_time_and_model()
    {
        List<JsonElement> chunks = await Worker.StreamAsync(Path, Request);

        string head = Head(chunks[0]);
        Assert.All(chunks, chunk => Assert.Equal(head, Head(chunk)));
        Assert.Contains("chat.completion.chunk", head, StringComparison.Ordinal);

        static string Head(JsonElement chunk) => string.Join(
            '|', chunk.EnumerateObject().Where(field => field.Name != "choices").Select(field => $"{field.Name}={field.Value}"));
    }

    [Fact]
    public async Task The_usage_comes_last_without_choices_and_only_when_asked_for()
    {
        List<JsonElement> plain = await Worker.StreamAsync(Path, Request);
        List<JsonElement> counted = await Worker.StreamAsync(Path, Request with { StreamOptions = new() { IncludeUsage = true } });

        Assert.All(plain, chunk => Assert.False(chunk.TryGetProperty("usage", out _)));
        Assert.All(counted[..^1], chunk => Assert.Equal(JsonValueKind.Null, chunk.GetProperty("usage").ValueKind));
        Assert.Equal(0, counted[^1].GetProperty("choices").GetArrayLength());
        Assert.Equal(20, counted[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Streamed_and_whole_answers_hold_the_same_text_tokens_and_log_probabilities()
    {
        ChatCompletionRequest request = Request with { Logprobs = true, TopLogprobs = 2, ReturnTokenIds = true, MaxTokens = 32 };
        var whole = (await Worker.PostAsync(Path, request with { Stream = false })).Read<ChatCompletion>();

        List<ChatCompletionChunk> chunks = [.. (await Worker.StreamAsync(Path, request)).Select(Read)];

        Assert.Equal(whole.Choices[0].Message.Content, string.Concat(chunks.Select(chunk => chunk.Choices[0].Delta.Content)));
        Assert.Equal(whole.Choices[0].TokenIds!, chunks.SelectMany(chunk => chunk.Choices[0].TokenIds ?? []));
        Assert.Equal(whole.PromptTokenIds!, chunks[0].PromptTokenIds!);
        Assert.Equal(
            whole.Choices[0].Logprobs!.Content!.Select(Describe),
            chunks.SelectMany(chunk => chunk.Choices[0].Logprobs?.Content ?? []).Select(Describe));

        static string Describe(ChatTokenLogprob token) => JsonSerializer.Serialize(token, OpenAiJson.Options);
    }

    [Fact]
    public async Task Each_of_several_streamed_answers_opens_ends_and_reads_like_its_whole_twin()
    {
        ChatCompletionRequest request = Request with { N = 4 };
        var whole = (await Worker.PostAsync(Path, request with { Stream = false })).Read<ChatCompletion>();

        List<ChatCompletionChunk> chunks = [.. (await Worker.StreamAsync(Path, request)).Select(Read)];

        foreach (ChatChoice expected in whole.Choices)
        {
            List<ChatChunkChoice> choices = [.. chunks.Select(chunk => chunk.Choices[0]).Where(choice => choice.Index == expected.Index)];
            Assert.Equal("assistant", choices[0].Delta.Role);
            Assert.Equal("length", choices[^1].FinishReason);
            Assert.Equal(expected.Message.Content, string.Concat(choices.Select(choice => choice.Delta.Content)));
        }
    }

    [Fact]
    public async Task The_reader_for_clients_understands_the_stream()
    {
        using HttpResponseMessage response = await Worker.OpenStreamAsync(Path, Request);
        await using Stream stream = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);

        List<ChatCompletionChunk> chunks = [];
        await foreach (ChatCompletionChunk chunk in OpenAiStream.ReadAsync(stream, TestContext.Current.CancellationToken))
        {
            chunks.Add(chunk);
        }

        Assert.Equal(20, string.Concat(chunks.Select(chunk => chunk.Choices[0].Delta.Content)).Length);
        Assert.Equal("length", chunks[^1].Choices[0].FinishReason);
    }

    [Fact]
    public async Task A_stream_says_what_proxies_need_to_know()
    {
        using HttpResponseMessage response = await Worker.OpenStreamAsync(Path, Request);

        Assert.Equal("text/event-stream; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        Assert.True(response.Headers.CacheControl!.NoCache);
        Assert.Equal("no", Assert.Single(response.Headers.GetValues("X-Accel-Buffering")));
        Assert.Null(response.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Sixty_four_streams_at_once_each_get_their_own_text()
    {
        var alone = new string[64];
        for (int i = 0; i < alone.Length; i++)
        {
            var answer = (await Worker.PostAsync(Path, Numbered(i) with { Stream = false })).Read<ChatCompletion>();
            alone[i] = answer.Choices[0].Message.Content!;
        }

        string[] together = await Task.WhenAll(Enumerable.Range(0, 64).Select(async i =>
            string.Concat((await Worker.StreamAsync(Path, Numbered(i))).Select(Read).Select(chunk => chunk.Choices[0].Delta.Content))));

        Assert.Equal(alone, together);

        static ChatCompletionRequest Numbered(int i) =>
            Request with { Messages = [ChatMessage.User($"Question {i}")], Seed = i, MaxTokens = 12 };
    }

    private static JsonElement Choice(JsonElement chunk) => chunk.GetProperty("choices")[0];

    private static JsonElement Delta(JsonElement chunk) => Choice(chunk).GetProperty("delta");

    private static ChatCompletionChunk Read(JsonElement chunk) => chunk.Deserialize<ChatCompletionChunk>(OpenAiJson.Options)!;
}
