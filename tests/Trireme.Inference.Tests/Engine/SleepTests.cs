using Trireme.Contracts.Metrics;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Tests.Engine;

public sealed class SleepTests
{
    private static readonly SamplingOptions Endless = new() { Temperature = 0, IgnoreEndOfSequence = true };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sleeping_engine_refuses_requests_and_answers_again_once_woken()
    {
        await using var bench = new LoopBench(options: new EngineOptions { ModelName = "test", KvEventCapacity = 100 });
        string prompt = new('a', 40);
        await bench.Ask(prompt);
        await bench.Loop.SleepAsync(SleepLevel.KeepWeights, SleepMode.Abort, Cancelled);
        Assert.Equal([SleepLevel.KeepWeights], bench.Memory.Released);
        Assert.Equal(SleepLevel.KeepWeights, bench.Loop.SleepLevel);
        Assert.Equal((0, 1), (State(bench, "awake"), State(bench, "weights_offloaded")));
        SubmitResult refused = bench.Loop.Submit(LoopBench.Request("a"), CancellationToken.None);
        Assert.Equal(SubmitError.Asleep, refused.Error);
        Assert.Contains("sleeps", refused.Message, StringComparison.Ordinal);

        await bench.Loop.SleepAsync(SleepLevel.Awake, SleepMode.Abort, Cancelled);
        Assert.Equal(1, bench.Memory.Restored);
        Assert.Equal((1, 0), (State(bench, "awake"), State(bench, "weights_offloaded")));
        Answer answer = await bench.Ask(prompt);
        Assert.Equal("bcd", answer.Text);
        // What lay in the blocks is gone, and those who followed the cache were told.
        Assert.Equal(0, answer.End.CachedPromptTokens);
        Assert.Contains(bench.Loop.Events!.Read(0, 100).Events, entry => entry.Kind == KvEventKind.AllBlocksCleared);
    }

    [Fact]
    public async Task Sleep_ends_open_requests_at_once_unless_it_is_to_wait_for_them()
    {
        await using var bench = new LoopBench();
        Task<Answer> cut;
        Task asleep;
        using (var gate = new StepGate(bench.Model))
        {
            cut = bench.Ask("a", Endless);
            await gate.Entered;
            asleep = bench.Loop.SleepAsync(SleepLevel.KeepWeights, SleepMode.Abort, Cancelled);
        }

        await asleep;
        Assert.Equal(FinishReason.Abort, (await cut).End.FinishReason);
        Assert.Contains("sleep", (await cut).End.Error, StringComparison.Ordinal);
        Assert.Equal(0, bench.Loop.ActiveRequests);

        await bench.Loop.SleepAsync(SleepLevel.Awake, SleepMode.Abort, Cancelled);
        Task<Answer> whole;
        using (var gate = new StepGate(bench.Model))
        {
            whole = bench.Ask("a");
            await gate.Entered;
            asleep = bench.Loop.SleepAsync(SleepLevel.DropWeights, SleepMode.Wait, Cancelled);
            Assert.Equal(SubmitError.Asleep, bench.Loop.Submit(LoopBench.Request("a"), CancellationToken.None).Error);
        }

        await asleep;
        Assert.Equal("bcd", (await whole).Text);
        Assert.Equal([SleepLevel.KeepWeights, SleepLevel.DropWeights], bench.Memory.Released);
        Assert.Equal(1, State(bench, "discard_all"));
    }

    [Fact]
    public async Task A_wait_that_is_given_up_leaves_the_engine_awake()
    {
        await using var bench = new LoopBench();
        using var gate = new StepGate(bench.Model);
        Task<Answer> answer = bench.Ask("a");
        await gate.Entered;
        using var giveUp = new CancellationTokenSource();
        Task asleep = bench.Loop.SleepAsync(SleepLevel.KeepWeights, SleepMode.Wait, giveUp.Token);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asleep);
        Task<Answer> next = bench.Ask("b");
        gate.Open();
        Assert.Equal(["bcd", "cde"], [(await answer).Text, (await next).Text]);
        Assert.Empty(bench.Memory.Released);
    }

    [Fact]
    public async Task A_light_sleep_may_become_a_deep_one_but_not_the_other_way_round()
    {
        await using var bench = new LoopBench();
        SleepLevel[] orders = [SleepLevel.KeepWeights, SleepLevel.KeepWeights, SleepLevel.DropWeights, SleepLevel.KeepWeights];
        foreach (SleepLevel level in orders)
        {
            await bench.Loop.SleepAsync(level, SleepMode.Abort, Cancelled);
        }

        Assert.Equal([SleepLevel.KeepWeights, SleepLevel.DropWeights], bench.Memory.Released);
        Assert.Equal(SleepLevel.DropWeights, bench.Loop.SleepLevel);
    }

    [Fact]
    public async Task Waking_without_enough_memory_fails_and_may_be_tried_again()
    {
        await using var bench = new LoopBench();
        await bench.Loop.SleepAsync(SleepLevel.KeepWeights, SleepMode.Abort, Cancelled);
        bench.Memory.NextFailure = new InsufficientMemoryException();
        await Assert.ThrowsAsync<InsufficientMemoryException>(
            () => bench.Loop.SleepAsync(SleepLevel.Awake, SleepMode.Abort, Cancelled));
        Assert.Equal(SleepLevel.KeepWeights, bench.Loop.SleepLevel);
        Assert.Equal(SubmitError.Asleep, bench.Loop.Submit(LoopBench.Request("a"), CancellationToken.None).Error);
        await bench.Loop.SleepAsync(SleepLevel.Awake, SleepMode.Abort, Cancelled);
        Assert.Equal("bcd", (await bench.Ask("a")).Text);
    }

    [Fact]
    public async Task An_engine_that_stops_lets_nobody_wait_for_its_sleep()
    {
        var bench = new LoopBench();
        var gate = new StepGate(bench.Model);
        Task<Answer> answer = bench.Ask("a", Endless);
        await gate.Entered;
        Task asleep = bench.Loop.SleepAsync(SleepLevel.KeepWeights, SleepMode.Wait, Cancelled);
        ValueTask stopped = bench.DisposeAsync();
        gate.Open();
        await stopped;
        await Assert.ThrowsAsync<InvalidOperationException>(() => asleep);
        Assert.Equal(FinishReason.Error, (await answer).End.FinishReason);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => bench.Loop.SleepAsync(SleepLevel.KeepWeights, SleepMode.Wait, Cancelled));
    }

    private static int State(LoopBench bench, string state) =>
        (int)bench.Metric(EngineMetricNames.SleepState, $",sleep_state=\"{state}\"");
}
