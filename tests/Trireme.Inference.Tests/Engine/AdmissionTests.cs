using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Metrics;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Tests.Engine;

/// <summary>Who may wait, who starts first, and what happens when there is not enough for all.</summary>
public sealed class AdmissionTests
{
    [Fact]
    public async Task Prompts_that_wait_are_limited_by_their_tokens_unless_one_waits_alone()
    {
        await using var bench = new LoopBench(options: new EngineOptions { ModelName = "test", MaxWaitingTokens = 10 });
        using var gate = new StepGate(bench.Model);
        Task<Answer> running = bench.Ask("a");
        await gate.Entered;
        Task<Answer> large = bench.Ask(new string('a', 30));
        SubmitResult refused = bench.Loop.Submit(LoopBench.Request("b"), CancellationToken.None);
        Assert.Equal(SubmitError.Overloaded, refused.Error);
        Assert.Contains("30 prompt tokens wait already and the limit is 10", refused.Message, StringComparison.Ordinal);
        gate.Open();
        await Task.WhenAll(running, large);
        Assert.Equal("cde", (await bench.Ask("b")).Text);
    }

    [Fact]
    public async Task A_request_that_waits_past_its_deadline_ends_without_being_computed()
    {
        var time = new FakeTimeProvider();
        await using var bench = new LoopBench(time: time, options: new EngineOptions { ModelName = "test", MaxSequences = 1 });
        using var gate = new StepGate(bench.Model);
        Task<Answer> running = bench.Ask("a");
        await gate.Entered;
        long deadline = time.GetTimestamp() + (2 * time.TimestampFrequency);
        Task<Answer> late = bench.Ask(LoopBench.Request(new string('q', 50)) with { Deadline = deadline });
        Task<Answer> patient = bench.Ask("b");
        time.Advance(TimeSpan.FromSeconds(2.5));
        gate.Open();
        Assert.Equal(FinishReason.Expired, (await late).End.FinishReason);
        Assert.Contains("waited 2.5 s", (await late).End.Error, StringComparison.Ordinal);
        Assert.Equal(["bcd", "cde"], [(await running).Text, (await patient).Text]);
        Assert.DoesNotContain(50, bench.Model.StepSizes);
        Assert.Equal(1, bench.Metric(EngineMetricNames.RequestSuccess, ",finished_reason=\"expired\""));
        Assert.Equal(2, bench.Metric(EngineMetricNames.PromptTokens));
    }

    [Fact]
    public async Task A_better_priority_starts_first_and_tenants_take_turns()
    {
        await using var bench = new LoopBench(options: new EngineOptions { ModelName = "test", MaxSequences = 1 });
        using var gate = new StepGate(bench.Model);
        Task<Answer> running = bench.Ask(LoopBench.Request("zzzz") with { Tenant = "many" });
        await gate.Entered;
        // A prompt is told from the others by its length, which is the size of the step that computes it.
        Task<Answer>[] all =
        [
            bench.Ask(LoopBench.Request("firstof") with { Tenant = "many" }),
            bench.Ask(LoopBench.Request("secondof") with { Tenant = "many" }),
            bench.Ask(LoopBench.Request("fewfew") with { Tenant = "few" }),
            bench.Ask(LoopBench.Request("urges") with { Tenant = "many", Priority = -1 }),
        ];
        gate.Open();
        await Task.WhenAll([running, .. all]);
        string[] prompts = ["zzzz", "urges", "fewfew", "firstof", "secondof"];
        Assert.Equal(prompts.Select(prompt => prompt.Length), bench.Model.StepSizes.Where(size => size > 1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public async Task A_weight_that_cannot_be_shared_by_is_refused(double weight)
    {
        await using var bench = new LoopBench();
        SubmitResult result = bench.Loop.Submit(LoopBench.Request("a") with { Weight = weight }, CancellationToken.None);
        Assert.Equal(SubmitError.InvalidRequest, result.Error);
    }

    [Fact]
    public async Task A_step_without_memory_is_taken_in_smaller_parts_and_nobody_notices()
    {
        await using var bench = new LoopBench();
        int failures = 0;
        using var gate = new StepGate(bench.Model);
        Task<Answer> first = bench.Ask("a");
        await gate.Entered;
        bench.Model.BeforeStep = batch =>
        {
            if (batch.OutputCount < 3) return;
            failures++;
            throw new InsufficientMemoryException();
        };
        Task<Answer>[] others = [.. "bcdefgh".Select(letter => bench.Ask(letter.ToString()))];
        gate.Open();
        string[] expected = ["bcd", "cde", "def", "efg", "fgh", "ghi", "hij", "ijk"];
        Assert.Equal(expected, (await Task.WhenAll([first, .. others])).Select(answer => answer.Text));
        Assert.True(failures > 0);
        Assert.True(bench.Metric(EngineMetricNames.Preemptions) >= 8);
        Assert.Null(bench.Loop.Failure);
    }

    [Theory]
    [InlineData("out of memory, and goes on with fewer at a time", true, "bcd cde def")]
    [InlineData("off, and ends those that it has not completed", false, "bcd cd d")]
    public async Task Tokens_that_a_step_chose_are_kept_where_it_breaks(string sentence, bool isMemory, string expected)
    {
        await using var bench = new LoopBench();
        using var gate = new StepGate(bench.Model);
        Task<Answer> first = bench.Ask("a");
        await gate.Entered;
        int failures = 0;
        bench.Model.BeforeLogits = row =>
        {
            // The third step's rows of all three answers: two are chosen from already.
            if (row != 2 || ++failures != 2) return;
            throw isMemory ? new InsufficientMemoryException() : new TimeoutException();
        };
        Task<Answer>[] others = [.. "bc".Select(letter => bench.Ask(letter.ToString()))];
        gate.Open();
        Answer[] answers = await Task.WhenAll([first, .. others]);
        Assert.True(expected == string.Join(' ', answers.Select(answer => answer.Text)), sentence);
        Assert.True(failures >= 2);
        Assert.Null(bench.Loop.Failure);
        Assert.Equal(0, bench.Loop.ActiveRequests);
    }

    [Fact]
    public async Task A_request_that_no_memory_suffices_for_is_refused_and_the_engine_goes_on()
    {
        await using var bench = new LoopBench();
        for (int i = 0; i < 5; i++)
        {
            bench.Model.BeforeStep = _ => throw new InsufficientMemoryException();
            Answer refused = await bench.Ask("abc");
            Assert.Equal(FinishReason.Error, refused.End.FinishReason);
            Assert.Contains("not enough memory", refused.End.Error, StringComparison.Ordinal);
            bench.Model.BeforeStep = null;
            Assert.Equal("def", (await bench.Ask("abc")).Text);
        }

        Assert.Null(bench.Loop.Failure);
    }
}
