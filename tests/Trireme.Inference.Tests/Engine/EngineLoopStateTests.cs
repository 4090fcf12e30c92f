using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Metrics;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Tests.Engine;

public sealed class EngineLoopStateTests
{
    private static readonly SamplingOptions Endless = new() { Temperature = 0, IgnoreEndOfSequence = true };

    public static TheoryData<SubmitError, string, GenerationRequest> Refusals => new()
    {
        { SubmitError.InvalidPrompt, "empty", LoopBench.Request("") },
        { SubmitError.InvalidPrompt, "token 1 is 27, which is no token", LoopBench.Request("a") with { PromptTokens = [1, 27] } },
        { SubmitError.InvalidPrompt, "token 0 is -1, which is no token", LoopBench.Request("a") with { PromptTokens = [-1] } },
        { SubmitError.InvalidSampling, "temperature", LoopBench.Request("a", new SamplingOptions { Temperature = -1 }) },
        { SubmitError.ContextLengthExceeded, "200 tokens", LoopBench.Request("a", new SamplingOptions { MaxTokens = 200 }) },
        { SubmitError.ContextLengthExceeded, "200 tokens", LoopBench.Request(new string('a', 200), new SamplingOptions()) },
        { SubmitError.ContextLengthExceeded, "200 tokens", LoopBench.Request("a", new SamplingOptions { MaxTokens = int.MaxValue }) },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_request_the_engine_cannot_serve_is_refused_with_the_reason(
        SubmitError error, string reason, GenerationRequest request)
    {
        await using var bench = new LoopBench();
        SubmitResult result = bench.Loop.Submit(request, CancellationToken.None);
        Assert.Equal(error, result.Error);
        Assert.Contains(reason, result.Message, StringComparison.Ordinal);
        Assert.Null(result.Events);
        Assert.Equal(0, bench.Loop.ActiveRequests);
    }

    [Fact]
    public async Task A_full_queue_refuses_and_recovers()
    {
        await using var bench = new LoopBench(options: new EngineOptions { ModelName = "test", MaxWaiting = 2 });
        using var gate = new StepGate(bench.Model);
        Task<Answer> running = bench.Ask("a");
        await gate.Entered;
        Task<Answer>[] waiting = [bench.Ask("b"), bench.Ask("c")];
        Assert.Equal(SubmitError.Overloaded, bench.Loop.Submit(LoopBench.Request("d"), CancellationToken.None).Error);
        Assert.Equal(3, bench.Loop.ActiveRequests);
        Assert.Equal(2, bench.Metric(EngineMetricNames.RequestsWaiting));

        gate.Open();
        Assert.Equal(["bcd", "cde", "def"], (await Task.WhenAll([running, .. waiting])).Select(answer => answer.Text));
        Assert.Equal("efg", (await bench.Ask("d")).Text);
        Assert.Equal(0, bench.Loop.ActiveRequests);
    }

    [Fact]
    public async Task A_client_that_leaves_frees_its_blocks_before_the_next_step()
    {
        await using var bench = new LoopBench();
        using var gate = new StepGate(bench.Model);
        using var client = new CancellationTokenSource();
        Task<Answer> answer = bench.AskUntil(LoopBench.Request("abc", Endless), client.Token);
        await gate.Entered;
        await client.CancelAsync();
        gate.Open();
        Assert.Equal(FinishReason.Abort, (await answer).End.FinishReason);
        Assert.Single(bench.Model.StepSizes);
        Assert.Equal(0, bench.Metric(EngineMetricNames.KvCacheUsage));
        Assert.Equal(0, bench.Metric(EngineMetricNames.RequestsRunning));
        Assert.Equal(1, bench.Metric(EngineMetricNames.RequestSuccess, ",finished_reason=\"abort\""));
    }

    [Fact]
    public async Task A_failed_step_fails_its_requests_and_nothing_else()
    {
        await using var bench = new LoopBench();
        string prompt = new('a', 40);
        await bench.Ask(prompt);
        bench.Model.BeforeStep = _ => throw new InvalidOperationException("a broken kernel");
        Answer failed = await bench.Ask(prompt);
        bench.Model.BeforeStep = null;
        Assert.Equal(FinishReason.Error, failed.End.FinishReason);
        Assert.Contains("a broken kernel", failed.End.Error, StringComparison.Ordinal);

        Answer next = await bench.Ask(prompt);
        Assert.Equal("bcd", next.Text);
        // What the failed step left in its blocks is unknown, so nothing is taken from the cache.
        Assert.Equal(0, next.End.CachedPromptTokens);
        Assert.Null(bench.Loop.Failure);
    }

    [Fact]
    public async Task An_engine_that_keeps_failing_says_so_and_refuses_further_requests()
    {
        await using var bench = new LoopBench();
        bench.Model.BeforeStep = _ => throw new InvalidOperationException("a broken kernel");
        for (int i = 0; i < 3; i++) Assert.Equal(FinishReason.Error, (await bench.Ask("a")).End.FinishReason);

        SubmitResult refused = bench.Loop.Submit(LoopBench.Request("a"), CancellationToken.None);
        Assert.Equal(SubmitError.Unavailable, refused.Error);
        Assert.Contains("a broken kernel", refused.Message, StringComparison.Ordinal);
        Assert.Equal(refused.Message, bench.Loop.Failure);
        Assert.Equal(0, bench.Loop.ActiveRequests);
    }

    [Fact]
    public async Task A_request_whose_logits_are_no_numbers_fails_alone()
    {
        await using var bench = new LoopBench();
        using var gate = new StepGate(bench.Model);
        bench.Model.BrokenToken = 3;
        Task<Answer> first = bench.Ask("x");
        await gate.Entered;
        Task<Answer> broken = bench.Ask("b"), sound = bench.Ask("p");
        gate.Open();
        Assert.Equal("cd", (await broken).Text);
        Assert.Equal(FinishReason.Error, (await broken).End.FinishReason);
        Assert.Contains("not finite", (await broken).End.Error, StringComparison.Ordinal);
        Assert.Equal(["yz", "qrs"], [(await first).Text, (await sound).Text]);
    }

    [Fact]
    public async Task A_stopped_engine_ends_all_answers_and_refuses_further_requests()
    {
        await using var bench = new LoopBench(options: new EngineOptions { ModelName = "test", MaxSequences = 1 });
        using var gate = new StepGate(bench.Model);
        Task<Answer> running = bench.Ask("a", Endless), waiting = bench.Ask("b", Endless);
        await gate.Entered;
        ValueTask stopped = bench.Loop.DisposeAsync();
        gate.Open();
        await stopped;
        foreach (Answer answer in await Task.WhenAll(running, waiting)) Assert.Equal(FinishReason.Error, answer.End.FinishReason);
        Assert.Equal(SubmitError.Unavailable, bench.Loop.Submit(LoopBench.Request("a"), CancellationToken.None).Error);
        Assert.Equal(0, bench.Loop.ActiveRequests);
        Assert.Null(bench.Loop.Failure);
    }

    [Fact]
    public async Task Metrics_follow_the_intervals_of_vllm()
    {
        var time = new FakeTimeProvider();
        var options = new EngineOptions { ModelName = "test", MaxSequences = 4, MaxBatchedTokens = 20 };
        await using var bench = new LoopBench(time: time, options: options);
        bench.Model.BeforeStep = _ => time.Advance(TimeSpan.FromSeconds(0.5));
        long arrived = time.GetTimestamp();
        time.Advance(TimeSpan.FromSeconds(2));
        // Thirty tokens take two steps; then two more tokens take one step each.
        await bench.Ask(LoopBench.Request(new string('a', 30)) with { ArrivedAt = arrived });

        Assert.Equal(30, bench.Metric(EngineMetricNames.PromptTokens));
        Assert.Equal(3, bench.Metric(EngineMetricNames.GenerationTokens));
        Assert.Equal(32, bench.Metric(EngineMetricNames.IterationTokens + "_sum"));
        Assert.Equal(4, bench.Metric(EngineMetricNames.IterationTokens + "_count"));
        Assert.Equal(0, bench.Metric(EngineMetricNames.QueueTime + "_sum"));
        Assert.Equal(1, bench.Metric(EngineMetricNames.PrefillTime + "_sum"));
        Assert.Equal(3, bench.Metric(EngineMetricNames.TimeToFirstToken + "_sum"));
        Assert.Equal(1, bench.Metric(EngineMetricNames.InterTokenLatency + "_sum"));
        Assert.Equal(2, bench.Metric(EngineMetricNames.InterTokenLatency + "_count"));
        Assert.Equal(1, bench.Metric(EngineMetricNames.DecodeTime + "_sum"));
        Assert.Equal(2, bench.Metric(EngineMetricNames.InferenceTime + "_sum"));
        Assert.Equal(4, bench.Metric(EngineMetricNames.EndToEndLatency + "_sum"));
        Assert.Equal(30, bench.Metric(EngineMetricNames.RequestPromptTokens + "_sum"));
        Assert.Equal(3, bench.Metric(EngineMetricNames.RequestGenerationTokens + "_sum"));
        Assert.Equal(1, bench.Metric(EngineMetricNames.RequestSuccess, ",finished_reason=\"length\""));

        await bench.Ask(new string('a', 30));
        Assert.Equal(60, bench.Metric(EngineMetricNames.PrefixCacheQueries));
        Assert.Equal(16, bench.Metric(EngineMetricNames.PrefixCacheHits));
    }
}
