using System.Diagnostics;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>A replica's books in memory. Touched by one call at a time, because the work queue hands out a key once.</summary>
internal sealed class ReplicaSlot(ResourceKey key, ReplicaFolder folder, ReplicaRecord record, ReplicaVitals vitals)
{
    private bool _unwritten;

    public ResourceKey Key { get; } = key;

    public ReplicaFolder Folder { get; } = folder;

    public ReplicaRecord Record { get; private set; } = record;

    public ReplicaVitals Vitals { get; set; } = vitals;

    /// <summary>What the process is called with; null where it cannot be read.</summary>
    public ReplicaKey? Secret { get; set; }

    /// <summary>
    /// True once the process is known to hold the key: this platform started it, or it has answered as only the one that was started can.
    /// </summary>
    public bool IsProven { get; set; }

    /// <summary>The order to wake up that the engine has not answered yet; null where none was given.</summary>
    public Task? Waking { get; set; }

    /// <summary>Memory of the process when it was last looked at, in bytes.</summary>
    public long ResidentBytes { get; set; }

    /// <summary>When this platform started the process, by the steady clock; null for one that was taken over.</summary>
    public TimeSpan? StartedAt { get; set; }

    /// <summary>The kernel's count of processes killed for lack of memory when this one was last seen alive.</summary>
    public long? KernelKills { get; set; }

    /// <summary>What the kernel bounds it by; null where the platform may have no groups.</summary>
    public ControlGroup? Group { get; init; }

    /// <summary>The process as this platform's child, which can be asked for its exit code; null for an adopted one.</summary>
    public Process? Child { get; set; }

    /// <summary>
    /// A child counts as alive until its exit code can be had: its first thread may be gone from the process table a moment earlier.
    /// </summary>
    public bool IsAlive => Record.Process is { } process && (Child is null ? ProcessTable.IsAlive(process) : !Child.HasExited);

    /// <summary>Changes the books and writes them down.</summary>
    /// <exception cref="IOException">They cannot be written; nothing has changed.</exception>
    public void Update(ReplicaRecord next)
    {
        if (next == Record && !_unwritten) return;
        Folder.WriteRecord(next);
        Record = next;
        _unwritten = false;
    }

    /// <summary>
    /// Changes the books by what was seen or asked for, which is so whether or not the disk has room to write it down; the next change
    /// tries again.
    /// </summary>
    public void Note(ReplicaRecord next)
    {
        try
        {
            Update(next);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Record = next;
            _unwritten = true;
        }
    }

    public ReplicaObservation Observe(TimeSpan now, bool exitIsNew = false)
    {
        ReplicaPhase phase = ReplicaLifecycle.PhaseOf(Record, Vitals, now);
        return new ReplicaObservation
        {
            Phase = phase,
            MayStart = phase == ReplicaPhase.Pending,
            Unhealthy = phase == ReplicaPhase.Starting && Vitals.WasReady,
            Asleep = phase == ReplicaPhase.Starting && Vitals.AsleepSince is not null,
            Runtime = new ReplicaRuntimeSection(ReplicaRuntimes.Process) { Process = Record.Process },
            Endpoint = Record.Endpoint,
            StartedAt = Record.Process is null ? null : Record.StartedAt,
            Restarts = Record.Restarts,
            ConsecutiveFailures = Record.Failures,
            LastExit = Record.LastExit,
            Refusal = Record.Refusal,
            LogFile = Record.LogFile,
            ExitIsNew = exitIsNew,
            NextStartAt = Record.NextStartAt,
            NextStartDue = Vitals.NextStartAt,
            ReadyAt = Record.Process is null ? null : Record.ReadyAt,
            Startup = Record.Startup,
        };
    }
}
