using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Testing;

namespace Trireme.Worker.Tests;

public sealed class EmbeddingTests(SharedWorker shared)
{
    private const string Path = "/v1/embeddings";
    private const string Unsupported = OpenAiErrorCodes.UnsupportedParameter;

    private RunningWorker Worker => shared.Worker;

    public static TheoryData<string, string, string, string?> BadRequests { get; } = new()
    {
        { "no input", "{}", "input", null },
        { "an empty list", """{"input":[]}""", "input", null },
        { "a list of different things", """{"input":["a",[1]]}""", "input", null },
        { "an empty list of tokens among others", """{"input":[[1],[]]}""", "input[1]", null },
        { "a token outside the vocabulary", """{"input":[[1],[50000]]}""", "input[1][0]", null },
        { "an unknown encoding", """{"input":"a","encoding_format":"hex"}""", "encoding_format", null },
        { "dimensions the model was not trained for", """{"input":"a","dimensions":8}""", "dimensions", Unsupported },
        { "more dimensions than there are", """{"input":"a","dimensions":65}""", "dimensions", null },
        { "a conversation", """{"messages":[{"role":"user","content":"a"}]}""", "messages", Unsupported },
        { "cutting all of the text", """{"input":"a","truncate_prompt_tokens":0}""", "truncate_prompt_tokens", null },
        { "a word as priority", """{"input":"a","priority":"high"}""", "priority", null },
    };

    [Theory]
    [MemberData(nameof(BadRequests))]
    public async Task What_cannot_be_embedded_is_refused_with_its_field(string sentence, string body, string field, string? code)
    {
        Reply reply = await Worker.PostAsync(Path, body);
        Assert.True(reply.Status == HttpStatusCode.BadRequest, $"{sentence}: {reply.Body}");
        Assert.Equal(field, reply.Error.GetProperty("param").GetString());
        Assert.Equal(code, reply.Error.TryGetProperty("code", out JsonElement given) ? given.GetString() : null);
    }

    [Fact]
    public async Task A_text_longer_than_the_context_is_refused_with_both_numbers_and_nothing_is_computed()
    {
        int[] tokens = [.. Enumerable.Repeat(97, TinyModel.ContextLength + 1)];
        Reply reply = await Worker.PostAsync(Path, JsonSerializer.Serialize(new { input = new[] { [97], tokens } }));
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal(OpenAiErrorCodes.ContextLengthExceeded, reply.Error.GetProperty("code").GetString());
        string message = reply.Error.GetProperty("message").GetString()!;
        Assert.StartsWith("input[1] has 32769 tokens and the model's context is 32768.", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("end", "", "abcd")]
    [InlineData("start", ",\"truncation_side\":\"left\"", "efgh")]
    public async Task A_longer_text_may_lose_its(string sentence, string side, string kept)
    {
        Reply cut = await Worker.PostAsync(Path, $$"""{"input":"abcdefgh","truncate_prompt_tokens":4{{side}}}""");
        Reply whole = await Worker.PostAsync(Path, $$"""{"input":"{{kept}}"}""");
        Assert.True(Vectors(cut).Single().SequenceEqual(Vectors(whole).Single()), sentence);
        Assert.Equal(4, cut.Json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Theory]
    [InlineData("a text", "\"Once upon a time\"", 1)]
    [InlineData("texts", """["ab","cd","ef"]""", 3)]
    [InlineData("tokens", "[97,98]", 1)]
    [InlineData("lists of tokens", "[[97,98],[99]]", 2)]
    public async Task An_input_may_be(string sentence, string input, int texts)
    {
        Reply reply = await Worker.PostAsync(Path, $$"""{"model":"tiny","input":{{input}},"user":"me"}""");
        Assert.True(reply.Status == HttpStatusCode.OK, $"{sentence}: {reply.Body}");
        Assert.Equal("list", reply.Json.GetProperty("object").GetString());
        Assert.Equal("tiny", reply.Json.GetProperty("model").GetString());
        JsonElement[] data = [.. reply.Json.GetProperty("data").EnumerateArray()];
        Assert.Equal(Enumerable.Range(0, texts), data.Select(item => item.GetProperty("index").GetInt32()));
        Assert.All(data, item => Assert.Equal("embedding", item.GetProperty("object").GetString()));
        Assert.All(Vectors(reply), vector => Assert.Equal(64, vector.Length));
        Assert.All(Vectors(reply), vector => Assert.Equal(1, vector.Sum(value => (double)value * value), 1e-5));
        JsonElement usage = reply.Json.GetProperty("usage");
        Assert.Equal(usage.GetProperty("total_tokens").GetInt32(), usage.GetProperty("prompt_tokens").GetInt32());
        Assert.True(usage.GetProperty("prompt_tokens").GetInt32() >= texts);
    }

    [Fact]
    public async Task A_text_has_one_vector_alone_among_hundreds_as_tokens_and_in_base64()
    {
        string[] texts = [.. Enumerable.Range(0, 300).Select(i => $"text {i} " + new string((char)('a' + (i % 26)), i % 70))];
        float[][] together = Vectors(await PostAsync(new { input = texts }));
        Assert.Equal(300, together.Length);
        foreach (int i in new[] { 0, 69, 150, 299 })
        {
            Assert.Equal(together[i], Assert.Single(Vectors(await PostAsync(new { input = texts[i] }))));
            var tokens = (await Worker.PostAsync("/tokenize", new TokenizeRequest { Prompt = texts[i] })).Read<TokenizeResponse>();
            Assert.Equal(together[i], Assert.Single(Vectors(await PostAsync(new { input = tokens.Tokens }))));
            // OpenAI's own client asks for base64 and reads little-endian single-precision numbers.
            Reply encoded = await PostAsync(new { input = texts[i], encoding_format = "base64" });
            byte[] bytes = encoded.Json.GetProperty("data")[0].GetProperty("embedding").GetBytesFromBase64();
            Assert.Equal(together[i], MemoryMarshal.Cast<byte, float>(bytes).ToArray());
        }

        Assert.Equal(300, together.Select(vector => vector[0]).Distinct().Count());
    }

    [Fact]
    public async Task The_counts_come_before_the_vectors_and_add_up()
    {
        var tokens = (await Worker.PostAsync("/tokenize", new TokenizeRequest { Prompt = "count me" })).Read<TokenizeResponse>();
        Reply reply = await PostAsync(new { input = new[] { "count me", "count me" } });
        Assert.Equal(tokens.Count * 2, reply.Json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        int usage = reply.Body.IndexOf("\"usage\"", StringComparison.Ordinal);
        Assert.True(usage < reply.Body.IndexOf("\"data\"", StringComparison.Ordinal), reply.Body[..200]);
    }

    [Fact]
    public async Task The_pooling_is_the_models_own_unless_the_worker_is_told_another()
    {
        using var folder = new TemporaryFolder();
        string model = TinyModel.Write(folder.File("model"));
        const string Text = "the same text for all";
        float[] last = Vectors(await PostAsync(new { input = Text }))[0];
        const string Modules = """[{"type":"sentence_transformers.models.Pooling","path":"pool"}]""";
        File.WriteAllText(System.IO.Path.Combine(model, "modules.json"), Modules);
        Directory.CreateDirectory(System.IO.Path.Combine(model, "pool"));
        string pooling = System.IO.Path.Combine(model, "pool", "config.json");
        File.WriteAllText(pooling, """{"pooling_mode_mean_tokens":true}""");
        float[] mean = await EmbedAsync(pool: null);
        Assert.True(Math.Abs(mean.Sum(value => (double)value * value) - 1) > 1e-3, "The files ask for no scaling.");
        float[] forced = await EmbedAsync(PoolingMode.Last);
        float length = (float)Math.Sqrt(forced.Sum(value => (double)value * value));
        for (int i = 0; i < last.Length; i++) Assert.Equal(last[i], forced[i] / length, 1e-5);

        File.WriteAllText(pooling, """{"pooling_mode_max_tokens":true}""");
        Assert.NotEqual(mean, await EmbedAsync(PoolingMode.First));
        await using RunningWorker unable = await RunningWorker.StartAsync(options => options with { ModelPath = model });
        Reply refused = await unable.PostAsync(Path, new { input = Text });
        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Contains("pooling_mode_max_tokens", refused.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await unable.PostAsync("/v1/completions", """{"prompt":"x","max_tokens":1}""")).Status);

        async Task<float[]> EmbedAsync(PoolingMode? pool)
        {
            await using RunningWorker worker =
                await RunningWorker.StartAsync(options => options with { ModelPath = model, Pooling = pool });
            return Vectors(await Reply.ReadAsync(await worker.Http.PostAsync(Path, RunningWorker.Json(new { input = Text }))))[0];
        }
    }

    [Fact]
    public async Task A_model_made_for_several_sizes_gives_the_first_dimensions_at_length_one()
    {
        using var folder = new TemporaryFolder();
        string model = TinyModel.Write(folder.File("model"));
        string config = System.IO.Path.Combine(model, "config.json");
        string text = await File.ReadAllTextAsync(config, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            config, text.Insert(1, "\"matryoshka_dimensions\":[16,32],"), TestContext.Current.CancellationToken);
        await using RunningWorker worker = await RunningWorker.StartAsync(options => options with { ModelPath = model });

        float[] whole = Vectors(await worker.PostAsync(Path, new { input = "x" }))[0];
        float[] part = Vectors(await worker.PostAsync(Path, new { input = "x", dimensions = 16 }))[0];
        double length = Math.Sqrt(whole[..16].Sum(value => (double)value * value));
        Assert.Equal(16, part.Length);
        for (int i = 0; i < part.Length; i++) Assert.Equal(whole[i] / length, part[i], 1e-5);
        Reply refused = await worker.PostAsync(Path, new { input = "x", dimensions = 17 });
        Assert.Contains("one of 16, 32", refused.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_work_on_its_texts()
    {
        await using RunningWorker worker = await RunningWorker.StartAsync();
        int[][] texts = [.. Enumerable.Range(0, 40).Select(i => Enumerable.Repeat(97 + (i % 20), 20_000).ToArray())];
        using var left = new CancellationTokenSource();
        Task<HttpResponseMessage> open = worker.Http.PostAsync(Path, RunningWorker.Json(new { input = texts }), left.Token);
        await Eventually.True(
            "texts being embedded",
            TimeSpan.FromSeconds(20),
            async () => await worker.ActiveRequestsAsync() > 0,
            TestContext.Current.CancellationToken);
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => open);
        await Eventually.True(
            "an idle engine",
            TimeSpan.FromSeconds(20),
            async () => await worker.ActiveRequestsAsync() == 0,
            TestContext.Current.CancellationToken);
    }

    private async Task<Reply> PostAsync(object body)
    {
        Reply reply = await Worker.PostAsync(Path, body);
        Assert.True(reply.Status == HttpStatusCode.OK, reply.Body);
        return reply;
    }

    private static float[][] Vectors(Reply reply) =>
    [
        .. from item in reply.Json.GetProperty("data").EnumerateArray()
           select item.GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle()).ToArray(),
    ];
}
