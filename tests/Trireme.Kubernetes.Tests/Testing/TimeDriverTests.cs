using Trireme.Testing;

namespace Trireme.Kubernetes.Tests.Testing;

/// <summary>The driver that simulations and fake-time tests stand on.</summary>
public sealed class TimeDriverTests
{
    [Fact]
    public void Timers_go_off_in_their_order_at_their_times_and_time_stands_still_in_between()
    {
        using var driver = new TimeDriver();
        DateTimeOffset begun = driver.Now;
        var seen = new List<(string What, double Seconds)>();
        driver.Start(() => NoteAsync(driver, begun, seen, "late", 3));
        driver.Start(() => NoteAsync(driver, begun, seen, "early", 1));
        driver.RunUntilIdle();
        Assert.Empty(seen);
        driver.AdvanceBy(TimeSpan.FromSeconds(10));
        Assert.Equal([("early", 1), ("late", 3)], seen);
        Assert.Equal(begun.AddSeconds(10), driver.Now);
    }

    [Fact]
    public void A_periodic_timer_goes_off_each_time()
    {
        using var driver = new TimeDriver();
        int count = 0;
        using ITimer timer = driver.Time.CreateTimer(_ => count++, null, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5));
        driver.AdvanceBy(TimeSpan.FromSeconds(12));
        Assert.Equal(3, count);
    }

    [Fact]
    public void What_does_not_happen_in_its_virtual_time_is_named()
    {
        using var driver = new TimeDriver();
        using ITimer timer = driver.Time.CreateTimer(_ => { }, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        TimeoutException missed = Assert.Throws<TimeoutException>(
            () => driver.RunUntil("the ship comes in", () => false, TimeSpan.FromSeconds(30)));
        Assert.Equal("Not seen: the ship comes in; it did not happen within 30 s of virtual time.", missed.Message);
    }

    [Fact]
    public void A_wait_that_neither_work_nor_a_timer_can_end_fails_at_once()
    {
        using var driver = new TimeDriver();
        var never = new TaskCompletionSource();
        TimeoutException missed = Assert.Throws<TimeoutException>(() => driver.Await(() => never.Task, "the answer"));
        Assert.Contains("Not seen: the answer; nothing is left to run and no timer is set", missed.Message);
    }

    [Fact]
    public void Work_that_comes_back_from_another_thread_is_named()
    {
        var driver = new TimeDriver();
        using var gate = new ManualResetEventSlim();
        driver.Start(() => StrayAsync(gate));

        // It waits by now, so its continuation can only come from the other thread.
        gate.Set();
        InvalidOperationException? found = null;
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                try
                {
                    driver.RunUntilIdle();
                }
                catch (InvalidOperationException exception)
                {
                    found = exception;
                }

                return found is not null;
            },
            TimeSpan.FromSeconds(10)));
        Assert.Contains("TimeDriverTests.StrayAsync", found!.Message);
        driver.Dispose();
    }

    [Fact]
    public void The_failure_of_started_work_fails_the_test_that_drives_it()
    {
        using var driver = new TimeDriver();
        driver.Start(async () =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), driver.Time);
            throw new IOException("no");
        });
        Assert.Throws<IOException>(() => driver.AdvanceBy(TimeSpan.FromSeconds(2)));
    }

    private static async Task NoteAsync(TimeDriver driver, DateTimeOffset begun, List<(string, double)> seen, string what, int seconds)
    {
        await Task.Delay(TimeSpan.FromSeconds(seconds), driver.Time);
        seen.Add((what, (driver.Now - begun).TotalSeconds));
    }

    private static async Task StrayAsync(ManualResetEventSlim gate) => await Task.Run(() => gate.Wait(TimeSpan.FromSeconds(10)));
}
