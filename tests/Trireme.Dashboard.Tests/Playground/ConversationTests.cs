using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Playground;

namespace Trireme.Dashboard.Tests.Playground;

/// <summary>The playground's conversation over its client and a real stream.</summary>
public sealed class ConversationTests
{
    private const string Answer = """
        data: {"id":"1","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}

        data: {"id":"1","choices":[{"index":0,"delta":{"content":"Hello"}}]}

        data: {"id":"1","choices":[{"index":0,"delta":{"content":" there"},"finish_reason":"stop"}]}

        data: {"id":"1","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7}}

        data: [DONE]


        """;

    private static readonly Question Hi = new("tiny", "Hi", 0.5f, 20);

    private readonly Conversation _conversation = new(new FakeTimeProvider(Samples.Now));
    private JsonNode? _asked;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_grows_part_by_part_and_names_its_release_and_tokens()
    {
        await using FleetServer server = await FleetServer.StartAsync();
        server.Chat = context => SendAsync(context, Answer);
        using var client = new PlaygroundClient(server.Options);
        var seen = new List<string>();

        Assert.True(await _conversation.AskAsync(client, Hi, () => seen.Add(_conversation.Turns[^1].Text), Cancelled));

        Assert.Equal(["Hello", "Hello there", "Hello there"], seen);
        Assert.StartsWith("tiny-v1@aa · first token", _conversation.Turns[1].Note, StringComparison.Ordinal);
        Assert.Contains("2 tokens", _conversation.Turns[1].Note, StringComparison.Ordinal);
        Assert.False(_conversation.Busy);
    }

    [Fact]
    public async Task The_next_question_carries_the_conversation_so_far()
    {
        await using FleetServer server = await FleetServer.StartAsync();
        server.Chat = RecordAndAnswerAsync;
        using var client = new PlaygroundClient(server.Options);

        await _conversation.AskAsync(client, Hi, () => { }, Cancelled);
        await _conversation.AskAsync(client, Hi with { Message = "And?" }, () => { }, Cancelled);

        Assert.Equal(["user", "assistant", "user"], _asked!["messages"]!.AsArray().Select(message => (string)message!["role"]!));
        Assert.Equal(("tiny", 20, true), ((string)_asked["model"]!, (int)_asked["max_tokens"]!, (bool)_asked["stream"]!));
    }

    [Fact]
    public async Task A_system_prompt_comes_first_and_the_command_line_says_what_was_sent()
    {
        await using FleetServer server = await FleetServer.StartAsync();
        server.Chat = RecordAndAnswerAsync;
        using var client = new PlaygroundClient(server.Options);
        Question question = Hi with { Message = "It's $HOME", System = "Be brief." };

        await _conversation.AskAsync(client, question, () => { }, Cancelled);

        Assert.Equal("Be brief.", (string)_asked!["messages"]![0]!["content"]!);
        string command = CurlCommand.Of(_conversation.Preview(question with { Message = "" }), server.Options.Gateway);
        Assert.StartsWith($"curl -sSN {server.Options.Gateway}chat/completions", command, StringComparison.Ordinal);
        Assert.Contains("Bearer $OPENAI_API_KEY", command, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Options.ApiKey + "\"", command, StringComparison.Ordinal);
        string body = command[(command.IndexOf("-d '", StringComparison.Ordinal) + 4)..^1].Replace("'\\''", "'", StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(_asked, JsonNode.Parse(body)), body);
    }

    [Fact]
    public async Task A_refusal_shows_the_words_of_the_gateway_and_takes_the_message_back()
    {
        await using FleetServer server = await FleetServer.StartAsync();
        server.Chat = context =>
        {
            context.Response.StatusCode = 429;
            return context.Response.WriteAsync("""{"error":{"message":"The quota of this key is used up.","type":"quota"}}""");
        };
        using var client = new PlaygroundClient(server.Options);

        Assert.False(await _conversation.AskAsync(client, Hi, () => { }, Cancelled));

        Assert.Equal("The quota of this key is used up.", _conversation.Error);
        Assert.Empty(_conversation.Turns);
    }

    [Fact]
    public async Task A_stopped_answer_stays_as_far_as_it_came()
    {
        await using FleetServer server = await FleetServer.StartAsync();
        server.Chat = async context =>
        {
            int secondPart = Answer.IndexOf(" there", StringComparison.Ordinal);
            await SendAsync(context, Answer[..Answer.LastIndexOf("data:", secondPart, StringComparison.Ordinal)]);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        };
        using var client = new PlaygroundClient(server.Options);

        Assert.True(await _conversation.AskAsync(client, Hi, _conversation.Stop, Cancelled));

        Assert.Equal(("Hello", "stopped"), (_conversation.Turns[1].Text, _conversation.Turns[1].Note));
        Assert.Null(_conversation.Error);
    }

    private async Task RecordAndAnswerAsync(HttpContext context)
    {
        _asked = await JsonNode.ParseAsync(context.Request.Body);
        await SendAsync(context, Answer);
    }

    private static async Task SendAsync(HttpContext context, string text)
    {
        context.Response.Headers["x-trireme-release"] = "tiny-v1@aa";
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(text);
        await context.Response.Body.FlushAsync();
    }
}
