using CsCheck;
using Trireme.Fleet.Statistics;

namespace Trireme.Fleet.Tests.Statistics;

public class SignedRankTestTests
{
    [Theory]
    [InlineData(new[] { 1.0, 2, 3, 4, 5, 6 }, 1 / 64.0)]
    [InlineData(new[] { -1.0, 2, 3, 4, 5, 6 }, 2 / 64.0)]
    [InlineData(new[] { -1.0, -2, -3, -4 }, 1.0)]
    [InlineData(new[] { 0.0, 0, 0 }, 1.0)]
    [InlineData(new[] { 0.0, 1, 2, 3 }, 1 / 8.0)]
    // Equal magnitudes share a rank: only the count of signs is left.
    [InlineData(new[] { 1.0, 1, 1, -1 }, 5 / 16.0)]
    public void Few_pairs_have_the_exact_chance(double[] differences, double expected) =>
        Assert.Equal(expected, SignedRankTest.UpperTail(differences), 12);

    [Fact]
    public void The_exact_tail_equals_the_count_over_all_sign_patterns() =>
        Gen.Int[-6, 6].Array[1, 10].Sample(values =>
        {
            double[] differences = [.. values.Select(v => (double)v)];
            double[] kept = [.. differences.Where(d => d != 0)];
            double seen = RankSum(kept);
            int extreme = 0;
            for (int pattern = 0; pattern < 1 << kept.Length; pattern++)
            {
                double[] signed = [.. kept.Select((d, i) => (pattern >> i & 1) == 1 ? Math.Abs(d) : -Math.Abs(d))];
                if (RankSum(signed) >= seen) extreme++;
            }

            double expected = kept.Length == 0 ? 1 : extreme / (double)(1 << kept.Length);
            Assert.Equal(expected, SignedRankTest.UpperTail(differences), 9);
        }, iter: 200, threads: 1);

    [Fact]
    public void Many_pairs_use_an_approximation_that_agrees_with_the_exact_tail()
    {
        var random = new Random(7);
        double[] hundred = [.. Enumerable.Range(0, 100).Select(_ => random.NextDouble() - 0.4)];
        double[] more = [.. hundred, 1e-9];
        Assert.Equal(SignedRankTest.UpperTail(hundred), SignedRankTest.UpperTail(more), 2);
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(1.6448536, 0.05)]
    [InlineData(3.0902323, 0.001)]
    [InlineData(-1.2815516, 0.9)]
    public void The_normal_tail_has_its_tabled_values(double z, double expected) =>
        Assert.Equal(expected, NormalDistribution.UpperTail(z), 6);

    private static double RankSum(double[] values) => values
        .Where(v => v > 0)
        .Sum(v => values.Count(o => Math.Abs(o) < Math.Abs(v)) + ((values.Count(o => Math.Abs(o) == Math.Abs(v)) + 1) / 2.0));
}
