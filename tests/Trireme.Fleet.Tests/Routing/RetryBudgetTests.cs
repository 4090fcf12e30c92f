using Trireme.Fleet.Routing;

namespace Trireme.Fleet.Tests.Routing;

public class RetryBudgetTests
{
    [Fact]
    public void Retries_are_the_reserve_and_a_share_of_the_answers_whatever_the_concurrency()
    {
        const int answers = 10_000;
        var budget = new RetryBudget(ratio: 0.2, reserve: 20);
        int spent = 0;
        while (budget.TrySpend()) spent++;
        Assert.Equal(20, spent);
        Parallel.For(0, answers, _ =>
        {
            budget.Earn();
            if (budget.TrySpend()) Interlocked.Increment(ref spent);
        });
        while (budget.TrySpend()) spent++;
        Assert.Equal(20 + (answers / 5), spent);
    }

    [Fact]
    public void No_more_is_saved_up_than_the_reserve()
    {
        var budget = new RetryBudget(ratio: 0.2, reserve: 3);
        for (int i = 0; i < 1000; i++) budget.Earn();
        int spent = 0;
        while (budget.TrySpend()) spent++;
        Assert.Equal(3, spent);
        Assert.False(budget.CanSpend);
    }
}
