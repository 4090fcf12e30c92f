using System.Diagnostics;
using System.Globalization;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>
/// The whole control plane under virtual time: the operator over an API server in memory and a machine of pretended engines, with
/// everything between them failing by seed. A failure names its seed; TRIREME_SEED replays it.
/// </summary>
public sealed class ControlPlaneTests
{
    [Fact]
    public void The_fleet_comes_to_what_the_specs_say_whatever_went_wrong_on_the_way()
    {
        const int Schedules = 200;
        int clockChanges = 0;
        Seeds.Run(1, Schedules, seed =>
        {
            var schedule = new SimulatedSchedule(seed);
            schedule.Run();
            clockChanges += schedule.ClockChanges;
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{Schedules} schedules, the clock was set {clockChanges} times");
    }

    [Fact]
    public void A_user_who_waits_for_each_change_gets_the_same_end_with_and_without_faults() => Seeds.Run(1, 60, static seed =>
    {
        var undisturbed = new SimulatedSchedule(seed, faultRate: 0);
        undisturbed.Run(patient: true);
        var disturbed = new SimulatedSchedule(seed);
        disturbed.Run(patient: true);
        Assert.Equal(undisturbed.Outcome, disturbed.Outcome);
    });

    [Fact]
    public void The_same_seed_gives_the_same_run_to_the_last_write()
    {
        var first = new SimulatedSchedule(7);
        var second = new SimulatedSchedule(7);
        first.Run();
        second.Run();
        Assert.Equal(first.Trace, second.Trace);
    }

    [Fact]
    [Trait("Category", "Soak")]
    public void The_fleet_comes_to_what_the_specs_say_in_ten_thousand_schedules()
    {
        const int Schedules = 10_000;
        var watch = Stopwatch.StartNew();
        Seeds.RunInParallel(100_000, Schedules, static seed => new SimulatedSchedule(seed).Run());
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{Schedules} schedules, {Schedules / watch.Elapsed.TotalSeconds:0} per second"));
    }
}
