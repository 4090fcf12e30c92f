using CsCheck;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Statistics;

namespace Trireme.Fleet.Tests.Statistics;

public class SymmetryBetsTests
{
    [Fact]
    public void No_player_expects_to_win_of_differences_that_lie_about_zero_or_below_it() =>
        Gen.Select(Gen.Double[0, 100], Gen.Double[0.001, 10], Gen.Double[0, 5], Gen.Int[0, 1]).Sample((size, spread, below, side) =>
        {
            int direction = side == 0 ? 1 : -1;
            IReadOnlyList<double> up = After(direction * (size - below), spread, direction);
            IReadOnlyList<double> down = After(direction * (-size - below), spread, direction);
            for (int i = 0; i < up.Count; i++) Assert.InRange((Math.Exp(up[i]) + Math.Exp(down[i])) / 2, 0, 1 + 1e-9);
        }, threads: 1);

    [Fact]
    public void One_block_never_more_than_doubles_the_money() =>
        Assert.All(After(1e9, 1e-6, 1), static log => Assert.InRange(log, 0, Math.Log(2)));

    [Fact]
    public void One_block_never_takes_all_of_it() =>
        Assert.All(After(-1e9, 1e-6, 1), static log => Assert.Equal(Math.Log(0.1), log, 9));

    [Fact]
    public void The_spread_is_that_of_the_blocks_whatever_they_are_centred_on()
    {
        Assert.Equal(0.5, SymmetryBets.Spread(0, 0, 0), 12);
        var random = new Random(5);
        double[] values = [.. Enumerable.Range(0, 2000).Select(_ => 7 + random.NextDouble() + random.NextDouble())];
        double spread = SymmetryBets.Spread(values.Length, values.Sum(), values.Sum(v => v * v));
        Assert.InRange(spread, Math.Sqrt(1 / 6.0) * 0.97, Math.Sqrt(1 / 6.0) * 1.03);
        Assert.InRange(SymmetryBets.Spread(1_000_000, 0, 0), 1e-7, 0.001);
    }

    [Fact]
    public void The_p_value_keeps_the_most_that_the_players_ever_had()
    {
        BetEvidence evidence = new();
        for (int i = 0; i < 12; i++) evidence = SymmetryBets.After(evidence, 2, 0.5, 1);
        double least = Wealth.PValue(evidence);
        Assert.InRange(least, 0, 0.002);
        for (int i = 0; i < 12; i++) evidence = SymmetryBets.After(evidence, -2, 0.5, 1);
        Assert.Equal(least, Wealth.PValue(evidence));
    }

    /// <summary>What the first bet multiplies each player's money by.</summary>
    private static IReadOnlyList<double> After(double excess, double spread, int direction)
    {
        double[] atStake = [.. SymmetryBets.After(new BetEvidence(), 0, spread, direction).LogWealth];
        return [.. SymmetryBets.After(new BetEvidence(), excess, spread, direction).LogWealth.Select((log, i) => log - atStake[i])];
    }
}
