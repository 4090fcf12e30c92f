using System.Net;
using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Testing;

namespace Trireme.Worker.Tests;

public sealed class AdapterTests(SharedWorker shared) : IDisposable
{
    private const string Load = "/v1/load_lora_adapter";
    private const string Unload = "/v1/unload_lora_adapter";

    private static readonly CompletionRequest Question = new() { Prompt = "Once upon a time there was", Temperature = 0, MaxTokens = 12 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_adapter_is_loaded_named_as_the_model_listed_and_unloaded()
    {
        await using RunningWorker worker = await StartAsync();
        string path = TinyAdapter.Write(_folder.File("one"));
        string plain = await AnswerAsync(worker, null);
        Reply unknown = await worker.PostAsync("/v1/completions", Question with { Model = "one" });
        Assert.Equal((HttpStatusCode.NotFound, "model_not_found"), (unknown.Status, unknown.Error.GetProperty("code").GetString()));

        Reply loaded = await worker.PostAsync(Load, new LoadLoraAdapterRequest { LoraName = "one", LoraPath = path });
        Assert.Equal((HttpStatusCode.OK, "Success: LoRA adapter 'one' added successfully."), (loaded.Status, loaded.Body));
        Reply answer = await worker.PostAsync("/v1/completions", Question with { Model = "one" });
        Assert.Equal("one", answer.Read<Completion>().Model);
        Assert.NotEqual(plain, answer.Read<Completion>().Choices[0].Text);
        Assert.Equal(plain, await AnswerAsync(worker, "tiny"));
        ChatMessage[] messages = [new ChatMessage { Role = "user", Content = "Hi" }];
        var chat = new ChatCompletionRequest { Model = "one", Messages = messages, MaxTokens = 2 };
        Assert.Equal("one", (await worker.PostAsync("/v1/chat/completions", chat)).Read<ChatCompletion>().Model);
        List<JsonElement> stream = await worker.StreamAsync("/v1/completions", Question with { Model = "one", Stream = true });
        Assert.All(stream, chunk => Assert.Equal("one", chunk.GetProperty("model").GetString()));
        Assert.Equal(HttpStatusCode.OK, (await worker.PostAsync("/tokenize", new TokenizeRequest { Model = "one", Prompt = "a" })).Status);

        IReadOnlyList<ModelCard> models = (await worker.GetAsync("/v1/models")).Read<ModelList>().Data;
        Assert.Equal([("tiny", null), ("one", "tiny")], models.Select(model => (model.Id, model.Parent)));
        Assert.Equal(path, models[1].Root);
        Assert.Equal("tiny", (await worker.GetAsync("/v1/models/one")).Read<ModelCard>().Parent);

        Reply unloaded = await worker.PostAsync(Unload, new UnloadLoraAdapterRequest { LoraName = "one" });
        Assert.Equal((HttpStatusCode.OK, "Success: LoRA adapter 'one' removed successfully."), (unloaded.Status, unloaded.Body));
        Assert.Equal(HttpStatusCode.NotFound, (await worker.PostAsync("/v1/completions", Question with { Model = "one" })).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await worker.GetAsync("/v1/models/one")).Status);
        Assert.Single((await worker.GetAsync("/v1/models")).Read<ModelList>().Data);
    }

    [Fact]
    public async Task Adapters_of_the_start_survive_deep_sleep_and_routers_are_told_their_blocks()
    {
        string one = TinyAdapter.Write(_folder.File("one"), seed: 1), two = TinyAdapter.Write(_folder.File("two"), seed: 2);
        var modules = new Dictionary<string, string> { ["one"] = one, ["two"] = two };
        await using RunningWorker worker = await StartAsync(options => options with { LoraModules = modules, KvEvents = true });
        string[] before = [await AnswerAsync(worker, null), await AnswerAsync(worker, "one"), await AnswerAsync(worker, "two")];
        Assert.Equal(3, before.Distinct().Count());
        JsonElement events = (await worker.GetAsync("/kv_events?wait=20")).Json.GetProperty("events");
        string?[] names = [.. events.EnumerateArray().Select(entry => entry.GetProperty("lora_name").GetString()).Distinct()];
        Assert.Equal([null, "one", "two"], names);

        await worker.PostAsync("/sleep?level=2", "{}");
        Reply asleep = await worker.PostAsync(Load, new LoadLoraAdapterRequest { LoraName = "three", LoraPath = one });
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "asleep"), (asleep.Status, asleep.Error.GetProperty("code").GetString()));
        Reply refused = await worker.PostAsync("/v1/completions", Question with { Model = "one" });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        await worker.PostAsync("/wake_up", "{}");
        string[] after = [await AnswerAsync(worker, null), await AnswerAsync(worker, "one"), await AnswerAsync(worker, "two")];
        Assert.Equal(before, after);
        Assert.Contains("\"wake-adapters\"", (await worker.GetAsync("/startup")).Body, StringComparison.Ordinal);

        // An adapter that cannot be read again keeps the worker asleep until it is unloaded.
        await worker.PostAsync("/sleep?level=2", "{}");
        Directory.Delete(two, recursive: true);
        Reply stuck = await worker.PostAsync("/wake_up", "{}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, stuck.Status);
        Assert.Contains(two, stuck.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await worker.PostAsync(Unload, new UnloadLoraAdapterRequest { LoraName = "two" })).Status);
        Assert.Equal(HttpStatusCode.OK, (await worker.PostAsync("/wake_up", "{}")).Status);
        Assert.Equal(before[1], await AnswerAsync(worker, "one"));
    }

    [Fact]
    public async Task A_load_is_refused_with_its_reason()
    {
        await using RunningWorker worker = await StartAsync(options => options with { MaxLoras = 1, MaxLoraRank = 4 });
        string path = TinyAdapter.Write(_folder.File("one")), large = TinyAdapter.Write(_folder.File("large"), rank: 5);
        await AssertRefusedAsync(worker, new { lora_path = path }, "lora_name", "lora_name");
        await AssertRefusedAsync(worker, new { lora_name = "one" }, "lora_path", "lora_path");
        await AssertRefusedAsync(worker, new { lora_name = "a,b", lora_path = path }, "lora_name", "commas");
        await AssertRefusedAsync(worker, new { lora_name = "tiny", lora_path = path }, "lora_name", "model itself");
        Reply missing = await worker.PostAsync(Load, new { lora_name = "one", lora_path = "/nowhere" });
        Assert.Equal((HttpStatusCode.NotFound, "lora_path"), (missing.Status, missing.Error.GetProperty("param").GetString()));
        Assert.Contains("adapter_config.json", missing.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        await AssertRefusedAsync(worker, new { lora_name = "one", lora_path = large }, "lora_path", "rank is 5");
        Assert.Equal(HttpStatusCode.OK, (await worker.PostAsync(Load, new { lora_name = "one", lora_path = path })).Status);
        await AssertRefusedAsync(
            worker, new { lora_name = "one", lora_path = path }, "lora_name", "already been loaded");
        await AssertRefusedAsync(worker, new { lora_name = "two", lora_path = path }, null, "the most is 1");
        Reply unknown = await worker.PostAsync(Unload, new { lora_name = "two" });
        Assert.Equal((HttpStatusCode.NotFound, "lora_name"), (unknown.Status, unknown.Error.GetProperty("param").GetString()));
        string used = "vllm:lora_requests_info{model_name=\"tiny\",engine=\"0\",max_lora=\"1\",running_lora_adapters=\"\"";
        Assert.Contains(used, (await worker.GetAsync("/metrics")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_adapter_may_be_loaded_in_place_of_another_when_its_memory_suffices_for_both()
    {
        await using RunningWorker worker = await StartAsync();
        string one = TinyAdapter.Write(_folder.File("one"), seed: 1), two = TinyAdapter.Write(_folder.File("two"), seed: 2);
        await worker.PostAsync(Load, new { lora_name = "it", lora_path = one });
        string first = await AnswerAsync(worker, "it");
        Reply replaced = await worker.PostAsync(Load, new { lora_name = "it", lora_path = two, load_inplace = true });
        Assert.Equal(HttpStatusCode.OK, replaced.Status);
        // The prompt's blocks are those of the adapter that has gone.
        Assert.NotEqual(first, await AnswerAsync(worker, "it"));
        Assert.Equal(two, (await worker.GetAsync("/v1/models/it")).Read<ModelCard>().Root);
    }

    [Theory]
    [InlineData(Load)]
    [InlineData(Unload)]
    public async Task A_worker_without_adapters_reads_no_paths(string route)
    {
        string path = TinyAdapter.Write(_folder.File("one"));
        Reply refused = await shared.Worker.PostAsync(route, new { lora_name = "one", lora_path = path });
        Assert.Equal(HttpStatusCode.NotFound, refused.Status);
        Assert.Contains("--enable-lora", refused.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("lora_requests_info", (await shared.Worker.GetAsync("/metrics")).Body, StringComparison.Ordinal);
    }

    private static Task<RunningWorker> StartAsync(Func<WorkerOptions, WorkerOptions>? configure = null) =>
        RunningWorker.StartAsync(options => (configure ?? (same => same))(options with { EnableLora = true }));

    private static async Task<string> AnswerAsync(RunningWorker worker, string? model) =>
        (await worker.PostAsync("/v1/completions", Question with { Model = model })).Read<Completion>().Choices[0].Text;

    private static async Task AssertRefusedAsync(RunningWorker worker, object body, string? field, string part)
    {
        Reply reply = await worker.PostAsync(Load, JsonSerializer.Serialize(body));
        Assert.Equal(HttpStatusCode.BadRequest, reply.Status);
        Assert.Equal(field, reply.Error.TryGetProperty("param", out JsonElement param) ? param.GetString() : null);
        Assert.Contains(part, reply.Error.GetProperty("message").GetString(), StringComparison.Ordinal);
    }
}
