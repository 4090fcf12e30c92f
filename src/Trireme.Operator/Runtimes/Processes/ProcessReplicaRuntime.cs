using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;
using Trireme.Operator.Releases;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>
/// Runs engines as processes of this machine. They outlive the platform: one that is started again finds them by their
/// folders, goes on with the living, and starts the dead again.
/// </summary>
internal sealed partial class ProcessReplicaRuntime(
    string replicasFolder,
    string ownerLockFile,
    WorkerLauncher launcher,
    ControlGroups? groups,
    WorkerProbe probe,
    ReplicaLogWriter logs,
    Func<ModelReplica, CancellationToken, Task<StartClearance>> verify,
    ReplicaTimings timings,
    ReplicaMetrics metrics,
    ILogger<ProcessReplicaRuntime> logger,
    TimeProvider time) : IReplicaRuntime, IDisposable
{
    /// <summary>How long killed processes are waited for at shutdown; the kernel needs milliseconds.</summary>
    private static readonly TimeSpan KillPatience = TimeSpan.FromSeconds(5);

    private static readonly ReplicaObservation NotRunning =
        new() { Phase = ReplicaPhase.Pending, Runtime = new ReplicaRuntimeSection(ReplicaRuntimes.Process) };

    private readonly ConcurrentDictionary<ResourceKey, ReplicaSlot> _slots = new();

    private readonly OutOfMemoryKills _kernelKills = new(time);

    private OwnerLock? _ownerLock;

    public event Action<ResourceKey>? Changed;

    public IReadOnlyCollection<ResourceKey> Known => [.. _slots.Keys];

    public async Task AdoptAsync(CancellationToken cancellationToken)
    {
        _ownerLock = await OwnerLock.AcquireAsync(ownerLockFile, time, cancellationToken);
        foreach (ResourceKey key in ReplicaFolder.List(replicasFolder))
        {
            ReplicaSlot slot = Load(key);
            _slots[key] = slot;
            slot.Folder.RemoveUnfinished(slot.IsAlive);
            if (slot.IsAlive) LogAdopted(key, slot.Record.Process!.Pid);
        }

        groups?.RemoveOthers(Known);
    }

    public async Task<ReplicaObservation> ObserveAsync(ModelReplica replica, CancellationToken cancellationToken)
    {
        var key = ResourceKey.Of(replica);
        string uid = replica.Metadata.Uid ?? "";
        if (_slots.TryGetValue(key, out ReplicaSlot? slot) && slot is { IsAlive: true, Record.Uid: "" }) Recover(replica, slot);
        if (slot is not null && slot.Record.Uid != uid)
        {
            // The name is taken by the engine of an earlier object, which must end first.
            if (!await StopAsync(key, cancellationToken)) return NotRunning;
            slot = null;
        }

        slot ??= _slots[key] = NewSlot(key, uid);
        ReplicaFacts facts = await ReadFactsAsync(slot, cancellationToken);
        ReplicaStep step = ReplicaLifecycle.Advance(slot.Record, slot.Vitals, facts, timings, time.GetMoment());
        bool becameReady = step.Record.HealthySince is not null && slot.Record.HealthySince is null;
        slot.Vitals = step.Vitals;
        slot.Note(becameReady && step.Record.Startup is null
            ? step.Record with { Startup = await probe.ReadStartupAsync(step.Record.Endpoint!, slot.Secret, cancellationToken) }
            : step.Record);
        if (step.Exited) CountExit(slot);
        if (step.Kill is { } reason) Kill(slot, reason);
        if (step.Wake) Wake(slot);
        return slot.Observe(time.GetSteadyTime(), exitIsNew: step.Exited);
    }

    public async Task<StartResult> StartAsync(ModelReplica replica, CancellationToken cancellationToken)
    {
        StartClearance clearance = await verify(replica, cancellationToken);
        if (clearance.Problem is { } problem)
        {
            return new StartResult.Failed(ReplicaReasons.ReleaseNotUsable, problem);
        }

        ReplicaSlot slot = _slots[ResourceKey.Of(replica)];
        try
        {
            slot.Folder.WritePins(clearance.Pins);
            return new StartResult.Started(Start(replica, slot));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Win32Exception)
        {
            LogStartFailed(exception, slot.Key);
            return new StartResult.Failed(ReplicaReasons.StartFailed, $"The engine's process could not be started: {exception.Message}");
        }
    }

    public Task<bool> StopAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (!_slots.TryGetValue(key, out ReplicaSlot? slot)) return Task.FromResult(true);
        if (slot.IsAlive)
        {
            AskToEnd(slot);
            return Task.FromResult(false);
        }

        RecordExit(slot);
        slot.Folder.Delete();
        slot.Group?.Remove();
        _slots.TryRemove(key, out _);
        return Task.FromResult(true);
    }

    public async Task StopAllAsync(CancellationToken cancellationToken)
    {
        long? killedAt = null;
        while (_slots.Values.Where(slot => slot.IsAlive).ToList() is { Count: > 0 } alive)
        {
            if (killedAt is { } at && time.GetElapsedTime(at) > KillPatience)
            {
                LogSurvived(alive.Count);
                return;
            }

            if (cancellationToken.IsCancellationRequested)
            {
                killedAt ??= time.GetTimestamp();
                foreach (ReplicaSlot slot in alive) Kill(slot, ExitReason.DrainTimeout);
            }
            else
            {
                foreach (ReplicaSlot slot in alive) AskToEnd(slot);
            }

            await Task.Delay(timings.StopPoll, time, CancellationToken.None);
        }

        foreach (ReplicaSlot slot in _slots.Values)
        {
            RecordExit(slot);
            slot.Group?.Remove();
            slot.Note(slot.Record with { StopRequestedAt = null, NextStartAt = null });
            slot.Vitals = slot.Vitals with { StopRequestedAt = null, NextStartAt = null };
        }
    }

    public void Dispose() => _ownerLock?.Dispose();

    /// <summary>
    /// Gives a process whose state was lost its books again. The object's status names it, or its own arguments are those of the replica;
    /// else it may be of an earlier object and cannot stay.
    /// </summary>
    private void Recover(ModelReplica replica, ReplicaSlot slot)
    {
        ReplicaProcess process = slot.Record.Process!;
        bool isItsOwn = replica.Status?.Process == process || launcher.IsFor(replica, slot.Folder, process);
        slot.Note(ReplicaLifecycle.Recovered(slot.Record, replica, timings));
        if (isItsOwn) LogRecovered(slot.Key, process.Pid);
        else Kill(slot, ExitReason.StateLost);
    }

    /// <summary>
    /// Gives an engine that somebody put to sleep the order to wake, once at a time. To wake may take as long as to load the model, and
    /// nothing waits for it: the next look finds the engine ready.
    /// </summary>
    private void Wake(ReplicaSlot slot)
    {
        if (slot.Waking is { IsCompleted: false }) return;
        LogAsleep(slot.Key, slot.Record.Process!.Pid);
        slot.Waking = WakeAsync(slot.Key, slot.Record.Endpoint!, slot.Secret);
    }

    private async Task WakeAsync(ResourceKey key, string endpoint, ReplicaKey? secret)
    {
        if (await probe.WakeAsync(endpoint, secret, timings.WakeTimeout) is { } problem) LogNotWoken(key, problem);
        Changed?.Invoke(key);
    }

    private ReplicaObservation Start(ModelReplica replica, ReplicaSlot slot)
    {
        slot.Secret = slot.Folder.PrepareStart();
        slot.IsProven = true;
        string logFile = logs.Begin(replica);
        slot.Update(slot.Record with
        {
            LogFile = logFile,
            Service = replica.Spec.Service,
            DrainTimeout = replica.Spec.DrainTimeout,
            MemoryBytesMax = replica.Spec.Resources.Memory.Bytes + timings.RuntimeMemoryBytes,
            Launching = true,
            LaunchTicks = ProcessTable.NowTicks(),
        });

        Process child = launcher.Launch(replica, slot.Folder, logFile, slot.Record.MemoryBytesMax, slot.Group);
        Moment now = time.GetMoment();

        // A process that is gone already has no start time left to read; the next observation finds its exit code in the child.
        ReplicaProcess process = ProcessTable.Identify(child.Id) ?? new ReplicaProcess { Pid = child.Id, StartTicks = 0 };
        int restartsBefore = slot.Record.Restarts;
        try
        {
            slot.Update(ReplicaLifecycle.Started(slot.Record, process, now.Wall));
        }
        catch (IOException)
        {
            // A process nobody remembers would run beside the next one.
            child.Kill();
            child.Dispose();
            throw;
        }

        slot.Child = child;
        slot.StartedAt = now.Steady;
        slot.KernelKills = _kernelKills.Recent();
        slot.Vitals = ReplicaVitals.Fresh(now.Steady);
        if (slot.Record.Restarts > restartsBefore) metrics.Restarted(slot.Key.Namespace, slot.Record.Service);
        child.Exited += (_, _) => Changed?.Invoke(slot.Key);
        child.EnableRaisingEvents = true;
        LogStarted(slot.Key, process.Pid, slot.Record.Restarts);
        return slot.Observe(now.Steady);
    }

    private async Task<ReplicaFacts> ReadFactsAsync(ReplicaSlot slot, CancellationToken cancellationToken)
    {
        if (slot.Record.Process is not { } process) return new ReplicaFacts();
        if (!slot.IsAlive) return ExitFacts(slot);

        if (slot.Record.LogFile is { } log) logs.Bound(log, _slots.Count);
        slot.ResidentBytes = ProcessTable.ResidentBytes(process);
        slot.KernelKills = _kernelKills.Recent();
        string? endpoint = slot.Record.Endpoint ?? slot.Folder.ReadEndpoint(process.Pid);
        EngineHealth health = endpoint is null ? EngineHealth.Unasked : await AskAsync(slot, endpoint, cancellationToken);
        return new ReplicaFacts
        {
            Alive = true,
            Endpoint = endpoint,
            Health = health,
            ResidentBytes = slot.ResidentBytes,
            ProcessorWait = health == EngineHealth.NoAnswer ? ProcessTable.ProcessorWait(process) : null,
        };
    }

    private async Task<EngineHealth> AskAsync(ReplicaSlot slot, string endpoint, CancellationToken cancellationToken)
    {
        EngineHealth health = slot.IsProven
            ? await probe.CheckAsync(endpoint, slot.Secret, cancellationToken)
            : await probe.ProveAsync(endpoint, slot.Secret, cancellationToken);
        slot.IsProven |= health is EngineHealth.Ready or EngineHealth.NotReady or EngineHealth.Asleep;
        return health;
    }

    private ReplicaFacts ExitFacts(ReplicaSlot slot) => new()
    {
        ExitCode = slot.Child is { HasExited: true } child ? child.ExitCode : null,
        Refusal = slot.Folder.ReadRefusal(),
        KernelKills = _kernelKills.Now() - slot.KernelKills,
        LimitKills = slot.Group?.KernelKills() ?? 0,
    };

    /// <summary>Asks once, and kills when the time for open streams and a margin are over.</summary>
    private void AskToEnd(ReplicaSlot slot)
    {
        Moment now = time.GetMoment();
        if (slot.Record.StopRequestedAt is null)
        {
            (ReplicaRecord record, slot.Vitals) = ReplicaLifecycle.AskedToEnd(slot.Record, slot.Vitals, now);
            slot.Note(record);
            ProcessTable.Signal(slot.Record.Process!, ProcessTable.Terminate);
        }
        else if (ReplicaLifecycle.IsDrainOver(slot.Record, slot.Vitals, timings, now.Steady))
        {
            Kill(slot, ExitReason.DrainTimeout);
        }
    }

    private void Kill(ReplicaSlot slot, ExitReason reason)
    {
        if (slot.Record.KilledFor is null) LogKilled(slot.Key, slot.Record.Process!.Pid, reason);
        slot.Note(slot.Record with { KilledFor = slot.Record.KilledFor ?? reason });
        ProcessTable.Signal(slot.Record.Process!, ProcessTable.Kill);
    }

    /// <summary>Records the end of a process that is dead.</summary>
    private void RecordExit(ReplicaSlot slot)
    {
        if (slot.Record.Process is null) return;
        ReplicaStep step = ReplicaLifecycle.Advance(slot.Record, slot.Vitals, ExitFacts(slot), timings, time.GetMoment());
        slot.Vitals = step.Vitals;
        slot.Note(step.Record);
        CountExit(slot);
    }

    private void CountExit(ReplicaSlot slot)
    {
        ReplicaExit exit = slot.Record.LastExit!;
        metrics.Exited(exit.Reason);
        if (slot.Record.LogFile is { } log) logs.Say(log, Epitaph(slot, exit));
        logs.Trim(_slots.Values.Where(other => other.IsAlive).Select(other => other.Record.LogFile).OfType<string>().ToHashSet());
        slot.Child?.Dispose();
        slot.Child = null;
    }

    /// <summary>What is known of the end, as the last line of the log.</summary>
    private string Epitaph(ReplicaSlot slot, ReplicaExit exit)
    {
        string life = slot.StartedAt is { } started ? $" after {(time.GetSteadyTime() - started).TotalSeconds:0} s" : "";
        string memory = slot.ResidentBytes > 0
            ? $"; memory at the last look {slot.ResidentBytes >> 20} MiB of {slot.Record.MemoryBytesMax >> 20} MiB"
            : "";
        return string.Create(CultureInfo.InvariantCulture, $"exit: {exit}{life}{memory}");
    }

    private ReplicaSlot NewSlot(ResourceKey key, string uid) => new(
        key, new ReplicaFolder(replicasFolder, key), new ReplicaRecord { Uid = uid }, ReplicaVitals.Fresh(time.GetSteadyTime()))
    { Group = groups?.Of(key) };

    private ReplicaSlot Load(ResourceKey key)
    {
        var folder = new ReplicaFolder(replicasFolder, key);
        ReplicaRecord? record = folder.ReadRecord();
        if (record is null or { Launching: true, Process: null })
        {
            // The platform died between starting a process and writing it down, or the disk lost the state.
            long notBefore = record?.LaunchTicks ?? 0;
            ReplicaProcess? found =
                ProcessTable.WithArgument(folder.EndpointFile).FirstOrDefault(process => IsEngine(key, process, folder, notBefore));
            if (record is null) LogStateLost(key, found is null ? "no process of it is left" : "its process is known by its arguments");
            record = (record ?? new ReplicaRecord { Uid = "", LogFile = found is null ? null : ProcessTable.OutputOf(found) })
                with { Process = found, Launching = false };
        }

        // What an engine refuses another version of it may not.
        if (record.Refusal is not null) record = record with { Refusal = null, NextStartAt = null };
        if (record.Process is { } alive && ProcessTable.IsAlive(alive) && !IsEngine(key, alive, folder, notBeforeTicks: 0))
        {
            // Such as where this folder is a copy of another platform's, whose engine it is.
            record = record with { Process = null, Endpoint = null, HealthySince = null, StopRequestedAt = null, KilledFor = null };
        }

        if (record.LogFile is { } log && !logs.Owns(log)) record = record with { LogFile = null };
        return new ReplicaSlot(key, folder, record, ReplicaLifecycle.Resume(record, timings, time.GetSteadyTime()))
        {
            Secret = folder.ReadKey(),
            Group = groups?.Of(key),
            KernelKills = _kernelKills.Recent(),
        };
    }

    private bool IsEngine(ResourceKey key, ReplicaProcess process, ReplicaFolder folder, long notBeforeTicks)
    {
        string? problem = EngineIdentity.FindProblem(process, launcher.Executable, folder.Path, notBeforeTicks);
        if (problem is not null) LogForeign(key, process.Pid, problem);
        return problem is null;
    }

    [LoggerMessage(LogLevel.Information, "Replica {Replica} still runs as process {Pid} and is taken over")]
    private partial void LogAdopted(ResourceKey replica, int pid);

    [LoggerMessage(LogLevel.Warning, "The state of replica {Replica} cannot be read; {Found}")]
    private partial void LogStateLost(ResourceKey replica, string found);

    [LoggerMessage(LogLevel.Information, "Process {Pid} is what replica {Replica} asks for and is kept; its state is written anew")]
    private partial void LogRecovered(ResourceKey replica, int pid);

    [LoggerMessage(
        LogLevel.Warning,
        "Process {Pid}, which the state of replica {Replica} tells of, is not its engine and is left alone: it {Problem}")]
    private partial void LogForeign(ResourceKey replica, int pid, string problem);

    [LoggerMessage(LogLevel.Information, "Replica {Replica} started as process {Pid} (restart {Restarts})")]
    private partial void LogStarted(ResourceKey replica, int pid, int restarts);

    [LoggerMessage(LogLevel.Warning, "Replica {Replica} could not be started")]
    private partial void LogStartFailed(Exception exception, ResourceKey replica);

    [LoggerMessage(LogLevel.Warning, "Process {Pid} of replica {Replica} is killed: {Reason}")]
    private partial void LogKilled(ResourceKey replica, int pid, ExitReason reason);

    [LoggerMessage(
        LogLevel.Warning, "Process {Pid} of replica {Replica} was put to sleep by somebody who has its key; it is told to wake")]
    private partial void LogAsleep(ResourceKey replica, int pid);

    [LoggerMessage(LogLevel.Warning, "The engine of replica {Replica} was told to wake: {Problem}")]
    private partial void LogNotWoken(ResourceKey replica, string problem);

    [LoggerMessage(LogLevel.Error, "{Count} engine processes could not be killed")]
    private partial void LogSurvived(int count);
}
