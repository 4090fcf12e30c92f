using Trireme.Contracts.Resources;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Tests.Services;

namespace Trireme.Fleet.Tests.Scaling;

public sealed class StartupLedgerTests
{
    [Fact]
    public void A_start_is_told_phase_by_phase_with_what_it_is_expected_to_take()
    {
        StartupLedger ledger = StartupLedger.Empty.With([], At(0));
        ledger = ledger.With([Replica("a", ReplicaPhase.Pending)], At(1));
        Assert.Equal("create 0 s so far, load not begun", Words(ledger));
        ledger = ledger.With([Replica("a", ReplicaPhase.Starting, startedAt: true)], At(3));
        ledger = ledger.With([Replica("a", ReplicaPhase.Starting, startedAt: true)], At(8));
        Assert.Equal("create 2 s, load 5 s so far", Words(ledger));
        Assert.True(ledger.IsStarting);
        ledger = ledger.With([Replica("a", ReplicaPhase.Ready, startedAt: true, ("weights", 6), ("listen", 1))], At(13));
        Assert.False(ledger.IsStarting);
        Assert.Equal("create 2 s (forecast 2 s), load 10 s (forecast 10 s)", Words(ledger));
        Assert.Equal(["create", "load", "weights", "listen"], ledger.Phases.Select(static phase => phase.Phase));
        Assert.Equal(TimeSpan.FromSeconds(12), ledger.Forecast);
    }

    [Fact]
    public void The_forecast_follows_further_starts_slowly()
    {
        StartupLedger ledger = Started(StartupLedger.Empty.With([], At(0)), "a", from: 0, takes: 10);
        ledger = Started(ledger, "b", from: 100, takes: 20);
        Assert.Equal(13, ledger.Forecast.TotalSeconds, 0.01);
    }

    [Fact]
    public void Replicas_that_were_there_before_are_not_measured()
    {
        StartupLedger ledger = StartupLedger.Empty.With([Replica("a", ReplicaPhase.Starting, startedAt: true)], At(0));
        ledger = ledger.With([Replica("a", ReplicaPhase.Ready, startedAt: true)], At(1));
        Assert.Empty(ledger.Phases);
        Assert.Equal(TimeSpan.FromSeconds(30), ledger.Forecast);
    }

    [Fact]
    public void A_restart_goes_on_with_what_was_recorded()
    {
        StartupLedger ledger = Started(StartupLedger.Empty.With([], At(0)), "a", from: 0, takes: 10);
        var recorded = new ScalingStatus { Desired = 1, Reason = "", Startup = ledger.Phases };
        Assert.Equal(ledger.Forecast, StartupLedger.Read(recorded).Forecast);
    }

    private static StartupLedger Started(StartupLedger ledger, string name, int from, int takes)
    {
        ledger = ledger.With([Replica(name, ReplicaPhase.Starting, startedAt: true)], At(from));
        return ledger.With([Replica(name, ReplicaPhase.Ready, startedAt: true)], At(from + takes)).With([], At(from + takes + 1));
    }

    private static string? Words(StartupLedger ledger) =>
        StartupWords.Of(new ScalingStatus { Desired = 1, Reason = "", Startup = ledger.Phases });

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(1000 + seconds);

    private static ModelReplica Replica(
        string name, ReplicaPhase phase, bool startedAt = false, params (string Stage, double Seconds)[] stages)
    {
        ModelReplica replica = ServiceWorld.Replica(name, "h1", phase);
        return replica with
        {
            Status = replica.Status! with
            {
                StartedAt = startedAt ? ServiceWorld.Now : null,
                Startup = [.. stages.Select(static stage => new StartupStage { Stage = stage.Stage, Seconds = stage.Seconds })],
            },
        };
    }
}
