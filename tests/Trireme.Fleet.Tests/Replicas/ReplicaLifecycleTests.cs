using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Replicas;

namespace Trireme.Fleet.Tests.Replicas;

public sealed class ReplicaLifecycleTests
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Moment Present = new(Now, TimeSpan.FromHours(3));
    private static readonly ReplicaTimings Timings = new();

    private static readonly ReplicaRecord Running = new()
    {
        Uid = "u",
        Process = new ReplicaProcess { Pid = 1, StartTicks = 2 },
        StartedAt = Now.AddMinutes(-1),
        MemoryBytesMax = 100,
    };

    private static readonly ReplicaRecord Healthy = Running with
    {
        HealthySince = Now.AddSeconds(-30),
        ReadyAt = Now.AddSeconds(-30),
        Endpoint = "http://x",
    };

    private static readonly ReplicaVitals Fresh = ReplicaVitals.Fresh(Present.Steady);

    private static readonly ReplicaVitals Well =
        Fresh with { HealthySince = Present.Steady - TimeSpan.FromSeconds(30), WasReady = true };

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 4)]
    [InlineData(6, 32)]
    [InlineData(7, 60)]
    [InlineData(50, 60)]
    public void The_pause_before_a_restart_doubles_from_a_second_to_a_minute(int failure, int seconds)
    {
        ReplicaStep step = Advance(Running with { Failures = failure - 1 }, new ReplicaFacts { ExitCode = 1 });
        Assert.Equal((failure, Now.AddSeconds(seconds)), (step.Record.Failures, step.Record.NextStartAt!.Value));
    }

    [Fact]
    public void When_it_was_ready_is_of_the_process_that_runs()
    {
        ReplicaRecord again = ReplicaLifecycle.Started(Healthy, new ReplicaProcess { Pid = 2, StartTicks = 3 }, Now);
        Assert.Equal((Now, null), (again.StartedAt, again.ReadyAt));
        var ready = new ReplicaFacts { Alive = true, Endpoint = "http://y", Health = EngineHealth.Ready };
        Assert.Equal(Now, ReplicaLifecycle.Advance(again, Fresh, ready, Timings, Present).Record.ReadyAt);
    }

    [Fact]
    public void A_minute_of_health_forgives_earlier_failures()
    {
        ReplicaRecord record = Healthy with { Failures = 9 };
        var ready = new ReplicaFacts { Alive = true, Health = EngineHealth.Ready };
        Assert.Equal(9, ReplicaLifecycle.Advance(record, Well, ready, Timings, Present).Record.Failures);
        Assert.Equal(0, ReplicaLifecycle.Advance(record, Well, ready, Timings, Present + TimeSpan.FromSeconds(30)).Record.Failures);
    }

    [Fact]
    public void What_does_not_act_by_its_key_is_unready_at_once_and_ended_unless_it_ends_already()
    {
        var stranger = new ReplicaFacts { Alive = true, Endpoint = "http://x", Health = EngineHealth.Stranger };
        ReplicaStep step = ReplicaLifecycle.Advance(Healthy, Well, stranger, Timings, Present);
        Assert.Equal((null, ExitReason.KeyRefused), (step.Record.HealthySince, step.Kill));
        step = Advance(step.Record with { KilledFor = step.Kill }, new ReplicaFacts { ExitCode = 137 });
        Assert.Equal(ExitReason.KeyRefused, step.Record.LastExit!.Reason);
        Assert.Null(ReplicaLifecycle.Advance(Healthy with { StopRequestedAt = Now }, Well, stranger, Timings, Present).Kill);
    }

    /// <summary>The platform gives no such order: somebody else did, who has the key.</summary>
    [Fact]
    public void An_engine_that_was_put_to_sleep_is_unready_and_woken_at_once_and_ended_where_it_sleeps_on()
    {
        var asleep = new ReplicaFacts { Alive = true, Endpoint = "http://x", Health = EngineHealth.Asleep };
        ReplicaStep step = ReplicaLifecycle.Advance(Healthy, Well, asleep, Timings, Present);
        Assert.Equal((null, true, null), (step.Record.HealthySince, step.Wake, step.Kill));
        Assert.Equal(ReplicaPhase.Starting, ReplicaLifecycle.PhaseOf(step.Record, step.Vitals, Present.Steady));

        // An answer that does not come tells neither of sleep nor of its end.
        Moment later = Present + TimeSpan.FromSeconds(5);
        ReplicaStep silent = ReplicaLifecycle.Advance(
            step.Record, step.Vitals, asleep with { Health = EngineHealth.NoAnswer }, Timings, later);
        Assert.Equal((false, Present.Steady), (silent.Wake, silent.Vitals.AsleepSince!.Value));
        later = Present + Timings.WakeTimeout;
        Assert.Null(ReplicaLifecycle.Advance(silent.Record, silent.Vitals, asleep, Timings, later).Kill);
        later += TimeSpan.FromSeconds(1);
        ReplicaStep late = ReplicaLifecycle.Advance(silent.Record, silent.Vitals, asleep, Timings, later);
        Assert.Equal((ExitReason.PutToSleep, false), (late.Kill, late.Wake));

        // One that wakes is well again; one that ends anyway is left to that.
        ReplicaStep awake = ReplicaLifecycle.Advance(
            step.Record, step.Vitals, asleep with { Health = EngineHealth.Ready }, Timings, later);
        Assert.Equal((later.Wall, null, null), (awake.Record.HealthySince!.Value, awake.Vitals.AsleepSince, awake.Kill));
        ReplicaStep ending = ReplicaLifecycle.Advance(Healthy with { StopRequestedAt = Now }, Well, asleep, Timings, Present);
        Assert.Equal((false, null), (ending.Wake, ending.Kill));

        ReplicaExit exit = Advance(late.Record with { KilledFor = late.Kill }, new ReplicaFacts { ExitCode = 137 }).Record.LastExit!;
        Assert.Equal((ExitReason.PutToSleep, true), (exit.Reason, exit.Message.Contains("could not be woken", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(null, nameof(ExitReason.Vanished))]
    [InlineData(0, nameof(ExitReason.Completed))]
    [InlineData(1, nameof(ExitReason.Crashed))]
    [InlineData(137, nameof(ExitReason.Killed))]
    public void An_end_nobody_asked_for_is_named_by_its_exit_code(int? exitCode, string reason)
    {
        ReplicaStep step = Advance(Healthy, new ReplicaFacts { ExitCode = exitCode });
        Assert.Equal((reason, true), (step.Record.LastExit!.Reason.ToString(), step.Exited));
        Assert.Equal((exitCode, Healthy.StartedAt), (step.Record.LastExit.Code, step.Record.LastExit.StartedAt));
        Assert.Equal((null, null, null), (step.Record.Process, step.Record.Endpoint, step.Record.HealthySince));
    }

    [Fact]
    public void An_engine_whose_files_were_changed_says_which_and_is_not_taken_for_one_that_crashed()
    {
        var told = new ReplicaFacts { ExitCode = 7, Refusal = "/m/model.safetensors has 0 bytes and had 9." };
        ReplicaRecord record = Advance(Healthy, told).Record;
        Assert.Equal(
            (ExitReason.ModelFileChanged, "/m/model.safetensors has 0 bytes and had 9"),
            (record.LastExit!.Reason, record.LastExit.Message));
        // The next start asks the disk, so that files that were put back need no patience.
        Assert.Null(record.Refusal);
        Assert.Equal(Now + Timings.Restart.After(1), record.NextStartAt);

        // The kernel leaves no time to say anything.
        ReplicaExit cut = Advance(Healthy, new ReplicaFacts { ExitCode = 7 }).Record.LastExit!;
        Assert.Equal(ExitReason.ModelFileChanged, cut.Reason);
        Assert.Contains("cut short", cut.Message, StringComparison.Ordinal);
        Assert.Equal(ExitReason.Drained, Advance(Running with { StopRequestedAt = Now }, told).Record.LastExit!.Reason);
    }

    [Fact]
    public void An_engine_that_cannot_serve_says_why_and_is_asked_again_after_ten_minutes()
    {
        var refusal = new ReplicaFacts { ExitCode = 78, Refusal = "Serve a smaller model." };
        ReplicaRecord record = Advance(Running, refusal).Record;
        Assert.Equal((ExitReason.CannotServe, "Serve a smaller model"), (record.LastExit!.Reason, record.LastExit.Message));
        Assert.Equal(("Serve a smaller model.", Now.AddMinutes(10)), (record.Refusal!, record.NextStartAt!.Value));
        Assert.Null(ReplicaLifecycle.Started(record, new ReplicaProcess { Pid = 2, StartTicks = 3 }, Now).Refusal);
        Assert.Equal(ExitReason.Drained, Advance(Running with { StopRequestedAt = Now }, refusal).Record.LastExit!.Reason);
    }

    [Theory]
    [InlineData(0L, "sent by a person or a program: the kernel killed nothing for lack of memory")]
    [InlineData(null, "sent by a person or by the kernel for lack of memory")]
    public void A_kill_is_laid_at_the_kernels_door_only_where_its_count_does_not_tell(long? kills, string cause) =>
        Assert.Equal(
            $"signal 9 (SIGKILL, {cause}) ended it",
            Advance(Healthy, new ReplicaFacts { ExitCode = 137, KernelKills = kills }).Record.LastExit!.Message);

    [Theory]
    [InlineData(137, 1L, nameof(ExitReason.OutOfMemory))]
    [InlineData(137, 0L, nameof(ExitReason.Killed))]
    [InlineData(137, null, nameof(ExitReason.Killed))]
    [InlineData(1, 1L, nameof(ExitReason.Crashed))]
    public void The_kernels_count_tells_a_kill_for_lack_of_memory_from_one_by_a_person(int exitCode, long? kills, string reason) =>
        Assert.Equal(
            reason, Advance(Healthy, new ReplicaFacts { ExitCode = exitCode, KernelKills = kills }).Record.LastExit!.Reason.ToString());

    [Fact]
    public void An_end_that_was_asked_for_is_no_failure()
    {
        ReplicaStep step = Advance(Healthy with { StopRequestedAt = Now }, new ReplicaFacts { ExitCode = 0 });
        Assert.Equal((ExitReason.Drained, 0, null), (step.Record.LastExit!.Reason, step.Record.Failures, step.Record.NextStartAt));
    }

    [Fact]
    public void Only_a_start_after_an_end_nobody_asked_for_is_a_restart()
    {
        var process = new ReplicaProcess { Pid = 2, StartTicks = 3 };
        ReplicaRecord crashed = Advance(Running, new ReplicaFacts { ExitCode = 1 }).Record;
        ReplicaRecord restarted = ReplicaLifecycle.Started(crashed, process, Now);
        Assert.Equal(1, restarted.Restarts);

        // A platform that stops and starts again, soon after that failure.
        ReplicaRecord drained = Advance(restarted with { StopRequestedAt = Now }, new ReplicaFacts { ExitCode = 0 }).Record;
        Assert.Equal(1, ReplicaLifecycle.Started(drained, process, Now).Restarts);
        Assert.Equal(0, ReplicaLifecycle.Started(new ReplicaRecord { Uid = "u" }, process, Now).Restarts);
    }

    [Fact]
    public void Two_missed_health_checks_are_overlooked_and_the_third_ends_readiness()
    {
        ReplicaStep step = new(Healthy, Fresh);
        for (int miss = 1; miss <= 3; miss++)
        {
            step = ReplicaLifecycle.Advance(
                step.Record, step.Vitals, new ReplicaFacts { Alive = true, Health = EngineHealth.NoAnswer }, Timings, Present);
            Assert.Equal(miss < 3, step.Record.HealthySince is not null);
        }

        Assert.Null(step.Kill);
    }

    [Fact]
    public void An_engine_that_says_it_is_not_ready_gets_no_more_requests_at_once()
    {
        ReplicaStep step = Advance(Healthy, new ReplicaFacts { Alive = true, Health = EngineHealth.NotReady });
        Assert.Null(step.Record.HealthySince);
        Assert.Equal(Healthy.ReadyAt, step.Record.ReadyAt);
    }

    [Theory]
    [InlineData(29, null)]
    [InlineData(31, nameof(ExitReason.Unresponsive))]
    public void Silence_is_borne_for_half_a_minute(int seconds, string? kill)
    {
        ReplicaStep step = ReplicaLifecycle.Advance(
            Running,
            Fresh with { FailedChecks = 5 },
            new ReplicaFacts { Alive = true, Health = EngineHealth.NoAnswer },
            Timings,
            Present + TimeSpan.FromSeconds(seconds));
        Assert.Equal(kill, step.Kill?.ToString());
    }

    /// <param name="waited">Seconds that its threads were ready to run and had no processor.</param>
    /// <param name="minutes">Time without an answer.</param>
    /// <param name="kill">What follows.</param>
    [Theory]
    [InlineData(0, 1, nameof(ExitReason.Unresponsive))]
    [InlineData(20, 1, nameof(ExitReason.Unresponsive))]
    [InlineData(40, 1, null)]
    [InlineData(400, 9, null)]
    [InlineData(400, 11, nameof(ExitReason.StartupTimeout))]
    public void A_process_that_waits_for_a_processor_is_not_hung(int waited, int minutes, string? kill)
    {
        ReplicaFacts Silent(int seconds) => new()
        {
            Alive = true, Health = EngineHealth.NoAnswer, ProcessorWait = TimeSpan.FromSeconds(100 + seconds),
        };
        ReplicaStep first = ReplicaLifecycle.Advance(Running, Fresh, Silent(0), Timings, Present);
        ReplicaStep last = ReplicaLifecycle.Advance(
            first.Record, first.Vitals, Silent(waited), Timings, Present + TimeSpan.FromMinutes(minutes));
        Assert.Equal(kill, last.Kill?.ToString());

        // An answer ends the silence, and the next one is measured by itself.
        ReplicaStep answer = ReplicaLifecycle.Advance(
            first.Record, first.Vitals, new ReplicaFacts { Alive = true, Health = EngineHealth.Ready }, Timings, Present);
        Assert.Null(answer.Vitals.Silence);
    }

    [Theory]
    [InlineData(9, null)]
    [InlineData(11, nameof(ExitReason.StartupTimeout))]
    public void Loading_is_borne_for_ten_minutes(int minutes, string? kill)
    {
        ReplicaStep step = ReplicaLifecycle.Advance(
            Running,
            Fresh,
            new ReplicaFacts { Alive = true, Health = EngineHealth.NotReady },
            Timings,
            Present + TimeSpan.FromMinutes(minutes));
        Assert.Equal(kill, step.Kill?.ToString());
    }

    [Fact]
    public void Too_much_memory_is_a_reason_to_die_however_healthy() =>
        Assert.Equal(
            ExitReason.MemoryLimitExceeded, Advance(
                Healthy, new ReplicaFacts { Alive = true, Health = EngineHealth.Ready, ResidentBytes = 101 }).Kill);

    /// <summary>Nobody sees the exit code of a process that an earlier platform started.</summary>
    [Theory]
    [InlineData(137, 1, ExitReason.MemoryLimitExceeded)]
    [InlineData(null, 1, ExitReason.MemoryLimitExceeded)]
    [InlineData(137, 0, ExitReason.OutOfMemory)]
    [InlineData(139, 1, ExitReason.Killed)]
    public void What_the_kernel_ends_at_its_own_limit_is_not_for_want_of_memory_of_the_machine(int? code, long kills, ExitReason reason)
    {
        ReplicaExit exit = Advance(Healthy, new ReplicaFacts { ExitCode = code, LimitKills = kills, KernelKills = 1 }).Record.LastExit!;
        Assert.Equal(reason, exit.Reason);
        Assert.Equal(
            reason == ExitReason.MemoryLimitExceeded, exit.Message.Contains("raise spec.resources.memory", StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_reason_to_kill_is_the_one_that_is_told()
    {
        ReplicaStep step = Advance(
            Running with { KilledFor = ExitReason.Unresponsive }, new ReplicaFacts { Alive = true, ResidentBytes = 1000 });
        Assert.Equal(ExitReason.Unresponsive, step.Kill);
        Assert.Equal(ExitReason.Unresponsive, Advance(step.Record, new ReplicaFacts { ExitCode = 137 }).Record.LastExit!.Reason);
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(600)]
    public void A_clock_that_is_set_moves_no_deadline(int seconds)
    {
        // A minute passes while the clock on the wall is set.
        var later = new Moment(Now.AddMinutes(1).AddSeconds(seconds), Present.Steady + TimeSpan.FromMinutes(1));
        var silent = new ReplicaFacts { Alive = true, Health = EngineHealth.NoAnswer };
        Assert.Equal(ExitReason.Unresponsive, ReplicaLifecycle.Advance(Running, Fresh, silent, Timings, later).Kill);
        var loading = new ReplicaFacts { Alive = true, Health = EngineHealth.NotReady };
        Assert.Null(ReplicaLifecycle.Advance(Running, Fresh, loading, Timings, later).Kill);

        ReplicaStep ended = ReplicaLifecycle.Advance(Running, Fresh, new ReplicaFacts { ExitCode = 1 }, Timings, later);
        Assert.Equal(ReplicaPhase.BackingOff, ReplicaLifecycle.PhaseOf(ended.Record, ended.Vitals, later.Steady));
        TimeSpan afterPause = later.Steady + TimeSpan.FromSeconds(1);
        Assert.Equal(ReplicaPhase.Pending, ReplicaLifecycle.PhaseOf(ended.Record, ended.Vitals, afterPause));

        (ReplicaRecord record, ReplicaVitals vitals) = ReplicaLifecycle.AskedToEnd(
            Running with { DrainTimeout = Duration.FromSeconds(50) }, Fresh, Present);
        Assert.False(ReplicaLifecycle.IsDrainOver(record, vitals, Timings, Present.Steady + TimeSpan.FromSeconds(55)));
        Assert.True(ReplicaLifecycle.IsDrainOver(record, vitals, Timings, later.Steady));
    }

    [Fact]
    public void What_an_earlier_platform_waited_for_is_waited_for_anew_and_not_for_ever()
    {
        ReplicaRecord pausing = new() { Uid = "u", Failures = 3, NextStartAt = Now.AddYears(1) };
        ReplicaVitals vitals = ReplicaLifecycle.Resume(pausing, Timings, Present.Steady);
        Assert.Equal(ReplicaPhase.BackingOff, ReplicaLifecycle.PhaseOf(pausing, vitals, Present.Steady));
        Assert.Equal(ReplicaPhase.Pending, ReplicaLifecycle.PhaseOf(pausing, vitals, Present.Steady + TimeSpan.FromSeconds(4)));

        ReplicaRecord draining = Running with { StopRequestedAt = Now.AddYears(1), DrainTimeout = Duration.FromSeconds(10) };
        vitals = ReplicaLifecycle.Resume(draining, Timings, Present.Steady);
        Assert.False(ReplicaLifecycle.IsDrainOver(draining, vitals, Timings, Present.Steady + TimeSpan.FromSeconds(15)));
        Assert.True(ReplicaLifecycle.IsDrainOver(draining, vitals, Timings, Present.Steady + TimeSpan.FromSeconds(16)));

        vitals = ReplicaLifecycle.Resume(Running, Timings, Present.Steady);
        var loading = new ReplicaFacts { Alive = true, Health = EngineHealth.NotReady };
        Moment late = Present + TimeSpan.FromMinutes(11);
        Assert.Equal(ExitReason.StartupTimeout, ReplicaLifecycle.Advance(Running, vitals, loading, Timings, late).Kill);
    }

    private static ReplicaStep Advance(ReplicaRecord record, ReplicaFacts facts) =>
        ReplicaLifecycle.Advance(record, Fresh, facts, Timings, Present);
}
