using CsCheck;
using Trireme.Fleet.Limits;

namespace Trireme.Fleet.Tests.Limits;

public sealed class SlidingWindowTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>A step of a history: time that passes, and what is asked for.</summary>
    private static readonly Gen<(int Milliseconds, int Amount)[]> Histories =
        Gen.Select(Gen.Frequency((4, Gen.Int[0, 3000]), (1, Gen.Int[0, 200_000])), Gen.Int[1, 400]).Array[1, 200];

    [Fact]
    public void No_window_holds_more_than_the_limit_and_none_is_refused_that_has_room() => Histories.Sample(history =>
    {
        var window = new SlidingWindow(1000, Minute);
        var taken = new List<(TimeSpan At, long Amount)>();
        TimeSpan now = TimeSpan.FromHours(1);
        foreach ((int milliseconds, int amount) in history)
        {
            now += TimeSpan.FromMilliseconds(milliseconds);
            if (amount <= window.Free(now))
            {
                window.Take(amount, now);
                taken.Add((now, amount));
                Assert.True(Sum(taken, now, Minute) <= 1000);
                continue;
            }

            Assert.True(Sum(taken, now, Minute + (Minute / SlidingWindow.Parts)) + amount > 1000);
            TimeSpan wait = window.WaitFor(amount, now)!.Value;
            Assert.InRange(wait, TimeSpan.FromTicks(1), Minute + (Minute / SlidingWindow.Parts));
            var probe = new SlidingWindow(1000, Minute);
            foreach ((TimeSpan at, long before) in taken) probe.Take(before, at);
            Assert.True(probe.Free(now + wait - TimeSpan.FromTicks(1)) < amount);
            Assert.True(probe.Free(now + wait) >= amount);
        }
    });

    [Fact]
    public void What_is_given_back_is_free_and_what_has_left_the_window_is_not_given_back_twice()
    {
        var window = new SlidingWindow(100, Minute);
        long part = window.Take(100, TimeSpan.Zero);
        window.GiveBack(30, part);
        Assert.Equal(30, window.Free(TimeSpan.FromSeconds(1)));
        Assert.Equal(100, window.Free(TimeSpan.FromMinutes(2)));
        window.GiveBack(70, part);
        Assert.Equal(0, window.Taken);
        window.GiveBack(5, window.Take(1, TimeSpan.FromMinutes(2)));
        Assert.Equal(0, window.Taken);
    }

    [Fact]
    public void What_can_never_be_taken_has_no_time()
    {
        var window = new SlidingWindow(10, Minute);
        Assert.Null(window.WaitFor(11, TimeSpan.Zero));
        Assert.Equal(TimeSpan.Zero, window.WaitFor(10, TimeSpan.Zero));
    }

    [Fact]
    public void A_lower_limit_lets_nothing_through_until_enough_is_free()
    {
        var window = new SlidingWindow(100, Minute);
        window.Take(50, TimeSpan.Zero);
        window.Limit = 40;
        Assert.Equal(0, window.Free(TimeSpan.FromSeconds(1)));
        Assert.Equal(40, window.Free(TimeSpan.FromSeconds(61)));
    }

    private static long Sum(List<(TimeSpan At, long Amount)> taken, TimeSpan now, TimeSpan window) =>
        taken.Where(one => one.At > now - window).Sum(one => one.Amount);
}
