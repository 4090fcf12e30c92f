using System.Globalization;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;

namespace Trireme.Fleet.Replicas;

/// <summary>The record after one observation, and what must be done now.</summary>
/// <param name="Record">What is remembered on the disk.</param>
/// <param name="Vitals">What is remembered beside it.</param>
/// <param name="Kill">Why the process must be killed; null if it need not.</param>
/// <param name="Wake">True if it sleeps and must be woken.</param>
/// <param name="Exited">True if this very observation found its end.</param>
public sealed record ReplicaStep(
    ReplicaRecord Record, ReplicaVitals Vitals, ExitReason? Kill = null, bool Wake = false, bool Exited = false);

/// <summary>The life of an engine process as a pure function of what was seen.</summary>
public static class ReplicaLifecycle
{
    /// <summary>What shells and the runtime add to a signal's number.</summary>
    private const int SignalBase = 128;

    private const int KilledBySignal = SignalBase + 9;

    public static ReplicaStep Advance(
        ReplicaRecord record, ReplicaVitals vitals, ReplicaFacts facts, ReplicaTimings timings, Moment now)
    {
        if (record.Process is null) return new ReplicaStep(record, vitals);
        if (!facts.Alive) return End(record, vitals, facts, timings, now);
        if (record.KilledFor is not null) return new ReplicaStep(record, vitals, record.KilledFor);

        ReplicaRecord next = record with { Endpoint = facts.Endpoint ?? record.Endpoint };
        (next, vitals) = facts.Health switch
        {
            EngineHealth.Ready => (
                next with { HealthySince = next.HealthySince ?? now.Wall, ReadyAt = next.ReadyAt ?? now.Wall },
                vitals with
                {
                    LastAnswerAt = now.Steady,
                    LastReadyAt = now.Steady,
                    FailedChecks = 0,
                    Silence = null,
                    HealthySince = vitals.HealthySince ?? now.Steady,
                    AsleepSince = null,
                    WasReady = true,
                }),
            EngineHealth.NotReady => (
                next with { HealthySince = null },
                vitals with { LastAnswerAt = now.Steady, FailedChecks = 0, Silence = null, HealthySince = null, AsleepSince = null }),
            EngineHealth.Asleep => (
                next with { HealthySince = null },
                vitals with
                {
                    LastAnswerAt = now.Steady,
                    FailedChecks = 0,
                    Silence = null,
                    HealthySince = null,
                    AsleepSince = vitals.AsleepSince ?? now.Steady,
                }),
            EngineHealth.Stranger => (next with { HealthySince = null }, vitals with { HealthySince = null }),
            EngineHealth.NoAnswer => Miss(next, vitals, facts, timings, now.Steady),
            _ => (next, vitals),
        };

        // A process that has been well for long enough is no longer charged with its failures.
        if (next.Failures > 0 && now.Steady - vitals.HealthySince >= timings.HealthyAfter) next = next with { Failures = 0 };
        ExitReason? kill = MustDie(next, vitals, facts, timings, now.Steady);
        bool wake = facts.Health == EngineHealth.Asleep && kill is null && next.StopRequestedAt is null;
        return new ReplicaStep(next, vitals, kill, wake);
    }

    /// <summary>
    /// Goes on with what an earlier platform left. How long its waits have lasted cannot be known: each begins anew, and no longer than it
    /// may be.
    /// </summary>
    public static ReplicaVitals Resume(ReplicaRecord record, ReplicaTimings timings, TimeSpan now) => ReplicaVitals.Fresh(now) with
    {
        HealthySince = record.HealthySince is null ? null : now,
        WasReady = record.HealthySince is not null,
        StopRequestedAt = record.StopRequestedAt is null ? null : now,
        NextStartAt = record.NextStartAt is null ? null : now + timings.Restart.After(Math.Max(1, record.Failures)),
    };

    /// <summary>The books of a process that is asked to end from now on.</summary>
    public static (ReplicaRecord Record, ReplicaVitals Vitals) AskedToEnd(ReplicaRecord record, ReplicaVitals vitals, Moment now) =>
        (record with { StopRequestedAt = now.Wall }, vitals with { StopRequestedAt = now.Steady });

    /// <summary>True once a process that was asked to end has had its drain timeout and a margin.</summary>
    public static bool IsDrainOver(ReplicaRecord record, ReplicaVitals vitals, ReplicaTimings timings, TimeSpan now) =>
        now - vitals.StopRequestedAt > record.DrainTimeout + timings.DrainMargin;

    /// <summary>The books of a process that was found without any, for the replica that it turned out to be of.</summary>
    /// <param name="found">What was known of the process, from the kernel.</param>
    /// <param name="replica">Whose it is.</param>
    /// <param name="timings">What the runtime itself may take.</param>
    public static ReplicaRecord Recovered(ReplicaRecord found, ModelReplica replica, ReplicaTimings timings) => found with
    {
        Uid = replica.Metadata.Uid ?? "",
        Service = replica.Spec.Service,
        DrainTimeout = replica.Spec.DrainTimeout,
        MemoryBytesMax = replica.Spec.Resources.Memory.Bytes + timings.RuntimeMemoryBytes,
        StartedAt = replica.Status?.StartedAt,
        ReadyAt = replica.Status?.ReadyAt,
        Startup = replica.Status?.Startup,
        Restarts = replica.Status?.Restarts ?? 0,
        Failures = replica.Status?.ConsecutiveFailures ?? 0,
    };

    /// <summary>Where the replica is in its life.</summary>
    public static ReplicaPhase PhaseOf(ReplicaRecord record, ReplicaVitals vitals, TimeSpan now)
    {
        if (record.Process is not null) return record.HealthySince is null ? ReplicaPhase.Starting : ReplicaPhase.Ready;
        if (!(vitals.NextStartAt > now)) return ReplicaPhase.Pending;
        return record.Refusal is null ? ReplicaPhase.BackingOff : ReplicaPhase.Failed;
    }

    /// <summary>The record of a process that has just been started.</summary>
    public static ReplicaRecord Started(ReplicaRecord record, ReplicaProcess process, DateTimeOffset now) => record with
    {
        Launching = false,
        Process = process,
        StartedAt = now,
        Endpoint = null,
        HealthySince = null,
        ReadyAt = null,
        Startup = null,
        NextStartAt = null,
        StopRequestedAt = null,
        KilledFor = null,
        Refusal = null,
        Restarts = EndedByItself(record) ? record.Restarts + 1 : record.Restarts,
    };

    private static bool EndedByItself(ReplicaRecord record) =>
        record.LastExit is { Reason: not (ExitReason.Drained or ExitReason.DrainTimeout) };

    private static (ReplicaRecord Record, ReplicaVitals Vitals) Miss(
        ReplicaRecord record, ReplicaVitals vitals, ReplicaFacts facts, ReplicaTimings timings, TimeSpan now)
    {
        ReplicaSilence? silence = facts.ProcessorWait is { } waited ? vitals.Silence ?? new ReplicaSilence(now, waited) : null;
        vitals = vitals with { FailedChecks = vitals.FailedChecks + 1, Silence = silence };
        return vitals.FailedChecks >= timings.UnhealthyAfterFailures
            ? (record with { HealthySince = null }, vitals with { HealthySince = null })
            : (record, vitals);
    }

    private static ExitReason? MustDie(
        ReplicaRecord record, ReplicaVitals vitals, ReplicaFacts facts, ReplicaTimings timings, TimeSpan now)
    {
        if (record.MemoryBytesMax > 0 && facts.ResidentBytes > record.MemoryBytesMax) return ExitReason.MemoryLimitExceeded;

        // A process asked to end has its own deadline.
        if (record.StopRequestedAt is not null || record.HealthySince is not null) return null;
        if (facts.Health == EngineHealth.Stranger) return ExitReason.KeyRefused;
        if (IsHung(vitals, facts, timings, now)) return ExitReason.Unresponsive;
        if (now - vitals.AsleepSince > timings.WakeTimeout) return ExitReason.PutToSleep;
        return now - vitals.LastReadyAt > timings.StartupTimeout ? ExitReason.StartupTimeout : null;
    }

    /// <summary>
    /// A process that waits for a processor is not hung, and to kill it on a machine that is too busy only makes that worse: it may take as
    /// long as a start.
    /// </summary>
    private static bool IsHung(ReplicaVitals vitals, ReplicaFacts facts, ReplicaTimings timings, TimeSpan now) =>
        facts.Health == EngineHealth.NoAnswer
        && now - vitals.LastAnswerAt > timings.UnresponsiveAfter
        && vitals.Silence?.IsStarvation(now, facts.ProcessorWait) != true;

    private static ReplicaStep End(
        ReplicaRecord record, ReplicaVitals vitals, ReplicaFacts facts, ReplicaTimings timings, Moment now)
    {
        ReplicaExit exit = Explain(record, facts, now.Wall);
        bool asked = record.StopRequestedAt is not null;
        bool refused = exit.Reason == ExitReason.CannotServe;
        int failures = asked ? record.Failures : record.Failures + 1;
        Moment? next = asked ? null : now + (refused ? timings.RefusalPause : timings.Restart.After(failures));
        ReplicaRecord ended = record with
        {
            Process = null,
            Endpoint = null,
            HealthySince = null,
            KilledFor = null,
            LastExit = exit,
            Refusal = refused ? facts.Refusal : null,
            Failures = failures,
            NextStartAt = next?.Wall,
        };
        return new ReplicaStep(ended, vitals with { HealthySince = null, AsleepSince = null, NextStartAt = next?.Steady }, Exited: true);
    }

    private static ReplicaExit Explain(ReplicaRecord record, ReplicaFacts facts, DateTimeOffset now)
    {
        (ExitReason reason, string message) = record switch
        {
            { KilledFor: ExitReason.MemoryLimitExceeded } => (ExitReason.MemoryLimitExceeded, TooMuchMemory(record)),
            { KilledFor: ExitReason.StartupTimeout } => (ExitReason.StartupTimeout, "it did not become ready in time"),
            { KilledFor: ExitReason.Unresponsive } => (ExitReason.Unresponsive, "it no longer answered"),
            { KilledFor: ExitReason.KeyRefused } => (ExitReason.KeyRefused, "it did not act by the key that it was started with"),
            { KilledFor: ExitReason.PutToSleep } =>
                (ExitReason.PutToSleep, "somebody who has its key put it to sleep, and it could not be woken"),
            { KilledFor: ExitReason.StateLost } =>
                (ExitReason.StateLost, "its state.json was lost, and it was not started as its replica asks for now"),
            { KilledFor: { } killed } => (killed, "it did not end when asked to"),
            _ when facts is { ExitCode: null or KilledBySignal, LimitKills: > 0 } =>
                (ExitReason.MemoryLimitExceeded, TooMuchMemory(record)),
            { StopRequestedAt: not null } => (ExitReason.Drained, "it ended when asked to"),
            _ when facts.ExitCode == EngineExitCodes.ModelFileChanged => (
                ExitReason.ModelFileChanged, facts.Refusal?.TrimEnd('.') ?? "a file of its model was cut short while it was in use"),
            _ when facts.Refusal is { } refusal => (ExitReason.CannotServe, refusal.TrimEnd('.')),
            _ => ByItself(facts),
        };
        return new ReplicaExit(reason, message, now) { Code = facts.ExitCode, StartedAt = record.StartedAt };
    }

    private static string TooMuchMemory(ReplicaRecord record) => string.Create(
        CultureInfo.InvariantCulture,
        $"it took more than its {record.MemoryBytesMax >> 20} MiB; raise spec.resources.memory or lower the cache");

    /// <summary>An end that nobody asked for. The message ends a sentence whose full stop others add.</summary>
    private static (ExitReason Reason, string Message) ByItself(ReplicaFacts facts) => facts.ExitCode switch
    {
        null => (ExitReason.Vanished, "it was found dead; nobody saw how it ended"),
        0 => (ExitReason.Completed, "it ended without an error"),
        KilledBySignal when facts.KernelKills > 0 => (
            ExitReason.OutOfMemory,
            "the kernel ended it because the machine had no memory left; run fewer or smaller replicas, or give the machine more"),
        > SignalBase and var code => (
            ExitReason.Killed, string.Create(
                CultureInfo.InvariantCulture, $"signal {code - SignalBase}{SignalName(code - SignalBase, facts.KernelKills)} ended it")),
        var code => (ExitReason.Crashed, string.Create(CultureInfo.InvariantCulture, $"it ended with exit code {code}")),
    };

    /// <param name="signal">Its number.</param>
    /// <param name="kernelKills">How many processes the kernel killed for lack of memory meanwhile; null if it does not tell.</param>
    private static string SignalName(int signal, long? kernelKills) => signal switch
    {
        6 => " (SIGABRT)",
        9 when kernelKills is not null => " (SIGKILL, sent by a person or a program: the kernel killed nothing for lack of memory)",
        9 => " (SIGKILL, sent by a person or by the kernel for lack of memory)",
        11 => " (SIGSEGV)",
        15 => " (SIGTERM)",
        _ => "",
    };
}
