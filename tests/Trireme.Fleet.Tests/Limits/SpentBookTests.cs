using Trireme.Fleet.Limits;

namespace Trireme.Fleet.Tests.Limits;

public sealed class SpentBookTests
{
    private static readonly DateTimeOffset Noon = new(2026, 2, 27, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_was_spent_is_known_by_day_and_by_month_until_they_are_over()
    {
        var book = new SpentBook();
        book.Add("key", "a", Spent.Now(10), Noon);
        book.Add("key", "a", new Spent(1, 100), Noon);
        book.Add("tenant", "a", Spent.Now(7), Noon);
        Assert.Equal(new Spent(11, 110), book.Of("key", "a", Noon));
        Assert.Equal(new Spent(7, 7), book.Of("tenant", "a", Noon));
        Assert.Equal(default, book.Of("key", "b", Noon));
        Assert.Equal(new Spent(0, 110), book.Of("key", "a", Noon.AddDays(1)));
        Assert.Equal(default, book.Of("key", "a", Noon.AddDays(2)));
        Assert.Equal(0, book.Count);
    }

    [Fact]
    public void Who_spends_nothing_takes_no_room()
    {
        var book = new SpentBook();
        book.Add("key", "a", default, Noon);
        Assert.Equal(0, book.Count);
    }

    [Fact]
    public void A_budget_that_is_set_later_begins_with_what_was_spent()
    {
        var now = new LimitTime(TimeSpan.FromHours(1), Noon);
        var scope = new LimitScope("key", "a");
        scope.Limit(new UsageLimits { CostPerDay = 100, CostPerMonth = 1000 });
        scope.Restore(new Spent(60, 600), now);
        Assert.Equal(40, Denied(scope, 41).Free);
        scope.Add(new Spent(0, 390), now);
        Assert.Equal((LimitKind.CostPerMonth, 10L), (Denied(scope, 11).Kind, Denied(scope, 11).Free));

        LimitDenial Denied(LimitScope holder, long cost)
        {
            var prices = new TokenPrices(cost, cost, cost);
            return RequestMeter.TryBegin([holder], 1, prices, now, out _)!;
        }
    }

    [Fact]
    public void A_holder_is_idle_when_nothing_runs_and_its_minute_is_over()
    {
        var now = new LimitTime(TimeSpan.FromHours(1), Noon);
        var scope = new LimitScope("key", "a");
        scope.Limit(new UsageLimits { RequestsPerMinute = 5, TokensPerMinute = 50 });
        RequestMeter.TryBegin([scope], 1, default, now, out RequestMeter? meter);
        Assert.False(scope.IsIdle(now));
        meter!.End();
        Assert.False(scope.IsIdle(now));
        Assert.True(scope.IsIdle(new LimitTime(now.Steady + TimeSpan.FromSeconds(62), now.Utc)));
    }
}
