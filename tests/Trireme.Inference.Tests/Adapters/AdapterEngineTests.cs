using Trireme.Contracts.Metrics;
using Trireme.Inference.Adapters;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;
using Trireme.Inference.Tests.Engine;

namespace Trireme.Inference.Tests.Adapters;

/// <summary>Adapters under requests.</summary>
public sealed class AdapterEngineTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_of_several_adapters_and_of_none_get_together_what_each_gets_alone()
    {
        await using var alone = new AdapterBench();
        await using var together = new AdapterBench(threads: 2);
        foreach (AdapterBench bench in new[] { alone, together })
        {
            bench.Load("one", seed: 1);
            bench.Load("two", seed: 2);
        }

        GenerationRequest[] requests =
            [.. Enumerable.Range(0, 12).Select(i => AdapterBench.Request(i / 3, new[] { null, "one", "two" }[i % 3], answer: 8 + i))];
        var expected = new List<int[]>();
        foreach (GenerationRequest request in requests) expected.Add((await alone.Ask(request)).Tokens);
        Answer[] answers = await Task.WhenAll(requests.Select(request => together.Ask(request)));
        Assert.Equal(expected, answers.Select(answer => answer.Tokens));
        // The same prompt has another answer under each of the three.
        Assert.Equal(3, expected.Take(3).Select(tokens => string.Join(' ', tokens.Take(8))).Distinct().Count());
    }

    [Fact]
    public async Task A_prompt_finds_only_what_its_own_adapter_has_computed()
    {
        await using var bench = new AdapterBench();
        AdapterFolder folder = bench.Load("one", seed: 1);
        bench.Load("two", seed: 2);
        foreach (string? adapter in new[] { null, "one", "two" })
        {
            GenerationRequest request = AdapterBench.Request(1, adapter, promptTokens: 40);
            Answer first = await bench.Ask(request), second = await bench.Ask(request);
            Assert.Equal((0, 32), (first.End.CachedPromptTokens, second.End.CachedPromptTokens));
            Assert.Equal(first.Tokens, second.Tokens);
            Answer salted = await bench.Ask(request with { CacheSalt = "tenant" });
            Assert.Equal(0, salted.End.CachedPromptTokens);
        }

        KvEvent[] stored = [.. bench.Loop.Events!.Read(0, 1000).Events.Where(entry => entry.Kind == KvEventKind.BlockStored)];
        Assert.Equal(stored.Length, stored.Select(entry => entry.BlockHash).Distinct().Count());
        Assert.Equal([null, "one", "two"], stored.Select(entry => entry.Adapter).Distinct());

        // What the same numbers have computed under another name is the same.
        Assert.Null(bench.Store.Load("copy", folder.Path, replace: false).Message);
        Assert.Equal(32, (await bench.Ask(AdapterBench.Request(1, "copy", promptTokens: 40))).End.CachedPromptTokens);
    }

    [Fact]
    public async Task Adapters_come_and_go_while_others_stream()
    {
        await using var bench = new AdapterBench();
        bench.Load("one", seed: 1);
        GenerationRequest[] streams = [AdapterBench.Request(7, null, answer: 200), AdapterBench.Request(7, "one", answer: 200)];
        int[][] expected = [(await bench.Ask(streams[0])).Tokens, (await bench.Ask(streams[1])).Tokens];
        Task<Answer>[] running = [.. streams.Select(stream => bench.Ask(stream))];
        for (int i = 0; i < 5; i++)
        {
            bench.Load("two", seed: 2 + i);
            Assert.Equal(12, (await bench.Ask(AdapterBench.Request(3, "two"))).Tokens.Length);
            Assert.Null((await bench.Store.UnloadAsync("two", Cancelled)).Message);
        }

        Answer[] answers = await Task.WhenAll(running);
        Assert.Equal(expected, answers.Select(answer => answer.Tokens));
    }

    [Fact]
    public async Task An_adapter_in_use_is_given_back_when_its_last_request_ends()
    {
        using var folder = new AdapterFolder(AdapterBench.Model, seed: 1);
        using AdapterStore store = AdapterBench.CreateStore();
        await using var bench = new LoopBench(adapters: store);
        Assert.Null(store.Load("one", folder.Path, replace: false).Message);
        long bytes = store.UsedBytes;
        Task<Answer> running, waiting, several;
        Task<AdapterResult> gone;
        using (var gate = new StepGate(bench.Model))
        {
            running = bench.Ask(LoopBench.Request("a") with { Adapter = "one" });
            await gate.Entered;
            waiting = bench.Ask(LoopBench.Request("b") with { Adapter = "one" });
            several = ReadFirst(bench, LoopBench.Request("c") with { Adapter = "one", Choices = 3 });
            gone = store.UnloadAsync("one", Cancelled);
            Assert.False(gone.IsCompleted);
            Assert.Equal(bytes, store.UsedBytes);
            Assert.Empty(store.List);
            SubmitResult refused = bench.Loop.Submit(LoopBench.Request("d") with { Adapter = "one" }, CancellationToken.None);
            Assert.Equal(SubmitError.UnknownAdapter, refused.Error);
        }

        Assert.Equal("one", (await gone).Adapter!.Name);
        Assert.Equal(["bcd", "cde", "def"], [(await running).Text, (await waiting).Text, (await several).Text]);
        Assert.Equal(0, store.UsedBytes);
    }

    [Fact]
    public async Task Whoever_replaces_an_adapter_leaves_its_requests_what_they_began_with()
    {
        await using var bench = new AdapterBench();
        using AdapterFolder first = new(AdapterBench.Model, seed: 1), second = new(AdapterBench.Model, seed: 2);
        Assert.Null(bench.Store.Load("one", first.Path, replace: true).Message);
        GenerationRequest stream = AdapterBench.Request(5, "one", answer: 150);
        int[] expected = (await bench.Ask(stream)).Tokens;
        Task<Answer> running = bench.Ask(stream);
        Assert.Null(bench.Store.Load("one", second.Path, replace: true).Message);
        int[] after = (await bench.Ask(stream)).Tokens;
        Assert.Equal(expected, (await running).Tokens);
        Assert.NotEqual(expected, after);
        Assert.Equal(Assert.Single(bench.Store.List).ByteLength, bench.Store.UsedBytes);
    }

    [Fact]
    public async Task A_request_that_is_refused_or_cancelled_gives_its_adapter_back()
    {
        await using var bench = new AdapterBench();
        bench.Load("one", seed: 1);
        SubmitResult unknown = bench.Loop.Submit(AdapterBench.Request(1, "two"), CancellationToken.None);
        Assert.Equal(SubmitError.UnknownAdapter, unknown.Error);
        Assert.Contains("two", unknown.Message, StringComparison.Ordinal);
        using var left = new CancellationTokenSource();
        Task<Answer> cut = bench.AskUntil(AdapterBench.Request(1, "one", answer: 230), left.Token);
        await left.CancelAsync();
        await cut;
        await bench.Loop.SleepAsync(SleepLevel.KeepWeights, SleepMode.Abort, Cancelled);
        GenerationRequest several = AdapterBench.Request(1, "one") with { Choices = 2, BestOf = 3 };
        Assert.Equal(SubmitError.Asleep, bench.Loop.Submit(several, CancellationToken.None).Error);
        Assert.Null((await bench.Store.UnloadAsync("one", Cancelled)).Message);
        Assert.Equal(0, bench.Store.UsedBytes);
    }

    [Fact]
    public async Task A_request_that_deep_sleep_overtakes_ends_before_it_reads_memory_that_is_gone()
    {
        using var folder = new AdapterFolder(AdapterBench.Model, seed: 1);
        using AdapterStore store = AdapterBench.CreateStore();
        await using var bench = new LoopBench(adapters: store);
        Assert.Null(store.Load("one", folder.Path, replace: false).Message);
        Task<Answer> running;
        Task<Answer[]> overtaken;
        using (var gate = new StepGate(bench.Model))
        {
            running = bench.Ask(LoopBench.Request("a"));
            await gate.Entered;
            SubmitResult result = bench.Loop.Submit(LoopBench.Request("b") with { Adapter = "one", Choices = 2 }, CancellationToken.None);
            overtaken = Answer.ReadAll(result.Events!, choices: 2);
            // As the engine's thread would in between.
            store.Release();
            store.Restore();
        }

        Assert.Equal("bcd", (await running).Text);
        Assert.All(await overtaken, answer => Assert.Equal(FinishReason.Abort, answer.End.FinishReason));
        Assert.Equal("cde", (await bench.Ask(LoopBench.Request("b") with { Adapter = "one" })).Text);
        Assert.Null((await store.UnloadAsync("one", Cancelled)).Message);
        Assert.Equal(0, store.UsedBytes);
    }

    [Fact]
    public async Task A_request_whose_adapter_is_unloaded_in_a_deep_sleep_ends_before_it_reads_memory_that_is_gone()
    {
        using var folder = new AdapterFolder(AdapterBench.Model, seed: 1);
        using AdapterStore store = AdapterBench.CreateStore();
        await using var bench = new LoopBench(adapters: store);
        Assert.Null(store.Load("one", folder.Path, replace: false).Message);
        Task<Answer> running, overtaken;
        Task<AdapterResult> gone;
        using (var gate = new StepGate(bench.Model))
        {
            running = bench.Ask(LoopBench.Request("a"));
            await gate.Entered;
            overtaken = bench.Ask(LoopBench.Request("b") with { Adapter = "one" });
            // As the engine's thread and an operator would in between.
            store.Release();
            gone = store.UnloadAsync("one", Cancelled);
            store.Restore();
        }

        Assert.Equal("bcd", (await running).Text);
        Assert.Equal(FinishReason.Abort, (await overtaken).End.FinishReason);
        Assert.Equal("one", (await gone).Adapter!.Name);
        Assert.Equal(0, store.UsedBytes);
    }

    [Fact]
    public async Task An_engine_without_adapters_knows_none()
    {
        await using var bench = new LoopBench();
        SubmitResult refused = bench.Loop.Submit(LoopBench.Request("a") with { Adapter = "one" }, CancellationToken.None);
        Assert.Equal(SubmitError.UnknownAdapter, refused.Error);
    }

    [Fact]
    public async Task Adapters_in_use_are_told_as_vLLM_does()
    {
        using AdapterFolder one = new(AdapterBench.Model, seed: 1), two = new(AdapterBench.Model, seed: 2);
        var metrics = new MetricRegistry();
        using AdapterStore store = AdapterBench.CreateStore(metrics: metrics);
        await using var bench = new LoopBench(options: new EngineOptions { ModelName = "test", MaxSequences = 2 }, adapters: store);
        Assert.Null(store.Load("one", one.Path, replace: false).Message);
        Assert.Null(store.Load("two", two.Path, replace: false).Message);
        Assert.Contains(Line("", ""), metrics.ToText(), StringComparison.Ordinal);
        Task<Answer>[] answers;
        using (var gate = new StepGate(bench.Model))
        {
            answers = [bench.Ask(LoopBench.Request("a") with { Adapter = "two" })];
            await gate.Entered;
            answers = [.. answers, bench.Ask(LoopBench.Request("b") with { Adapter = "one" })];
            Assert.Contains(Line("two", "one"), metrics.ToText(), StringComparison.Ordinal);
        }

        await Task.WhenAll(answers);
        Assert.Contains(Line("", ""), metrics.ToText(), StringComparison.Ordinal);

        static string Line(string running, string waiting) =>
            $"vllm:lora_requests_info{{model_name=\"test\",engine=\"0\",max_lora=\"4\",running_lora_adapters=\"{running}\","
            + $"waiting_lora_adapters=\"{waiting}\"}} 1";
    }

    [Fact]
    public async Task Two_hundred_random_rounds_end_with_all_memory_and_all_blocks_back()
    {
        await using var bench = new AdapterBench(new LoraOptions { MaxAdapters = 3, MaxRank = 4 });
        AdapterFolder[] folders = [.. Enumerable.Range(0, 5).Select(i => new AdapterFolder(AdapterBench.Model, seed: i))];
        var random = new Random(17);
        var open = new List<Task>();
        int generated = 0;
        for (int round = 0; round < 200; round++)
        {
            int pick = random.Next(folders.Length);
            string name = $"adapter {pick}";
            switch (random.Next(4))
            {
                case 0:
                    AdapterResult loaded = bench.Store.Load(name, folders[pick].Path, replace: random.Next(2) == 0);
                    Assert.True(loaded.Error is null or AdapterError.NameTaken or AdapterError.NoRoom, loaded.Message);
                    break;
                case 1:
                    open.Add(bench.Store.UnloadAsync(name, Cancelled));
                    break;
                default:
                    GenerationRequest request = AdapterBench.Request(
                        random.Next(6), random.Next(4) == 0 ? null : name, answer: random.Next(1, 30)) with { Choices = random.Next(1, 3) };
                    using (var left = new CancellationTokenSource())
                    {
                        SubmitResult result = bench.Loop.Submit(request, left.Token);
                        Assert.True(result.Error is null or SubmitError.UnknownAdapter, result.Message);
                        if (result.Events is not { } events) break;
                        generated++;
                        if (random.Next(4) == 0) await left.CancelAsync();
                        open.Add(Answer.ReadAll(events, request.Choices));
                    }

                    break;
            }

            if (random.Next(8) == 0) await Task.WhenAll(open);
        }

        await Task.WhenAll(open);
        foreach (AdapterDescription adapter in bench.Store.List) await bench.Store.UnloadAsync(adapter.Name, Cancelled);
        Assert.InRange(generated, 20, 200);
        Assert.Equal(0, bench.Store.UsedBytes);
        Assert.Equal(0, bench.Loop.ActiveRequests);
        Assert.Equal(0, bench.CacheUsage);
        foreach (AdapterFolder folder in folders) folder.Dispose();
    }

    /// <summary>The first of several answers.</summary>
    private static async Task<Answer> ReadFirst(LoopBench bench, GenerationRequest request)
    {
        SubmitResult result = bench.Loop.Submit(request, CancellationToken.None);
        return (await Answer.ReadAll(result.Events!, request.Choices))[0];
    }
}
