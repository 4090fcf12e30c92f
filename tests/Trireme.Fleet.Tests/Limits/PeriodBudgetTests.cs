using Trireme.Fleet.Limits;

namespace Trireme.Fleet.Tests.Limits;

public sealed class PeriodBudgetTests
{
    private static readonly DateTimeOffset Noon = new(2026, 2, 28, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(BudgetPeriod.Day, 12)]
    [InlineData(BudgetPeriod.Month, 12)]
    public void A_budget_is_whole_again_when_its_period_is_over(BudgetPeriod period, int hours)
    {
        var budget = new PeriodBudget(period, 100);
        budget.Take(100, Noon);
        Assert.Equal(0, budget.Free(Noon));
        Assert.Equal(TimeSpan.FromHours(hours), budget.WaitFor(1, Noon));
        Assert.Null(budget.WaitFor(101, Noon));
        Assert.Equal(100, budget.Free(Noon.AddHours(hours)));
    }

    [Fact]
    public void A_clock_that_is_set_back_opens_no_spent_period()
    {
        var budget = new PeriodBudget(BudgetPeriod.Day, 100);
        budget.Take(100, Noon);
        Assert.Equal(0, budget.Free(Noon.AddDays(-1)));
        Assert.Equal(0, budget.Free(Noon));
    }

    [Fact]
    public void What_a_ledger_knows_is_not_spent_again()
    {
        var budget = new PeriodBudget(BudgetPeriod.Month, 100);
        budget.Restore(Noon, 60);
        budget.Take(10, Noon);
        budget.Restore(Noon, 60);
        Assert.Equal(30, budget.Free(Noon));
        budget.GiveBack(5, budget.Began);
        budget.GiveBack(50, budget.Began.AddMonths(-1));
        Assert.Equal(35, budget.Free(Noon));
    }
}
