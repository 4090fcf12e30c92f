using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests;

public sealed class StructuredOutputTests(SharedWorker shared)
{
    private const string Schema =
        """
        {"type":"object","required":["name","age"],
         "properties":{"name":{"type":"string","maxLength":9},"age":{"type":"integer","minimum":0,"maximum":150}}}
        """;

    private RunningWorker Worker => shared.Worker;

    [Theory]
    [InlineData("OpenAI's schema", "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"p\",\"schema\":SCHEMA}}")]
    [InlineData("vLLM's schema", "\"structured_outputs\":{\"json\":SCHEMA,\"regex\":null,\"disable_any_whitespace\":false}")]
    [InlineData("vLLM's older schema", "\"guided_json\":SCHEMA")]
    [InlineData("a schema in a string", "\"guided_json\":TEXT")]
    public async Task A_chat_answer_keeps(string sentence, string field)
    {
        string body = field.Replace("SCHEMA", Schema, StringComparison.Ordinal)
            .Replace("TEXT", JsonSerializer.Serialize(Schema), StringComparison.Ordinal);
        foreach (int seed in new[] { 1, 2, 3 })
        {
            string text = await ChatAsync(sentence, $"{body},\"max_tokens\":60,\"temperature\":2,\"seed\":{seed}");
            using JsonDocument person = JsonDocument.Parse(text);
            Assert.Equal(["name", "age"], person.RootElement.EnumerateObject().Select(property => property.Name));
            Assert.InRange(person.RootElement.GetProperty("age").GetInt32(), 0, 150);
            Assert.True(person.RootElement.GetProperty("name").GetString()!.EnumerateRunes().Count() <= 9, text);
        }
    }

    [Theory]
    [InlineData("an object", "\"response_format\":{\"type\":\"json_object\"}")]
    [InlineData("vLLM's object", "\"structured_outputs\":{\"json_object\":true}")]
    public async Task A_chat_answer_is(string sentence, string field)
    {
        string text = await ChatAsync(sentence, $"{field},\"max_tokens\":40,\"temperature\":2");
        using JsonDocument parsed = JsonDocument.Parse(text);
        Assert.Equal(JsonValueKind.Object, parsed.RootElement.ValueKind);
    }

    [Theory]
    [InlineData("\"guided_regex\":\"[A-Z]{3}-\\\\d{2}\"", "^[A-Z]{3}-[0-9]{2}$")]
    [InlineData("\"structured_outputs\":{\"regex\":\"(?:ab|cd)+\"}", "^(?:ab|cd)+$")]
    [InlineData("\"guided_choice\":[\"red\",\"green\"]", "^(?:red|green)$")]
    [InlineData("\"structured_outputs\":{\"choice\":[\"one\"]}", "^one$")]
    [InlineData("\"structured_outputs\":{\"grammar\":\"root ::= \\\"yes\\\" | \\\"no\\\"\"}", "^(?:yes|no)$")]
    [InlineData("\"guided_grammar\":\"start: \\\"a\\\" /[0-9]{2}/\"", "^a[0-9]{2}$")]
    [InlineData("\"structured_outputs\":{\"json\":{\"type\":\"integer\"},\"disable_any_whitespace\":true}", "^-?[0-9]+$")]
    [InlineData(
        "\"structured_outputs\":{\"json\":{\"const\":[1,2]},\"whitespace_pattern\":\"\"}", "^\\[1,2\\]$")]
    [InlineData("\"guided_json\":{\"type\":\"array\",\"maxItems\":0},\"guided_whitespace_pattern\":\"\"", "^\\[\\]$")]
    [InlineData("\"structured_outputs\":{\"json\":{\"type\":\"object\"},\"disable_additional_properties\":true}", "^\\{\\}$")]
    public async Task A_completion_matches_its_expression_or_choice(string field, string expected)
    {
        Reply reply = await Worker.PostAsync("/v1/completions", $$"""{"prompt":"a","max_tokens":12,"temperature":2,{{field}}}""");
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        Assert.Matches(new Regex(expected, RegexOptions.ECMAScript), reply.Read<Completion>().Choices[0].Text);
    }

    [Theory]
    [InlineData("{}", "structured_outputs must hold a constraint")]
    [InlineData("{\"disable_any_whitespace\":true}", "structured_outputs must hold a constraint")]
    [InlineData("{\"regex\":\"a\",\"choice\":[\"b\"]}", "structured_outputs must hold one constraint")]
    [InlineData("{\"grammar\":\"root ::= (\"}", "structured_outputs.grammar: The grammar has a '(' without its ')' (line 1)")]
    [InlineData("{\"grammar\":1}", "structured_outputs.grammar must be a string")]
    [InlineData("{\"json\":{},\"whitespace_pattern\":\"x\"}", "structured_outputs.json: The whitespace pattern must match nothing but")]
    [InlineData("{\"json\":{},\"disable_any_whitespace\":3}", "structured_outputs.disable_any_whitespace must be true or false")]
    [InlineData("{\"structural_tag\":\"x\"}", "structured_outputs.structural_tag is not supported")]
    public async Task A_constraint_is_refused_by_name(string outputs, string expected)
    {
        Reply refused = await Worker.PostAsync("/v1/completions", """{"prompt":"a","max_tokens":9,"structured_outputs":""" + outputs + "}");
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains(expected, refused.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prompt_log_probabilities_come_by_token_with_their_rank()
    {
        const string Body =
            """{"prompt":"abc","max_tokens":1,"temperature":0,"prompt_logprobs":2,"echo":true,"logprobs":1,"return_token_ids":true}""";
        CompletionChoice choice = (await Worker.PostAsync("/v1/completions", Body)).Read<Completion>().Choices[0];

        Assert.Equal(choice.PromptTokenIds!.Count, choice.PromptLogprobs!.Count);
        Assert.Null(choice.PromptLogprobs[0]);
        for (int i = 1; i < choice.PromptTokenIds.Count; i++)
        {
            IReadOnlyDictionary<string, PromptLogprob> entry = choice.PromptLogprobs[i]!;
            PromptLogprob own = entry[$"{choice.PromptTokenIds[i]}"];
            Assert.InRange(entry.Count, 2, 3);
            Assert.Equal(choice.Logprobs!.TokenLogprobs[i]!.Value, own.Logprob, 1e-5);
            Assert.Equal(choice.Logprobs.Tokens[i], own.DecodedToken);
            PromptLogprob[] sorted = [.. entry.Values.OrderByDescending(value => value.Logprob)];
            Assert.Equal(own.Logprob, sorted[Math.Min(own.Rank, sorted.Length) - 1].Logprob, 1e-5);
            Assert.InRange(choice.Logprobs.TopLogprobs![i]!.Count, 1, 2);
        }

        const string Chat =
            """{"messages":[{"role":"user","content":"Hi"}],"max_tokens":1,"prompt_logprobs":0,"return_token_ids":true}""";
        var chat = (await Worker.PostAsync("/v1/chat/completions", Chat)).Read<ChatCompletion>();
        Assert.Equal(chat.PromptTokenIds!.Count, chat.PromptLogprobs!.Count);
        Assert.All(chat.PromptLogprobs.Skip(1), entry => Assert.Single(entry!));
    }

    [Fact]
    public async Task Stop_tokens_and_biases_reach_the_engine()
    {
        const string Body =
            """
            {"prompt":"a","max_tokens":9,"temperature":0,"logit_bias":{"98":100},"stop_token_ids":[98],"min_tokens":2,
             "return_token_ids":true}
            """;
        CompletionChoice choice = (await Worker.PostAsync("/v1/completions", Body)).Read<Completion>().Choices[0];
        Assert.Equal("stop", choice.FinishReason);
        Assert.Equal(3, choice.TokenIds!.Count);
        Assert.Equal(98, choice.TokenIds[2]);
        Assert.DoesNotContain(98, choice.TokenIds.Take(2));
    }

    private async Task<string> ChatAsync(string sentence, string fields)
    {
        Reply reply = await Worker.PostAsync("/v1/chat/completions", $$"""{"messages":[{"role":"user","content":"Hi"}],{{fields}}}""");
        Assert.True(reply.Status == HttpStatusCode.OK, $"{sentence}: {reply.Body}");
        return reply.Read<ChatCompletion>().Choices[0].Message.Content!;
    }
}
