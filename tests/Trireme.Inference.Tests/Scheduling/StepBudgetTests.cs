using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Tests.Scheduling;

public sealed class StepBudgetTests
{
    private const int MaxTokens = 512;
    private const double Target = 0.05;

    [Fact]
    public void Without_answers_or_without_a_target_steps_are_whole()
    {
        Assert.Equal(MaxTokens, new StepBudget(MaxTokens, Target).Decide(streams: 0));
        Assert.Equal(MaxTokens, new StepBudget(MaxTokens, targetSeconds: null).Decide(streams: 8));
    }

    [Fact]
    public void Before_anything_is_measured_a_step_adds_the_least_to_its_answers() =>
        Assert.Equal(3 + StepBudget.MinPrefillTokens, new StepBudget(MaxTokens, Target).Decide(streams: 3));

    public static TheoryData<string, Machine, int> Machines => new()
    {
        { "a small model", new Machine(0.002, 0.0001, 0.0003), 8 },
        { "one of a billion parameters", new Machine(0.02, 0.001, 0.0008), 4 },
        { "one whose batches cost", new Machine(0.01, 0.001, 0.001), 16 },
        { "one that is noisy", new Machine(0.01, 0.0005, 0.0005, Noise: 0.2), 4 },
        { "one that stops now and then", new Machine(0.01, 0.0005, 0.0005, Noise: 0.05, PauseEvery: 50), 4 },
        { "one that can do all at once", new Machine(0.001, 0, 0.00001), 4 },
        { "one too slow for any prompt", new Machine(0.06, 0.001, 0.001), 4 },
    };

    [Theory]
    [MemberData(nameof(Machines))]
    public void Steps_with_prompts_keep_the_target_as_far_as_the_machine_can(string name, Machine machine, int streams)
    {
        var budget = new StepBudget(MaxTokens, Target);
        var random = new Random(1);
        var chunks = new List<int>();
        int late = 0;
        for (int step = 0; step < 600; step++)
        {
            // Prompts come in waves, and now and then nobody answers.
            bool hasPrompt = step % 40 < 30;
            int running = step % 97 == 0 ? 0 : streams;
            int chunk = hasPrompt ? Math.Max(budget.Decide(running) - running, 0) : 0;
            double seconds = machine.Seconds(running, chunk, random, step);
            budget.Observe(Step(running, chunk), seconds);
            if (step < 100 || running == 0 || !hasPrompt) continue;
            chunks.Add(chunk);
            if (machine.Mean(running, chunk) > Target && chunk > StepBudget.MinPrefillTokens) late++;
        }

        double ideal = Math.Clamp(
            ((Target * 0.9) - machine.Mean(streams, 0)) / machine.PerPrefillToken, StepBudget.MinPrefillTokens, MaxTokens - streams);
        Assert.All(chunks, chunk => Assert.InRange(chunk, StepBudget.MinPrefillTokens, MaxTokens - streams));
        Assert.True(late <= chunks.Count / 50, $"{name}: {late} of {chunks.Count} steps were planned beyond the target.");
        Assert.True(chunks.Average() > ideal * 0.7, $"{name}: chunks of {chunks.Average():0} where {ideal:0} would do.");
        // Without noise the chunk comes to rest.
        if (machine.Noise == 0) Assert.True(chunks[^100..].Distinct().Count() <= 2, $"{name}: {string.Join(' ', chunks[^100..])}");
    }

    [Fact]
    public void A_machine_that_gets_slower_is_followed_within_a_few_steps()
    {
        var budget = new StepBudget(MaxTokens, Target);
        var fast = new Machine(0.005, 0.0002, 0.0002);
        var slow = new Machine(0.015, 0.0006, 0.0006);
        var random = new Random(2);
        int Run(Machine machine, int steps)
        {
            int chunk = 0;
            for (int i = 0; i < steps; i++)
            {
                chunk = budget.Decide(4) - 4;
                budget.Observe(Step(4, chunk), machine.Seconds(4, chunk, random, i));
            }

            return chunk;
        }

        int before = Run(fast, 100);
        Assert.True(fast.Mean(4, before) < Target);
        int after = Run(slow, 15);
        Assert.True(slow.Mean(4, after) < Target * 1.05, $"{before} tokens became {after}.");
        Assert.True(Run(fast, 60) > before * 0.7);
    }

    [Fact]
    public void A_pause_of_the_machine_does_not_stop_prompts()
    {
        var budget = new StepBudget(MaxTokens, Target);
        for (int i = 0; i < 100; i++) budget.Observe(Step(4, budget.Decide(4) - 4), 0.01 + (0.0005 * (budget.Decide(4) - 4)));
        int before = budget.Decide(4);
        budget.Observe(Step(4, before - 4), seconds: 30);
        Assert.True(budget.Decide(4) > before * 0.7);
    }

    [Fact]
    public void Times_that_say_nothing_are_not_learnt_from()
    {
        var costs = new StepCosts();
        costs.Observe(4, 0, 0.01);
        foreach (double seconds in new[] { 0, -1, double.NaN, double.PositiveInfinity }) costs.Observe(4, 0, seconds);
        costs.Observe(0, 0, 1);
        Assert.Equal(0.01, costs.Base(4), 1e-12);
    }

    [Theory]
    [InlineData("as measured", 8, 0.02)]
    [InlineData("as the class it belongs to", 9, 0.02)]
    [InlineData("between two measures", 6, 0.015)]
    [InlineData("below all of them as the least", 1, 0.01)]
    [InlineData("above all of them as the largest", 500, 0.02)]
    public void Costs_of_a_step_that_was_not_measured_are_taken(string sentence, int tokens, double seconds)
    {
        var costs = new StepCosts();
        for (int i = 0; i < 60; i++)
        {
            costs.Observe(4, 0, 0.01);
            costs.Observe(8, 0, 0.02);
        }

        Assert.True(Math.Abs(costs.Between(tokens) - seconds) < 1e-6, $"{sentence}: {costs.Between(tokens)}");
    }

    [Fact]
    public void Drafts_count_as_tokens_of_answers()
    {
        var budget = new StepBudget(MaxTokens, Target);
        for (int i = 0; i < 60; i++)
        {
            budget.Observe(Step(2, 10), 0.012);
            budget.Observe(Step(10, 10), 0.032);
        }

        int plain = budget.Decide(streams: 2) - 2;
        int drafted = 0;
        for (int i = 0; i < 10; i++) drafted = budget.Decide(streams: 2, drafts: 8) - 10;
        Assert.True(drafted < plain, $"{drafted} prompt tokens beside drafts, {plain} without.");
    }

    private static ScheduledStep Step(int decodes, int prefill)
    {
        var step = new ScheduledStep();
        for (int i = 0; i < decodes; i++)
        {
            var answer = new Sequence([1], salt: null, sharesPrefix: true);
            answer.Tokens.Add(1);
            step.Add(new ScheduledChunk(answer, First: 1, Count: 1));
        }

        if (prefill > 0) step.Add(new ScheduledChunk(new Sequence(new int[prefill], salt: null, sharesPrefix: true), 0, prefill));
        return step;
    }

    /// <summary>How long a machine's steps take.</summary>
    public sealed record Machine(double Fixed, double PerDecode, double PerPrefillToken, double Noise = 0, int PauseEvery = 0)
    {
        public double Mean(int decodes, int prefill) => Fixed + (PerDecode * decodes) + (PerPrefillToken * prefill);

        public double Seconds(int decodes, int prefill, Random random, int step)
        {
            double seconds = Mean(decodes, prefill) * (1 + (((random.NextDouble() * 2) - 1) * Noise));
            return PauseEvery > 0 && step % PauseEvery == 0 ? seconds * 20 : seconds;
        }
    }
}
