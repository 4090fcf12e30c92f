using CsCheck;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Statistics;

namespace Trireme.Fleet.Tests.Statistics;

public class RateBetsTests
{
    [Theory]
    [InlineData(3, 20, 9, 20, 0.0)]
    [InlineData(0, 50, 4, 20, 0.01)]
    [InlineData(10, 400, 25, 300, 0.02)]
    public void The_constrained_rate_has_the_highest_likelihood(int x2, int n2, int x1, int n1, double margin)
    {
        double best = double.MinValue;
        double bestRate = 0;
        for (double rate = margin + 1e-6; rate < 1; rate += 1e-5)
        {
            double other = rate - margin;
            double logLikelihood = (x1 * Math.Log(rate)) + ((n1 - x1) * Math.Log(1 - rate))
                + (x2 == 0 ? 0 : x2 * Math.Log(other)) + ((n2 - x2) * Math.Log(1 - other));
            if (logLikelihood <= best) continue;
            best = logLikelihood;
            bestRate = rate;
        }

        (double low, double high) = RateBets.ConstrainedRates((x2 / (double)n2, n2), (x1 / (double)n1, n1), margin);
        Assert.Equal(bestRate, high, 4);
        Assert.Equal(high - margin, low, 12);
    }

    [Fact]
    public void No_player_expects_to_win_while_the_rates_are_within_the_margin()
    {
        // All tables of a block are enumerated: this is each player's true expectation, not an estimate.
        foreach ((int n2, int n1, double margin) in new[] { (1, 1, 0.0), (12, 3, 0.01), (3, 12, 0.01), (20, 20, 0.1), (0, 5, 0.0) })
        {
            foreach (HitCount known in new HitCount[] { new(0, 0), new(0, 5000), new(40, 400), new(390, 400) })
            {
                foreach (double rate in new[] { 0.0, 0.001, 0.02, 0.3, 0.7, 0.9 })
                {
                    foreach (double rise in new[] { margin, margin / 2, -0.05 })
                    {
                        double other = Math.Clamp(rate + rise, 0, 1);
                        Assert.All(Expectations(known, (n2, rate), (n1, other), margin), mean => Assert.InRange(mean, 0, FirstBet + 1e-9));
                    }
                }
            }
        }
    }

    [Fact]
    public void More_hits_of_the_second_stream_never_make_less_evidence() =>
        Gen.Select(Gen.Int[0, 50], Gen.Int[1, 50], Gen.Double[0, 0.2]).Sample((n2, n1, margin) =>
        {
            double last = double.MinValue;
            for (int hits = 0; hits <= n1; hits++)
            {
                double peak = After(new(0, 0), new(0, n2), new(hits, n1), margin).LogWealth.Max();
                Assert.True(peak >= last - 1e-12);
                last = peak;
            }
        }, iter: 100, threads: 1);

    [Fact]
    public void One_burst_is_not_enough_and_several_are()
    {
        BetEvidence evidence = new();
        for (int block = 0; block < 3; block++)
        {
            if (block == 1) Assert.InRange(Wealth.PValue(evidence), 1 / 30.0, 1);
            evidence = RateBets.After(evidence, new(0, 1000), new(0, 100), new(100, 100), 0.01);
        }

        Assert.InRange(Wealth.PValue(evidence), 0, 0.001);
    }

    /// <summary>What players have on the table before the first block.</summary>
    private const double FirstBet = 0.8;

    private static BetEvidence After(HitCount known, HitCount low, HitCount high, double margin) =>
        RateBets.After(new BetEvidence(), known, low, high, margin);

    private static double[] Expectations(HitCount known, (int Requests, double Rate) low, (int Requests, double Rate) high, double margin)
    {
        double[]? sums = null;
        for (int x2 = 0; x2 <= low.Requests; x2++)
        {
            for (int x1 = 0; x1 <= high.Requests; x1++)
            {
                double chance = Binomial(low.Requests, x2, low.Rate) * Binomial(high.Requests, x1, high.Rate);
                IReadOnlyList<double> logs = After(known, new(x2, low.Requests), new(x1, high.Requests), margin).LogWealth;
                sums ??= new double[logs.Count];
                for (int i = 0; i < sums.Length; i++) sums[i] += chance * Math.Exp(logs[i]);
            }
        }

        return sums!;
    }

    private static double Binomial(int n, int k, double p)
    {
        double value = Math.Pow(p, k) * Math.Pow(1 - p, n - k);
        for (int i = 1; i <= k; i++) value *= (n - k + i) / (double)i;
        return value;
    }
}
