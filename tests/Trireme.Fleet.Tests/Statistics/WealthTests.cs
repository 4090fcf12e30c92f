using Trireme.Contracts.Resources;
using Trireme.Fleet.Statistics;

namespace Trireme.Fleet.Tests.Statistics;

public class WealthTests
{
    [Fact]
    public void Fair_bets_leave_the_mean_of_all_money_where_it_was()
    {
        // Every outcome of eight fair bets, each of which doubles what is on the table or takes half of it.
        double sum = 0;
        for (int pattern = 0; pattern < 256; pattern++)
        {
            BetEvidence evidence = new();
            double chance = 1;
            for (int bet = 0; bet < 8; bet++)
            {
                bool won = (pattern >> bet & 1) == 1;
                chance *= won ? 1 / 3.0 : 2 / 3.0;
                evidence = Wealth.After(evidence, [Math.Log(won ? 2 : 0.5)]);
            }

            sum += chance * (Math.Exp(evidence.LogWealth[0]) + (0.2 / 8));
        }

        Assert.Equal(1, sum, 9);
    }

    [Fact]
    public void The_chance_of_ever_reaching_a_level_is_at_most_the_level()
    {
        const int runs = 4000;
        int reached = 0;
        for (int run = 0; run < runs; run++)
        {
            var random = new Random(run);
            BetEvidence evidence = new();
            for (int bet = 0; bet < 300; bet++) evidence = SymmetryBets.After(evidence, random.NextDouble() - 0.5, 0.3, 1);
            if (Wealth.PValue(evidence) <= 0.05) reached++;
        }

        Assert.InRange(reached / (double)runs, 0, 0.05 + (3 * Math.Sqrt(0.05 * 0.95 / runs)));
    }

    [Fact]
    public void What_turns_bad_after_a_long_good_time_is_found()
    {
        BetEvidence evidence = new();
        for (int bet = 0; bet < 1000; bet++) evidence = SymmetryBets.After(evidence, -2, 0.5, 1);
        Assert.Equal(1, Wealth.PValue(evidence));
        for (int bet = 0; bet < 40; bet++) evidence = SymmetryBets.After(evidence, 2, 0.5, 1);
        Assert.InRange(Wealth.PValue(evidence), 0, 0.001);
    }
}
