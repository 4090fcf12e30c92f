using Trireme.Inference.Generation;
using Trireme.Inference.Sampling;

namespace Trireme.Inference.Tests.Sampling;

public sealed class TokenSamplerTests
{
    private const int Draws = 20_000;

    private static readonly float[] Logits = [1.5f, -0.5f, 0f, 2.5f, 2.4f, -3f, float.NegativeInfinity, 1f, 0.9f, -1f];

    [Fact]
    public void Temperature_zero_takes_the_most_likely_token()
    {
        var sampler = new TokenSampler(Logits.Length);
        for (int i = 0; i < 50; i++) Assert.Equal(3, sampler.Sample(Logits, new SamplingOptions { Temperature = 0 }, i, i));
    }

    public static TheoryData<string, SamplingOptions> Options => new()
    {
        { "everything", new SamplingOptions() },
        { "hot", new SamplingOptions { Temperature = 2.5f } },
        { "cold", new SamplingOptions { Temperature = 0.4f } },
        { "the best three", new SamplingOptions { TopK = 3 } },
        { "the best one", new SamplingOptions { TopK = 1 } },
        { "more than there are", new SamplingOptions { TopK = 100 } },
        { "half of the mass", new SamplingOptions { TopP = 0.5f } },
        { "nearly all of the mass", new SamplingOptions { TopP = 0.97f } },
        { "hardly any mass", new SamplingOptions { TopP = 0.001f } },
        { "no mass, which leaves the best", new SamplingOptions { TopP = 0 } },
        { "a tenth as likely as the best", new SamplingOptions { MinP = 0.1f } },
        { "half as likely as the best, hot", new SamplingOptions { MinP = 0.5f, Temperature = 3 } },
        { "the typical ones", new SamplingOptions { TypicalP = 0.6f } },
        { "hardly any typical ones", new SamplingOptions { TypicalP = 0.01f } },
        { "all cuts at once", new SamplingOptions { MinP = 0.02f, TopK = 6, TopP = 0.95f, TypicalP = 0.8f, Temperature = 1.3f } },
        { "half of the mass of the best four, hot", new SamplingOptions { TopK = 4, TopP = 0.5f, Temperature = 1.7f } },
    };

    [Theory]
    [MemberData(nameof(Options))]
    public void Draws_follow_the_expected_distribution(string name, SamplingOptions options)
    {
        double[] expected = Expected(options);
        var sampler = new TokenSampler(Logits.Length);
        var counts = new int[Logits.Length];
        for (int i = 0; i < Draws; i++) counts[sampler.Sample(Logits, options, seed: 1234, position: i)]++;

        double chiSquare = 0;
        int possible = 0;
        for (int token = 0; token < Logits.Length; token++)
        {
            if (expected[token] == 0)
            {
                Assert.True(counts[token] == 0, $"{name}: token {token} is impossible");
                continue;
            }

            possible++;
            chiSquare += Math.Pow(counts[token] - (Draws * expected[token]), 2) / (Draws * expected[token]);
        }

        // The 99.99 % quantile of chi-square with 9 degrees of freedom; fewer degrees only make it easier to pass by chance.
        Assert.True(chiSquare < 33.7, $"{name}: chi-square is {chiSquare} over {possible} tokens");
    }

    [Fact]
    public void Seeds_draw_independently_of_one_another()
    {
        var sampler = new TokenSampler(Logits.Length);
        double[] expected = Expected(new SamplingOptions());
        var counts = new int[Logits.Length];
        for (int seed = 0; seed < Draws; seed++) counts[sampler.Sample(Logits, new SamplingOptions(), seed, position: 0)]++;
        for (int token = 0; token < Logits.Length; token++) Assert.Equal(expected[token], (double)counts[token] / Draws, 0.02);
    }

    [Fact]
    public void A_cut_keeps_the_same_tokens_in_a_large_vocabulary_as_sorting_all_of_it()
    {
        const int Size = 5_000;
        var random = new Random(3);
        var sampler = new TokenSampler(Size);
        for (int round = 0; round < 40; round++)
        {
            float spread = (float)Math.Pow(10, random.NextDouble() * 3);
            // At most zero, so that the plain exponentials of the expected set stay finite.
            float[] logits = [.. Enumerable.Range(0, Size).Select(_ => -random.NextSingle() * spread)];
            var options = new SamplingOptions { TopK = random.Next(2) * random.Next(1, 400), TopP = 0.05f + (0.9f * random.NextSingle()) };
            HashSet<int> kept = [.. Kept(logits, options)];
            for (int i = 0; i < 20; i++) Assert.Contains(sampler.Sample(logits, options, round, i), kept);
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Broken_logits_are_refused(float broken)
    {
        float[] logits = [.. Logits];
        logits[5] = broken;
        var sampler = new TokenSampler(logits.Length);
        Assert.Throws<InvalidDataException>(() => sampler.Sample(logits, new SamplingOptions { Temperature = 0 }, 0, 0));
        Assert.Throws<InvalidDataException>(() => sampler.Sample(logits, new SamplingOptions(), 0, 0));
    }

    [Fact]
    public void Uniform_numbers_fill_the_unit_interval_evenly_and_depend_on_seed_and_position_only()
    {
        var counts = new int[100];
        for (int position = 0; position < 100_000; position++)
        {
            double value = CounterRandom.Uniform(-5, position);
            Assert.Equal(value, CounterRandom.Uniform(-5, position));
            counts[(int)(value * 100)]++;
        }

        double chiSquare = counts.Sum(count => Math.Pow(count - 1000, 2) / 1000.0);
        Assert.InRange(chiSquare, 50, 165);
        Assert.NotEqual(CounterRandom.Uniform(1, 2), CounterRandom.Uniform(2, 1));
    }

    private static double[] Expected(SamplingOptions options)
    {
        var expected = new double[Logits.Length];
        List<int> kept = Kept(Logits, options);
        double sum = kept.Sum(token => Weight(Logits[token], options));
        foreach (int token in kept) expected[token] = Weight(Logits[token], options) / sum;
        return expected;
    }

    private static List<int> Kept(float[] logits, SamplingOptions options)
    {
        List<int> best = [.. Enumerable.Range(0, logits.Length).OrderByDescending(token => logits[token]).ThenBy(token => token)];
        best.RemoveAll(token => Weight(logits[token], options) < options.MinP * Weight(logits[best[0]], options));
        if (options.TopK > 0 && options.TopK < best.Count) best = best[..options.TopK];
        double sum = best.Sum(token => Weight(logits[token], options));
        var kept = new List<int>();
        for (double mass = 0; kept.Count < best.Count && (kept.Count == 0 || mass < options.TopP * sum);)
        {
            mass += Weight(logits[best[kept.Count]], options);
            kept.Add(best[kept.Count]);
        }

        return options.TypicalP < 1 ? Typical(kept, logits, options) : kept;
    }

    private static List<int> Typical(List<int> kept, float[] logits, SamplingOptions options)
    {
        double sum = kept.Sum(token => Weight(logits[token], options));
        double Probability(int token) => Weight(logits[token], options) / sum;
        double entropy = kept.Where(token => Probability(token) > 0).Sum(token => -Probability(token) * Math.Log(Probability(token)));
        var typical = new List<int>();
        double mass = 0;
        foreach (int token in kept.OrderBy(token => Math.Abs(-Math.Log(Probability(token)) - entropy)))
        {
            if (typical.Count > 0 && mass >= options.TypicalP) break;
            typical.Add(token);
            mass += Probability(token);
        }

        return typical;
    }

    private static double Weight(float logit, SamplingOptions options) => Math.Exp(logit / (double)options.Temperature);
}
