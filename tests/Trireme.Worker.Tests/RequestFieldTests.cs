using System.Net;
using System.Text.Json;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests;

/// <summary>Fields that vLLM adds to OpenAI's, or that clients send in other spellings.</summary>
public sealed class RequestFieldTests(SharedWorker shared)
{
    private const string Completions = "/v1/completions";
    private const string Chat = "/v1/chat/completions";

    private RunningWorker Worker => shared.Worker;

    [Fact]
    public async Task Each_chunk_has_the_counts_so_far_when_asked()
    {
        List<JsonElement> chunks = await Worker.StreamAsync(
            Chat,
            """
            {"messages":[{"role":"user","content":"Hi"}],"max_tokens":5,"stream":true,
            "stream_options":{"include_usage":true,"continuous_usage_stats":true}}
            """);

        int[] counts = [.. chunks.Select(chunk => chunk.GetProperty("usage").GetProperty("completion_tokens").GetInt32())];
        // Tokens that come together share a chunk, so that a count may be passed over but never be wrong.
        Assert.Equal((0, 5), (counts[0], counts[^1]));
        Assert.Equal(counts.Order(), counts);
        Assert.True(counts.Distinct().Count() > 2, string.Join(' ', counts));
        Assert.All(chunks, static chunk =>
        {
            JsonElement usage = chunk.GetProperty("usage");
            Assert.Equal(
                usage.GetProperty("total_tokens").GetInt32(),
                usage.GetProperty("prompt_tokens").GetInt32() + usage.GetProperty("completion_tokens").GetInt32());
        });
    }

    [Fact]
    public async Task Counts_of_several_answers_are_those_of_the_chunks_own()
    {
        List<JsonElement> chunks = await Worker.StreamAsync(
            Completions,
            """
            {"prompt":["ab","abcd"],"max_tokens":3,"n":2,"temperature":0,"stream":true,
            "stream_options":{"include_usage":true,"continuous_usage_stats":true}}
            """);

        for (int i = 0; i < 4; i++)
        {
            JsonElement[] usages = [.. chunks
                .Where(chunk => chunk.GetProperty("choices").GetArrayLength() > 0
                    && chunk.GetProperty("choices")[0].GetProperty("index").GetInt32() == i)
                .Select(static chunk => chunk.GetProperty("usage"))];
            int[] counts = [.. usages.Select(static usage => usage.GetProperty("completion_tokens").GetInt32())];
            Assert.Equal(counts.Order().Distinct(), counts);
            Assert.Equal(3, counts[^1]);
            Assert.All(usages, usage => Assert.Equal(i < 2 ? 2 : 4, usage.GetProperty("prompt_tokens").GetInt32()));
        }

        Assert.Equal(12, chunks[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Unknown_stream_options_and_counts_without_usage_are_ignored()
    {
        List<JsonElement> chunks = await Worker.StreamAsync(
            Completions,
            """{"prompt":"a","max_tokens":2,"stream":true,"stream_options":{"continuous_usage_stats":true,"include_obfuscation":true}}""");

        Assert.All(chunks, static chunk => Assert.False(chunk.TryGetProperty("usage", out _)));
    }

    [Fact]
    public async Task What_stopped_an_answer_is_told_and_kept_when_asked()
    {
        string whole = await TextAsync("""{"prompt":"Once","max_tokens":12,"temperature":0}""");
        string stop = whole[4..6];
        int at = whole.IndexOf(stop, StringComparison.Ordinal);

        JsonElement cut =
            await ChoiceAsync($$"""{"prompt":"Once","max_tokens":12,"temperature":0,"stop":{{JsonSerializer.Serialize(stop)}}}""");
        Assert.Equal(whole[..at], cut.GetProperty("text").GetString());
        Assert.Equal(stop, cut.GetProperty("stop_reason").GetString());

        JsonElement kept = await ChoiceAsync(
            $$"""
            {"prompt":"Once","max_tokens":12,"temperature":0,"include_stop_str_in_output":true,"stop":{{JsonSerializer.Serialize(stop)}}}
            """);
        Assert.Equal(whole[..(at + 2)], kept.GetProperty("text").GetString());

        int token = whole[0];
        JsonElement ended = await ChoiceAsync($$"""{"prompt":"Once","max_tokens":12,"temperature":0,"stop_token_ids":[{{token}}]}""");
        Assert.Equal(("", token), (ended.GetProperty("text").GetString(), ended.GetProperty("stop_reason").GetInt32()));
        JsonElement limit = await ChoiceAsync("""{"prompt":"Once","max_tokens":2,"temperature":0}""");
        Assert.Equal(JsonValueKind.Null, limit.GetProperty("stop_reason").ValueKind);
    }

    [Fact]
    public async Task An_answer_consists_of_allowed_tokens_and_holds_no_bad_words()
    {
        Assert.Matches("^[xyz]{20}$", await TextAsync("""{"prompt":"Once","max_tokens":20,"allowed_token_ids":[120,121,122],"seed":1}"""));

        string whole = await TextAsync("""{"prompt":"Once","max_tokens":20,"temperature":0}""");
        string word = whole[3..5];
        string without = await TextAsync(
            $$"""{"prompt":"Once","max_tokens":20,"temperature":0,"bad_words":[{{JsonSerializer.Serialize(word)}}]}""");
        Assert.Equal(whole[..4], without[..4]);
        Assert.DoesNotContain(word, without, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bias_for_a_bad_word_does_not_bring_it_back()
    {
        string text = await TextAsync("""{"prompt":"Once","max_tokens":9,"bad_words":["x"],"logit_bias":{"120":100},"temperature":0}""");

        Assert.DoesNotContain('x', text);
    }

    [Theory]
    [InlineData("end", "", "ij")]
    [InlineData("end, as said", ",\"truncation_side\":\"left\"", "ij")]
    [InlineData("start", ",\"truncation_side\":\"right\"", "ab")]
    public async Task A_longer_prompt_is_cut_to_its(string sentence, string side, string kept)
    {
        JsonElement choice = await ChoiceAsync(
            $$"""{"prompt":"abcdefghij","max_tokens":1,"truncate_prompt_tokens":2,"return_token_ids":true{{side}}}""");

        string prompt = string.Concat(choice.GetProperty("prompt_token_ids").EnumerateArray().Select(static id => (char)id.GetInt32()));
        Assert.True(prompt == kept, $"{sentence}: {prompt}");
    }

    [Fact]
    public async Task A_text_that_is_cut_may_be_longer_than_any_that_fits()
    {
        string text = string.Concat(Enumerable.Repeat("abcdefghij", 150_000));
        Reply refused = await Worker.PostAsync(Completions, $$"""{"prompt":"{{text}}","max_tokens":1}""");
        Assert.Equal("context_length_exceeded", refused.Error.GetProperty("code").GetString());

        JsonElement cut =
            await ChoiceAsync($$"""{"prompt":"{{text}}","max_tokens":1,"truncate_prompt_tokens":4,"return_token_ids":true}""");
        Assert.Equal("ghij", string.Concat(cut.GetProperty("prompt_token_ids").EnumerateArray().Select(static id => (char)id.GetInt32())));
        JsonElement most = await ChoiceAsync($$"""{"prompt":"{{text[..40_000]}}","max_tokens":5,"truncate_prompt_tokens":-1}""");
        Assert.Equal(1, most.GetProperty("text").GetString()!.Length);
    }

    [Theory]
    [InlineData(Completions, "prompt", """{"prompt":"TEXT"}""", "prompt")]
    [InlineData(Completions, "one of several prompts", """{"prompt":["a","TEXT"]}""", "prompt[1]")]
    [InlineData(
        Chat, "a message", """{"messages":[{"role":"user","content":"a"},{"role":"user","content":"TEXT"}]}""", "messages[1].content")]
    [InlineData(
        Chat, "messages together", """{"messages":[{"role":"user","content":"HALF"},{"role":"user","content":"HALF"}]}""", "messages")]
    [InlineData("/tokenize", "a text to tokenize", """{"prompt":"TEXT"}""", "prompt")]
    [InlineData("/tokenize", "a chat to tokenize", """{"messages":[{"role":"user","content":"TEXT"}]}""", "messages[0].content")]
    [InlineData("/v1/embeddings", "a text to embed", """{"input":"TEXT"}""", "input")]
    [InlineData("/v1/embeddings", "one of several texts", """{"input":["a","TEXT"]}""", "input[1]")]
    public async Task Text_that_cannot_fit_is_refused_before_it_is_encoded(string path, string sentence, string body, string field)
    {
        // The longest tokens of the model are such as <|im_start|>.
        const int Most = TinyModel.ContextLength * 12;
        string full = body
            .Replace("TEXT", new string('a', Most + 1), StringComparison.Ordinal)
            .Replace("HALF", new string('a', (Most / 2) + 1), StringComparison.Ordinal);
        Reply reply = await Worker.PostAsync(path, full);

        Assert.True(reply.Status == HttpStatusCode.BadRequest, sentence);
        Assert.Equal(field, reply.Error.GetProperty("param").GetString());
        Assert.Equal("context_length_exceeded", reply.Error.GetProperty("code").GetString());
        string message = reply.Error.GetProperty("message").GetString()!;
        Assert.Contains($"{TinyModel.ContextLength} tokens", message, StringComparison.Ordinal);
        Assert.Contains(Most.ToString(System.Globalization.CultureInfo.InvariantCulture), message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_goes_on_with_the_last_message()
    {
        const string Conversation = """[{"role":"user","content":"Hi"},{"role":"assistant","content":"On the"}]""";
        const string Go = "\"continue_final_message\":true,\"add_generation_prompt\":false";
        Reply tokens = await Worker.PostAsync("/tokenize", $$"""{"messages":{{Conversation}},{{Go}},"return_token_strs":true}""");
        Assert.EndsWith("OnĠthe", string.Concat(tokens.Read<TokenizeResponse>().TokenStrs!), StringComparison.Ordinal);

        Reply plain = await Worker.PostAsync(Chat, $$"""{"messages":{{Conversation}},{{Go}},"max_tokens":4,"temperature":0}""");
        string answer = plain.Read<ChatCompletion>().Choices[0].Message.Content!;
        Reply echoed =
            await Worker.PostAsync(Chat, $$"""{"messages":{{Conversation}},{{Go}},"max_tokens":4,"temperature":0,"echo":true}""");
        Assert.Equal("On the" + answer, echoed.Read<ChatCompletion>().Choices[0].Message.Content);
        List<JsonElement> chunks = await Worker.StreamAsync(
            Chat, $$"""{"messages":{{Conversation}},{{Go}},"max_tokens":4,"temperature":0,"echo":true,"stream":true}""");
        Assert.Equal("On the" + answer, string.Concat(chunks.Select(static chunk => chunk.GetProperty("choices")[0].GetProperty("delta"))
            .Select(static delta => delta.TryGetProperty("content", out JsonElement content) ? content.GetString() : "")));
    }

    [Theory]
    [InlineData("\"n\":2.0,\"max_tokens\":3e0,\"top_k\":-1.0,\"seed\":10000000000.0,\"stop_token_ids\":[5.0],\"priority\":0.0")]
    [InlineData("\"n\":2,\"max_tokens\":0.3e1,\"prompt\":[97.0,98.00]")]
    public async Task Whole_numbers_may_be_written_as_fractions(string fields)
    {
        string prompt = fields.Contains("prompt", StringComparison.Ordinal) ? "" : "\"prompt\":\"a\",";
        Reply reply = await Worker.PostAsync(Completions, $"{{{prompt}{fields}}}");

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        Assert.Equal(6, reply.Read<Completion>().Usage!.CompletionTokens);
    }

    [Theory]
    [InlineData("2.5")]
    [InlineData("1e300")]
    [InlineData("2147483648.0")]
    [InlineData("\"2\"")]
    public async Task Other_numbers_are_no_whole_ones(string value)
    {
        Reply reply = await Worker.PostAsync(Completions, $$"""{"prompt":"a","max_tokens":{{value}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal("max_tokens must be a 32-bit integer.", reply.Error.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("temperature")]
    [InlineData("top_p")]
    [InlineData("min_p")]
    [InlineData("typical_p")]
    [InlineData("repetition_penalty")]
    [InlineData("presence_penalty")]
    [InlineData("frequency_penalty")]
    [InlineData("max_tokens")]
    [InlineData("seed")]
    public async Task A_number_that_no_reader_can_hold_is_refused_with_its_field(string field)
    {
        Reply reply = await Worker.PostAsync(Completions, $$"""{"prompt":"a","{{field}}":1E400}""");

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal(field, reply.Error.GetProperty("param").GetString());
    }

    [Theory]
    [InlineData("\"top_p\":0")]
    [InlineData("\"top_p\":0.0,\"temperature\":1.5")]
    public async Task No_mass_at_all_takes_the_likeliest_token(string fields)
    {
        Assert.Equal(
            await TextAsync("""{"prompt":"Once","max_tokens":8,"temperature":0}"""),
            await TextAsync($$"""{"prompt":"Once","max_tokens":8,{{fields}}}"""));
    }

    [Fact]
    public async Task As_many_answers_and_prompts_as_documented_are_given_in_their_order()
    {
        Reply answers = await Worker.PostAsync(Completions, """{"prompt":"a","n":128,"max_tokens":1}""");
        Assert.Equal(Enumerable.Range(0, 128), answers.Read<Completion>().Choices.Select(static choice => choice.Index));

        string[] prompts = [.. Enumerable.Range(0, 300).Select(static i => $"{i}")];
        var request = new CompletionRequest
        {
            Prompt = new CompletionPrompt([.. prompts.Select(static text => new PromptInput { Text = text })]),
            MaxTokens = 2,
            Echo = true,
            Temperature = 0,
        };
        Completion whole = (await Worker.PostAsync(Completions, request)).Read<Completion>();
        Assert.Equal(prompts, whole.Choices.Select(static choice => choice.Text[..^2]));
        Assert.Equal(600, whole.Usage!.CompletionTokens);

        List<JsonElement> chunks = await Worker.StreamAsync(Completions, request with { Stream = true });
        string[] streamed = [.. Enumerable.Range(0, 300).Select(i => string.Concat(chunks
            .SelectMany(static chunk => chunk.GetProperty("choices").EnumerateArray())
            .Where(choice => choice.GetProperty("index").GetInt32() == i)
            .Select(static choice => choice.GetProperty("text").GetString())))];
        Assert.Equal(whole.Choices.Select(static choice => choice.Text), streamed);
    }

    [Fact]
    public async Task A_bad_prompt_behind_many_good_ones_is_refused_before_any_is_computed()
    {
        string prompts = string.Join(',', Enumerable.Repeat("[97]", 300));
        Reply reply = await Worker.PostAsync(Completions, $$"""{"prompt":[{{prompts}},[100000]],"max_tokens":1,"stream":true}""");

        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal("prompt[300][0]", reply.Error.GetProperty("param").GetString());
    }

    [Fact]
    public async Task An_answers_id_is_that_of_its_request()
    {
        const string Body = """{"prompt":"a","max_tokens":1,"request_id":"mine"}""";
        Assert.Equal("cmpl-mine", (await Worker.PostAsync(Completions, Body)).Read<Completion>().Id);
        using var request = new HttpRequestMessage(HttpMethod.Post, Completions) { Content = RunningWorker.Json(Body) };
        request.Headers.Add("X-Request-Id", "req_7");
        Reply reply = await Reply.ReadAsync(await Worker.Http.SendAsync(request, TestContext.Current.CancellationToken));
        Assert.Equal("cmpl-req_7", reply.Read<Completion>().Id);
    }

    [Fact]
    public async Task Information_that_nothing_here_needs_is_taken()
    {
        Reply reply = await Worker.PostAsync(
            Chat,
            """
            {"messages":[{"role":"user","content":"Hi"}],"max_tokens":1,"store":true,"metadata":{"a":"b"},"service_tier":"auto",
            "prompt_cache_key":"k","safety_identifier":"s","mm_processor_kwargs":{},"spaces_between_special_tokens":false}
            """);

        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
    }

    private async Task<string> TextAsync(string body) => (await ChoiceAsync(body)).GetProperty("text").GetString()!;

    private async Task<JsonElement> ChoiceAsync(string body)
    {
        Reply reply = await Worker.PostAsync(Completions, body);
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        return reply.Json.GetProperty("choices")[0];
    }
}
