using System.Net;
using System.Text;
using System.Text.Json;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests;

public sealed class ChatCompletionTests(SharedWorker shared)
{
    private const string Path = "/v1/chat/completions";

    private RunningWorker Worker => shared.Worker;

    [Fact]
    public async Task An_answer_has_the_shape_clients_expect()
    {
        Reply reply = await Worker.PostAsync(Path, Ask("Hello") with { MaxTokens = 8 });

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        var answer = reply.Read<ChatCompletion>();
        Assert.StartsWith("chatcmpl-", answer.Id, StringComparison.Ordinal);
        Assert.Equal("chat.completion", answer.ObjectType);
        Assert.Equal("tiny", answer.Model);
        Assert.Equal("tiny-1@0123456789ab", answer.SystemFingerprint);
        ChatChoice choice = Assert.Single(answer.Choices);
        Assert.Equal("assistant", choice.Message.Role);
        Assert.Equal(8, choice.Message.Content!.Length);
        Assert.Equal("length", choice.FinishReason);
        Assert.Equal(8, answer.Usage!.CompletionTokens);
        Assert.Equal(answer.Usage.PromptTokens + 8, answer.Usage.TotalTokens);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_text()
    {
        ChatCompletionRequest request = Ask("Hello") with { Temperature = 1, Seed = 7, MaxTokens = 24 };

        Assert.Equal(await TextAsync(request), await TextAsync(request));
        Assert.NotEqual(await TextAsync(request), await TextAsync(request with { Seed = 8 }));
    }

    [Fact]
    public async Task The_newer_name_of_the_token_limit_wins()
    {
        string text = await TextAsync(Ask("Hello") with { MaxTokens = 20, MaxCompletionTokens = 3 });

        Assert.Equal(3, text.Length);
    }

    [Fact]
    public async Task A_stop_text_ends_the_answer_and_is_not_part_of_it()
    {
        string whole = await TextAsync(Ask("Hello") with { MaxTokens = 40 });
        string stop = whole.Substring(10, 3);

        var answer = (await Worker.PostAsync(Path, Ask("Hello") with { MaxTokens = 40, Stop = [stop] })).Read<ChatCompletion>();

        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], answer.Choices[0].Message.Content);
        Assert.Equal("stop", answer.Choices[0].FinishReason);
    }

    [Fact]
    public async Task Several_answers_use_the_seeds_that_follow()
    {
        ChatCompletionRequest request = Ask("Hello") with { Temperature = 1, Seed = 100, MaxTokens = 12 };

        var answer = (await Worker.PostAsync(Path, request with { N = 3 })).Read<ChatCompletion>();

        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(i, answer.Choices[i].Index);
            Assert.Equal(await TextAsync(request with { Seed = 100 + i }), answer.Choices[i].Message.Content);
        }

        Assert.Equal(36, answer.Usage!.CompletionTokens);
    }

    [Fact]
    public async Task Text_parts_are_the_lines_of_a_message()
    {
        const string Parts = """{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}""";

        Assert.Equal(await PromptOfAsync("""{"messages":[{"role":"user","content":"a\nb"}]}"""), await PromptOfAsync(Parts));
    }

    [Fact]
    public async Task A_developer_message_is_a_system_message()
    {
        const string Conversation = """{"messages":[{"role":"ROLE","content":"Be brief."},{"role":"user","content":"Hi"}]}""";

        string system = await PromptOfAsync(Conversation.Replace("ROLE", "system", StringComparison.Ordinal));
        string developer = await PromptOfAsync(Conversation.Replace("ROLE", "developer", StringComparison.Ordinal));

        Assert.Equal(system, developer);
        Assert.StartsWith("<|im_start|>system\nBe brief.<|im_end|>", system, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tools reach the template", "", "[1 tools")]
    [InlineData("tools that must not be called do not", ",\"tool_choice\":\"none\"", null)]
    public async Task Tools_are_the_templates_business(string sentence, string choice, string? expected)
    {
        string body = $$$"""
            {"messages":[{"role":"user","content":"Hi"}],"max_tokens":1,"return_token_ids":true,
             "tools":[{"type":"function","function":{"name":"f"}}]{{{choice}}}}
            """;

        var answer = (await Worker.PostAsync(Path, body)).Read<ChatCompletion>();
        string prompt = await TextOfAsync(answer.PromptTokenIds!);

        Assert.True(prompt.Contains("[1 tools", StringComparison.Ordinal) == expected is not null, sentence);
    }

    [Fact]
    public async Task Calls_of_tools_and_their_results_are_part_of_a_conversation()
    {
        const string Body = """
            {"max_tokens":1,"messages":[{"role":"user","content":"Hi"},
             {"role":"assistant","content":null,
              "tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},
             {"role":"tool","tool_call_id":"1","content":"42"}]}
            """;

        Assert.Equal(HttpStatusCode.OK, (await Worker.PostAsync(Path, Body)).Status);
    }

    [Fact]
    public async Task Log_probabilities_name_each_token_and_its_alternatives()
    {
        Reply reply = await Worker.PostAsync(Path, Ask("Hello") with { MaxTokens = 5, Logprobs = true, TopLogprobs = 3 });

        var answer = reply.Read<ChatCompletion>();
        ChatChoice choice = answer.Choices[0];
        IReadOnlyList<ChatTokenLogprob> tokens = choice.Logprobs!.Content!;
        Assert.Equal(5, tokens.Count);
        Assert.Equal(choice.Message.Content, string.Concat(tokens.Select(token => token.Token)));
        Assert.All(tokens, token =>
        {
            Assert.Equal(Encoding.UTF8.GetBytes(token.Token), token.Bytes!.Select(value => (byte)value));
            Assert.Equal(3, token.TopLogprobs!.Count);
            // The request is greedy, so that the best alternative is the token itself.
            Assert.Equal(token.Token, token.TopLogprobs[0].Token);
            Assert.Equal(token.Logprob, token.TopLogprobs[0].Logprob, 5);
            Assert.InRange(token.TopLogprobs.Sum(top => Math.Exp(top.Logprob)), 0, 1.0001);
            Assert.True(token.TopLogprobs[0].Logprob >= token.TopLogprobs[1].Logprob);
        });
    }

    [Fact]
    public async Task Token_ids_are_those_of_the_texts()
    {
        var answer = (await Worker.PostAsync(Path, Ask("Hello") with { MaxTokens = 6, ReturnTokenIds = true })).Read<ChatCompletion>();

        Assert.Equal(answer.Usage!.PromptTokens, answer.PromptTokenIds!.Count);
        Assert.Equal(answer.Choices[0].Message.Content, await TextOfAsync(answer.Choices[0].TokenIds!));
        Assert.Equal("<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n", await TextOfAsync(answer.PromptTokenIds));
    }

    [Fact]
    public async Task A_repeated_prompt_is_found_in_the_cache_unless_its_salt_differs()
    {
        ChatCompletionRequest request = Ask(new string('c', 300)) with { MaxTokens = 1, CacheSalt = "one" };
        await Worker.PostAsync(Path, request);

        Assert.True(await CachedAsync(request) > 200);
        Assert.Equal(0, await CachedAsync(request with { CacheSalt = "two" }));

        async Task<int> CachedAsync(ChatCompletionRequest asked) =>
            (await Worker.PostAsync(Path, asked)).Read<ChatCompletion>().Usage!.PromptTokensDetails!.CachedTokens;
    }

    private static ChatCompletionRequest Ask(string text) =>
        new() { Model = "tiny", Messages = [ChatMessage.User(text)], Temperature = 0 };

    private async Task<string> TextAsync(ChatCompletionRequest request) =>
        (await Worker.PostAsync(Path, request)).Read<ChatCompletion>().Choices[0].Message.Content!;

    private async Task<string> PromptOfAsync(string conversation)
    {
        var tokens = (await Worker.PostAsync("/tokenize", conversation)).Read<TokenizeResponse>();
        return await TextOfAsync(tokens.Tokens);
    }

    private async Task<string> TextOfAsync(IReadOnlyList<int> tokens) =>
        (await Worker.PostAsync("/detokenize", new DetokenizeRequest { Tokens = tokens })).Read<DetokenizeResponse>().Prompt;
}
