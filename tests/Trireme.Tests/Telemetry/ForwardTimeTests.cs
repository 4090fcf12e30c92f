using Trireme.Hosting.Telemetry;
using Trireme.Testing;

namespace Trireme.Tests.Telemetry;

public sealed class ForwardTimeTests
{
    [Fact]
    public void It_follows_a_clock_that_is_set_ahead_and_goes_on_at_its_pace_when_it_is_set_back()
    {
        using var driver = new TimeDriver();
        var time = new ForwardTime(driver.Time);
        DateTimeOffset start = driver.Now;
        Assert.Equal(start, time.GetUtcNow());
        driver.AdvanceBy(TimeSpan.FromSeconds(5));
        Assert.Equal(start.AddSeconds(5), time.GetUtcNow());

        driver.SetWallClock(TimeSpan.FromMinutes(10));
        Assert.Equal(start.AddSeconds(5).AddMinutes(10), time.GetUtcNow());

        driver.SetWallClock(TimeSpan.FromHours(-1));
        driver.AdvanceBy(TimeSpan.FromSeconds(7));
        Assert.Equal(start.AddSeconds(12).AddMinutes(10), time.GetUtcNow());
        driver.AdvanceBy(TimeSpan.FromHours(2));
        Assert.Equal(start.AddSeconds(12).AddMinutes(10).AddHours(2), time.GetUtcNow());
    }
}
