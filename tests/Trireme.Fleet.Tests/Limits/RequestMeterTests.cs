using Trireme.Fleet.Limits;

namespace Trireme.Fleet.Tests.Limits;

public sealed class RequestMeterTests
{
    private static readonly TokenPrices Prices = new(Prompt: 2, CachedPrompt: 1, Output: 10);

    private LimitTime _now = new(TimeSpan.FromHours(1), new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Fifty_streams_that_want_more_together_get_all_there_is_and_no_more()
    {
        LimitScope key = Scope(new UsageLimits { TokensPerMinute = 1000 });
        List<RequestMeter> running = [.. Enumerable.Range(0, 50).Select(_ => Begin([key], prompt: 4)).OfType<RequestMeter>()];
        Assert.Equal(50, running.Count);
        while (running.Count > 0) running.RemoveAll(meter => meter.TakeOutput(1, _now) is not null);
        Assert.NotNull(RequestMeter.TryBegin([key], 1, Prices, _now, out _));
        Advance(TimeSpan.FromSeconds(61));
        Assert.Null(RequestMeter.TryBegin([key], 1000, Prices, _now, out _));
    }

    [Fact]
    public void Two_hundred_first_calls_at_once_never_pass_a_budget()
    {
        LimitScope tenant = Scope(new UsageLimits { CostPerMonth = 5000 });
        RequestMeter[] meters = [.. Enumerable.Range(0, 200).Select(_ => Begin([tenant], prompt: 5)).OfType<RequestMeter>()];
        while (meters.Any(meter => meter.Output < 100 && meter.TakeOutput(3, _now) is null)) Advance(TimeSpan.FromMilliseconds(1));
        Assert.InRange(meters.Sum(meter => meter.Cost), 5000 - 30 + 1, 5000);
    }

    [Fact]
    public void A_denial_says_whose_limit_it_is_what_is_left_and_when_to_come_again()
    {
        LimitScope key = Scope(new UsageLimits { TokensPerMinute = 100, RequestsPerMinute = 2 });
        LimitScope tenant = new("tenant", "t");
        Begin([key, tenant], prompt: 60);
        Advance(TimeSpan.FromSeconds(30));
        LimitDenial denial = RequestMeter.TryBegin([key, tenant], 50, Prices, _now, out RequestMeter? none)!;
        Assert.Null(none);
        Assert.Equal((key, LimitKind.TokensPerMinute, 100, 40, 50), (denial.Scope, denial.Kind, denial.Limit, denial.Free, denial.Asked));
        Assert.Equal(TimeSpan.FromSeconds(31), denial.RetryAfter);
        Assert.NotNull(Begin([key, tenant], prompt: 1));
        Assert.Equal(LimitKind.RequestsPerMinute, RequestMeter.TryBegin([key], 1, Prices, _now, out _)!.Kind);
    }

    [Fact]
    public void A_limit_that_denies_takes_nothing_from_the_others()
    {
        LimitScope key = Scope(new UsageLimits { TokensPerMinute = 100, ConcurrentRequests = 5 });
        LimitScope service = Scope(new UsageLimits { ConcurrentRequests = 1 });
        RequestMeter first = Begin([key, service], prompt: 10)!;
        Assert.Equal(LimitKind.ConcurrentRequests, RequestMeter.TryBegin([key, service], 10, Prices, _now, out _)!.Kind);
        Assert.Equal(1, key.Active);
        first.End();
        first.End();
        Assert.Equal((0, 0), (key.Active, service.Active));
        Assert.NotNull(Begin([key, service], prompt: 90));
    }

    [Fact]
    public void A_prompt_is_corrected_before_anything_is_seen()
    {
        LimitScope key = Scope(new UsageLimits { TokensPerMinute = 100, CostPerDay = 1000 });
        RequestMeter less = Begin([key], prompt: 50)!;
        Assert.Null(less.CountPrompt(10, cached: 4, _now));
        Assert.Equal((10, 16), (less.Prompt, less.Cost));
        RequestMeter more = Begin([key], prompt: 5)!;
        Assert.Equal(LimitKind.TokensPerMinute, more.CountPrompt(96, cached: 0, _now)!.Kind);
        Assert.Equal(96, more.Prompt);
        Assert.True(more.IsPromptDenied);
    }

    [Fact]
    public void What_no_engine_has_seen_is_given_back()
    {
        LimitScope key = Scope(new UsageLimits { TokensPerMinute = 100, CostPerDay = 200 });
        RequestMeter meter = Begin([key], prompt: 100)!;
        meter.EndUnused();
        Assert.Equal(0, key.Active);
        Assert.NotNull(Begin([key], prompt: 100));
    }

    [Fact]
    public void Other_limits_hold_from_then_on_and_what_was_used_stays_used()
    {
        LimitScope key = Scope(new UsageLimits { TokensPerMinute = 100 });
        Begin([key], prompt: 60);
        key.Limit(new UsageLimits { TokensPerMinute = 70, CostPerDay = 10_000 });
        Assert.Equal(10, RequestMeter.TryBegin([key], 11, Prices, _now, out _)!.Free);
        key.Limit(new UsageLimits());
        Assert.NotNull(Begin([key], prompt: 1_000_000));
    }

    private static LimitScope Scope(UsageLimits limits)
    {
        var scope = new LimitScope("key", "k");
        scope.Limit(limits);
        return scope;
    }

    private RequestMeter? Begin(LimitScope[] scopes, long prompt)
    {
        RequestMeter.TryBegin(scopes, prompt, Prices, _now, out RequestMeter? meter);
        return meter;
    }

    private void Advance(TimeSpan time) => _now = new LimitTime(_now.Steady + time, _now.Utc + time);
}
