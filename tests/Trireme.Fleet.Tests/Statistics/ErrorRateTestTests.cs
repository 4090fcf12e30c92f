using CsCheck;
using Trireme.Fleet.Statistics;

namespace Trireme.Fleet.Tests.Statistics;

public class ErrorRateTestTests
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

        Assert.Equal(bestRate, ErrorRateTest.ConstrainedRate(new ErrorCount(x2, n2), new ErrorCount(x1, n1), margin), 4);
    }

    [Theory]
    // With one request each and no margin the only extreme table has chance p(1-p), at most 1/4; with two each (p(1-p)) squared.
    [InlineData(0, 1, 1, 1, 0.0, 0.25)]
    [InlineData(0, 2, 2, 2, 0.0, 0.0625)]
    // With margin 0.5 and rates (0, 0.5) the chance of (0 of 1, 1 of 1) is largest at baseline 0.25: 0.75 * 0.75.
    [InlineData(0, 1, 1, 1, 0.5, 0.5625)]
    public void Small_tables_have_the_chance_summed_by_hand(int x2, int n2, int x1, int n1, double margin, double expected) =>
        Assert.Equal(expected, ErrorRateTest.UpperTail(new ErrorCount(x2, n2), new ErrorCount(x1, n1), margin), 3);

    [Fact]
    public void A_wrong_verdict_is_never_likelier_than_its_level_even_with_few_requests()
    {
        // Every table of two small samples is enumerated, so this is the true size of the test, not an estimate.
        const double level = 0.05;
        foreach ((int n2, int n1, double margin) in new[] { (20, 20, 0.01), (30, 10, 0.0), (12, 25, 0.1), (40, 20, 0.01) })
        {
            double[,] pValues = new double[n2 + 1, n1 + 1];
            for (int x2 = 0; x2 <= n2; x2++)
            {
                for (int x1 = 0; x1 <= n1; x1++) pValues[x2, x1] = P(x2, n2, x1, n1, margin);
            }

            foreach (double rate in new[] { 0.0, 0.003, 0.02, 0.07, 0.15, 0.33, 0.5, 0.8 })
            {
                double size = 0;
                for (int x2 = 0; x2 <= n2; x2++)
                {
                    for (int x1 = 0; x1 <= n1; x1++)
                    {
                        if (pValues[x2, x1] < level) size += Binomial(n2, x2, rate) * Binomial(n1, x1, Math.Min(1, rate + margin));
                    }
                }

                Assert.True(size <= level + 0.001, $"size {size} at n=({n2},{n1}), margin {margin}, rate {rate}");
            }
        }
    }

    [Fact]
    public void More_errors_of_the_candidate_never_raise_the_p_value() =>
        Gen.Select(Gen.Int[1, 120], Gen.Int[1, 120], Gen.Double[0, 0.2]).Sample((n2, n1, margin) =>
        {
            for (int x2 = 0; x2 <= n2; x2 += 1 + (n2 / 3))
            {
                for (int x1 = 0; x1 < n1; x1++) Assert.True(P(x2, n2, x1 + 1, n1, margin) <= P(x2, n2, x1, n1, margin) + 1e-9);
            }
        }, iter: 30, threads: 1);

    // The exact test takes the worst baseline rate, so it is the more careful one, but no longer by much.
    [Fact]
    public void The_exact_and_the_asymptotic_test_come_close_where_samples_are_large()
    {
        double exact = ErrorRateTest.UpperTail(new ErrorCount(60, 2000), new ErrorCount(105, 2000), 0.01);
        double asymptotic = NormalDistribution.UpperTail(ErrorRateTest.Score(new ErrorCount(60, 2000), new ErrorCount(105, 2000), 0.01));
        Assert.InRange(exact / asymptotic, 1, 2);
    }

    private static double P(int x2, int n2, int x1, int n1, double margin) =>
        ErrorRateTest.UpperTail(new ErrorCount(x2, n2), new ErrorCount(x1, n1), margin);

    private static double Binomial(int n, int k, double p)
    {
        double value = Math.Pow(p, k) * Math.Pow(1 - p, n - k);
        for (int i = 1; i <= k; i++) value *= (n - k + i) / (double)i;
        return value;
    }
}
