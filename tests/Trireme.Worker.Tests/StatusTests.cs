using System.Net;
using System.Text.Json;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Tests;

public sealed class StatusTests(SharedWorker shared)
{
    private RunningWorker Worker => shared.Worker;

    [Theory]
    [InlineData("/health")]
    [InlineData("/ping")]
    public async Task A_ready_worker_is_healthy(string path)
    {
        Reply reply = await Worker.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, reply.Status);
        Assert.Equal("ready", reply.Json.GetProperty("state").GetString());
    }

    [Fact]
    public async Task The_list_of_models_holds_the_served_one()
    {
        var list = (await Worker.GetAsync("/v1/models")).Read<ModelList>();

        Assert.Equal("list", list.ObjectType);
        ModelCard card = Assert.Single(list.Data);
        Assert.Equal("tiny", card.Id);
        Assert.Equal("model", card.ObjectType);
        Assert.Equal("trireme", card.OwnedBy);
        Assert.Equal(TinyModel.ContextLength, card.MaxModelLen);
        Assert.EndsWith("/tiny", card.Root, StringComparison.Ordinal);
        Assert.Equal(card, (await Worker.GetAsync("/v1/models/tiny")).Read<ModelCard>());
        Assert.Equal(HttpStatusCode.NotFound, (await Worker.GetAsync("/v1/models/other")).Status);
    }

    [Fact]
    public async Task The_version_names_product_and_machine()
    {
        JsonElement version = (await Worker.GetAsync("/version")).Json;

        Assert.Matches(@"^\d+\.\d+\.\d+", version.GetProperty("version").GetString());
        Assert.NotEmpty(version.GetProperty("architecture").GetString()!);
        Assert.Equal(JsonValueKind.Array, version.GetProperty("simd").ValueKind);
        Assert.NotEmpty(version.GetProperty("kernels").GetString()!);
    }

    [Fact]
    public async Task The_ledger_of_the_start_has_a_time_for_each_stage()
    {
        JsonElement stages = (await Worker.GetAsync("/startup")).Json.GetProperty("stages");

        Assert.Equal("listen", stages[0].GetProperty("stage").GetString());
        Assert.True(stages.GetArrayLength() > 1);
        Assert.All(stages.EnumerateArray(), stage => Assert.True(stage.GetProperty("seconds").GetDouble() >= 0));
    }

    [Fact]
    public async Task The_metrics_are_vLLMs_and_name_the_release()
    {
        await Worker.PostAsync("/v1/completions", new CompletionRequest { Prompt = "a", MaxTokens = 1 });

        Reply reply = await Worker.GetAsync("/metrics");

        Assert.Equal(MetricRegistry.ContentType, reply.Response.Content.Headers.ContentType!.ToString());
        Assert.Contains("vllm:num_requests_running{model_name=\"tiny\",engine=\"0\"}", reply.Body, StringComparison.Ordinal);
        Assert.Contains("trireme_worker_info{model_name=\"tiny\",release=\"tiny-1\",content_hash=\"", reply.Body, StringComparison.Ordinal);
        Assert.Contains("trireme_worker_http_requests_total{route=\"/v1/completions\",code=\"200\"}", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_answer_names_the_request_and_the_release()
    {
        foreach (string path in (string[])["/health", "/v1/models", "/nowhere"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("x-request-id", "order-66");
            using HttpResponseMessage response = await Worker.Http.SendAsync(request, TestContext.Current.CancellationToken);

            Assert.Equal("order-66", Assert.Single(response.Headers.GetValues("x-request-id")));
            Assert.Equal("tiny-1@0123456789ab", Assert.Single(response.Headers.GetValues("x-trireme-release")));
        }
    }

    [Theory]
    [InlineData("no id", null)]
    [InlineData("an id with a space", "a b")]
    [InlineData("an id of a thousand letters", "LONG")]
    public async Task A_request_gets_its_own_id_when_it_comes_with(string sentence, string? offered)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/health");
        if (offered == "LONG") offered = new string('a', 1000);
        if (offered is not null) request.Headers.TryAddWithoutValidation("x-request-id", offered);
        using HttpResponseMessage response = await Worker.Http.SendAsync(request, TestContext.Current.CancellationToken);

        string id = Assert.Single(response.Headers.GetValues("x-request-id"));
        Assert.True(id.Length == 32 && id != offered, sentence);
    }

    [Fact]
    public async Task Tokens_and_texts_lead_back_to_each_other()
    {
        const string Text = "the hello é <|im_start|>";
        Reply reply = await Worker.PostAsync("/tokenize", new TokenizeRequest { Prompt = Text, ReturnTokenStrs = true });

        var tokens = reply.Read<TokenizeResponse>();
        Assert.Equal(tokens.Count, tokens.Tokens.Count);
        Assert.Equal(TinyModel.ContextLength, tokens.MaxModelLen);
        Assert.Contains("<|im_start|>", tokens.TokenStrs!);
        Assert.Contains("the", tokens.TokenStrs!);
        var back = (await Worker.PostAsync("/detokenize", new DetokenizeRequest { Tokens = tokens.Tokens })).Read<DetokenizeResponse>();
        Assert.Equal(Text, back.Prompt);
    }
}
