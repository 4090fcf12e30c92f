using Trireme.Contracts.Metrics;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;
using Trireme.Inference.Speculation;
using Trireme.Inference.Tests.Engine;

namespace Trireme.Inference.Tests.Speculation;

/// <summary>The engine's loop over models whose steps take a made-up time: what speculation gains, and what it costs otherwise.</summary>
public sealed class SpeculationLoopTests
{
    private const int Vocabulary = 27;
    private const int Answer = 400;

    /// <summary>Bound by the reading of weights: sixteen tokens at once are nearly free.</summary>
    private static readonly Func<int, double> Reading = tokens => 0.01 * Math.Max(1 + (0.01 * tokens), tokens / 16.0);

    /// <summary>Bound by arithmetic: each token costs its share.</summary>
    private static readonly Func<int, double> Computing = tokens => 0.001 + (0.002 * tokens);

    private static readonly Func<int, int, int> Alphabet = (token, _) => (token + 1) % (Vocabulary - 1);

    /// <summary>A text that is the same in every process, as <see cref="HashCode"/> would not be.</summary>
    private static readonly Func<int, int, int> Chaos = (token, position) =>
    {
        uint mixed = ((uint)token + ((uint)position * 7919)) * 0x9E3779B1;
        mixed = (mixed ^ (mixed >> 15)) * 0x85EBCA77;
        return (int)((mixed ^ (mixed >> 13)) % (Vocabulary - 1));
    };

    public static TheoryData<string, Func<int, int, int>, Func<int, double>, int, double, double> Texts => new()
    {
        { "a repetitive text where tokens are free", Alphabet, Reading, 1, 2.5, 6 },
        { "a repetitive text where they cost", Alphabet, Computing, 1, 0.95, 6 },
        { "a text without repetition where tokens are free", Chaos, Reading, 1, 0.99, 6 },
        { "a text without repetition where they cost", Chaos, Computing, 1, 0.96, 6 },
        { "many repetitive texts that share what is free", Alphabet, Reading, 16, 0.97, 6 },
        { "many texts without repetition", Chaos, Computing, 16, 0.97, 6 },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task Prompt_lookup_gains_where_it_can_and_costs_little_where_it_cannot(
        string sentence, Func<int, int, int> text, Func<int, double> seconds, int streams, double least, double most)
    {
        Run plain = await Measure(text, seconds, streams, options: null);
        Run lookup = await Measure(text, seconds, streams, new SpeculationOptions { Method = SpeculationMethod.Ngram });
        double gain = plain.Seconds / lookup.Seconds;
        Assert.True(gain >= least && gain <= most, $"{sentence}: {gain:0.00} times as fast with {lookup.DraftTokens} drafts.");
        Assert.Equal(plain.Answers, lookup.Answers);
    }

    [Fact]
    public async Task The_same_texts_take_the_same_made_up_time_however_threads_run()
    {
        var options = new SpeculationOptions { Method = SpeculationMethod.Ngram };
        Run first = await Measure(Chaos, Computing, streams: 16, options);
        for (int i = 0; i < 5; i++) Assert.Equal(first.Seconds, (await Measure(Chaos, Computing, streams: 16, options)).Seconds);
        // A golden answer: another one would mean that the text depends on the process.
        Assert.StartsWith("23 23 24 24 12 1 8 12 23 17 ", first.Answers[3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("the model itself", true, 1.5)]
    [InlineData("a model that knows nothing", false, 0.95)]
    public async Task A_draft_model_is_used_while_it_is_right(string sentence, bool isRight, double least)
    {
        var options = new SpeculationOptions { Method = SpeculationMethod.Draft, DraftModel = "draft" };
        Run plain = await Measure(Chaos, Reading, streams: 2, options: null);
        Func<int, int, int> draft = isRight ? Chaos : (token, position) => Chaos(token + 1, position);
        Run drafted = await Measure(Chaos, Reading, streams: 2, options, draft);
        double gain = plain.Seconds / drafted.Seconds;
        Assert.True(gain >= least, $"{sentence}: {gain:0.00} times as fast.");
        Assert.Equal(plain.Answers, drafted.Answers);
        if (isRight)
        {
            Assert.True(drafted.DraftTokens > Answer, sentence);
            Assert.Equal(drafted.DraftTokens, drafted.AcceptedTokens);
        }
        else
        {
            Assert.True(drafted.DraftTokens < Answer / 4, $"{drafted.DraftTokens} drafts, though none is right.");
        }
    }

    [Fact]
    public async Task A_draft_model_whose_numbers_break_drafts_no_further_and_harms_nobody()
    {
        var options = new SpeculationOptions { Method = SpeculationMethod.Draft, DraftModel = "draft", Always = true };
        Run plain = await Measure(Chaos, Reading, streams: 2, options: null);
        Run broken = await Measure(
            Chaos, Reading, streams: 2, options, (token, position) => position % 2 == 0 ? -1 : Chaos(token, position));
        Assert.Equal(plain.Answers, broken.Answers);
        Assert.Equal(broken.DraftTokens, broken.Drafts);
        Assert.Equal(broken.DraftTokens, broken.AcceptedTokens);
        Assert.True(broken.Drafts > Answer / 2);
    }

    [Fact]
    public async Task Counters_say_what_became_of_drafts()
    {
        var options = new SpeculationOptions { Method = SpeculationMethod.Ngram, DraftTokensMax = 3 };
        Run run = await Measure(Alphabet, Reading, streams: 1, options);
        Assert.True(run.AcceptedTokens > Answer / 2);
        Assert.Equal(run.AcceptedTokens, run.AcceptedPerPosition.Sum());
        Assert.Equal(3, run.AcceptedPerPosition.Length);
        Assert.True(run.AcceptedPerPosition[0] >= run.AcceptedPerPosition[2] && run.Drafts >= run.AcceptedPerPosition[0]);
    }

    private static async Task<Run> Measure(
        Func<int, int, int> text,
        Func<int, double> seconds,
        int streams,
        SpeculationOptions? options,
        Func<int, int, int>? draft = null)
    {
        var time = new VirtualTime();
        var model = new ClockedModel(Vocabulary, text, seconds, time);
        var engine = new EngineOptions { ModelName = "test", Speculation = options };
        (IDrafter, IEngineMemory) Drafting(IEngineMemory memory)
        {
            var drafter = new ClockedModel(Vocabulary, draft!, tokens => seconds(tokens) / 20, time);
            return (new ModelDrafter(drafter, engine, memory.BlockCount, contextLength: 1000, time), memory);
        }

        await using var bench = new LoopBench(
            model, engine, blocks: 2000, contextLength: 1000, time, drafting: draft is null ? null : Drafting);
        var sampling = new SamplingOptions { Temperature = 0, IgnoreEndOfSequence = true, MaxTokens = Answer };
        Task<Answer>[] asked;
        Task<Answer> opening;
        using (var gate = new StepGate(opened => model.BeforeStep = opened))
        {
            // All answers begin with the same step, however the machine runs the threads.
            opening = bench.Ask(new GenerationRequest { Id = "opening", PromptTokens = [1], Sampling = sampling with { MaxTokens = 1 } });
            await gate.Entered;
            asked = [.. Enumerable.Range(0, streams).Select(i => bench.Ask(new GenerationRequest
            {
                Id = $"{i}", PromptTokens = [i, i + 1, 3 * i % 26], Sampling = sampling,
            }))];
        }

        await opening;
        Answer[] answers = await Task.WhenAll(asked);
        string[] tokens = [.. answers.Select(answer => string.Join(' ', answer.Tokens))];
        if (options is null) return new Run(time.Elapsed.TotalSeconds, tokens);
        return new Run(time.Elapsed.TotalSeconds, tokens)
        {
            Drafts = bench.Metric(EngineMetricNames.SpeculativeDrafts),
            DraftTokens = bench.Metric(EngineMetricNames.SpeculativeDraftTokens),
            AcceptedTokens = bench.Metric(EngineMetricNames.SpeculativeAcceptedTokens),
            AcceptedPerPosition = [.. Enumerable.Range(0, options.DraftTokensMax)
                .Select(i => bench.Metric(EngineMetricNames.SpeculativeAcceptedPerPosition, $",position=\"{i}\""))],
        };
    }

    private sealed record Run(double Seconds, string[] Answers)
    {
        public double Drafts { get; init; }

        public double DraftTokens { get; init; }

        public double AcceptedTokens { get; init; }

        public double[] AcceptedPerPosition { get; init; } = [];
    }
}
