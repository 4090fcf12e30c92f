using Trireme.Contracts.Timing;
using Trireme.Fleet.Replicas;
using Trireme.Settings.Types;

namespace Trireme.Settings.Sections;

internal static class OperatorSection
{
    public static IEnumerable<Setting> Settings()
    {
        var operators = new SettingsSection<OperatorSettings>(
            "operator", settings => settings.Operator, (settings, value) => settings with { Operator = value });
        SettingsSection<ReplicaTimings> replicas =
            operators.Section("replicas", settings => settings.Replicas, (settings, value) => settings with { Replicas = value });
        return [Recheck(operators), Reserve(operators), Leave(operators), .. Replicas(replicas), .. Restart(replicas)];
    }

    private static Setting<TimeSpan> Recheck(SettingsSection<OperatorSettings> operators) =>
        operators.Key(
            "releaseRecheckInterval", CommonTypes.Wait, settings => settings.ReleaseRecheckInterval,
            (settings, value) => settings with { ReleaseRecheckInterval = value },
            "Pause between checks of a release's files on disk.");

    private static Setting<long?> Reserve(SettingsSection<OperatorSettings> operators) =>
        operators.Key(
            "reservedMemoryBytes", new OptionalType<long>(CommonTypes.Storage), settings => settings.ReservedMemoryBytes,
            (settings, value) => settings with { ReservedMemoryBytes = value },
            "Memory of this machine that the pool local keeps for the platform; replicas share the rest.",
            unset: "a sixteenth of the machine's memory, from 512 MiB to 2 GiB");

    private static Setting<bool> Leave(SettingsSection<OperatorSettings> operators) =>
        operators.Key(
            "leaveReplicas", CommonTypes.Switch, settings => settings.LeaveReplicas,
            (settings, value) => settings with { LeaveReplicas = value },
            "Whether replicas serve on when the platform is stopped, for the next start to take over; after operator.replicas.ownerTimeout "
            + "without one they end.");

    private static IEnumerable<Setting> Replicas(SettingsSection<ReplicaTimings> replicas)
    {
        yield return replicas.Key(
            "healthInterval", CommonTypes.Wait, timings => timings.HealthInterval,
            (timings, value) => timings with { HealthInterval = value },
            "Pause between health checks of a replica.");
        yield return replicas.Key(
            "healthTimeout", CommonTypes.Wait, timings => timings.HealthTimeout,
            (timings, value) => timings with { HealthTimeout = value },
            "Longest wait for a health answer.");
        yield return replicas.Key(
            "wakeTimeout", CommonTypes.Wait, timings => timings.WakeTimeout,
            (timings, value) => timings with { WakeTimeout = value },
            "Longest time for an engine that somebody put to sleep to serve again; then it is killed and started again.");
        yield return replicas.Key(
            "unhealthyAfterFailures", CommonTypes.Count, timings => timings.UnhealthyAfterFailures,
            (timings, value) => timings with { UnhealthyAfterFailures = value },
            "Health checks in a row that must fail before a ready replica gets no more requests.");
        yield return replicas.Key(
            "unresponsiveAfter", CommonTypes.Wait, timings => timings.UnresponsiveAfter,
            (timings, value) => timings with { UnresponsiveAfter = value },
            "A process that has not answered for this long is killed and started again.");
        yield return replicas.Key(
            "startupTimeout", CommonTypes.Wait, timings => timings.StartupTimeout,
            (timings, value) => timings with { StartupTimeout = value },
            "Longest wait for the first ready answer of a process.");
        yield return replicas.Key(
            "healthyAfter", CommonTypes.Wait, timings => timings.HealthyAfter,
            (timings, value) => timings with { HealthyAfter = value },
            "Time of health after which earlier failures no longer count.");
        yield return replicas.Key(
            "routingPause", CommonTypes.Wait, timings => timings.RoutingPause,
            (timings, value) => timings with { RoutingPause = value },
            "Pause between announcing that a replica drains and telling its process, so that routes move first.");
        yield return replicas.Key(
            "drainMargin", CommonTypes.Wait, timings => timings.DrainMargin,
            (timings, value) => timings with { DrainMargin = value },
            "Time past the drain timeout after which a process that should have ended is killed.");
        yield return replicas.Key(
            "stopPoll", CommonTypes.Wait, timings => timings.StopPoll,
            (timings, value) => timings with { StopPoll = value },
            "Pause between looks at a process that is ending.");
        yield return replicas.Key(
            "ownerTimeout", CommonTypes.Wait, timings => timings.OwnerTimeout,
            (timings, value) => timings with { OwnerTimeout = value },
            "Time without a platform after which a replica drains and ends by itself. Counts for those started from then on.");
        yield return replicas.Key(
            "runtimeMemoryBytes", CommonTypes.Storage, timings => timings.RuntimeMemoryBytes,
            (timings, value) => timings with { RuntimeMemoryBytes = value },
            "Memory a process may take above spec.resources.memory, for the runtime, its code and requests in flight.");
        yield return replicas.Key(
            "logBytesMax", CommonTypes.Storage, timings => timings.LogBytesMax,
            (timings, value) => timings with { LogBytesMax = value },
            "Size at which the log of a replica's process is moved aside; one such part is kept.");
        yield return replicas.Key(
            "logsPerReplica", CommonTypes.Count, timings => timings.LogsPerReplica,
            (timings, value) => timings with { LogsPerReplica = value },
            "Logs kept of one replica, one per process.");
        yield return replicas.Key(
            "logsBytesMax", CommonTypes.Storage, timings => timings.LogsBytesMax,
            (timings, value) => timings with { LogsBytesMax = value },
            "Bytes of all replicas' logs together; the oldest of ended processes are removed first.");
        yield return replicas.Key(
            "refusalPause", CommonTypes.Wait, timings => timings.RefusalPause,
            (timings, value) => timings with { RefusalPause = value },
            "Pause before a process that said it cannot serve its model is started again.");
    }

    private static IEnumerable<Setting> Restart(SettingsSection<ReplicaTimings> replicas)
    {
        SettingsSection<Backoff> restart =
            replicas.Section("restart", timings => timings.Restart, (timings, value) => timings with { Restart = value });
        yield return restart.Key(
            "first", CommonTypes.Wait, backoff => backoff.First, (backoff, value) => backoff with { First = value },
            "Pause before a process that ended by itself is started again; it doubles from failure to failure.");
        yield return restart.Key(
            "longest", CommonTypes.Wait, backoff => backoff.Longest, (backoff, value) => backoff with { Longest = value },
            "Longest pause before a process is started again.");
    }
}
