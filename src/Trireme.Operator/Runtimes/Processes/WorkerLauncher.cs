using System.Diagnostics;
using System.Globalization;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>Starts engine processes that outlive the platform.</summary>
internal sealed class WorkerLauncher(WorkerProgram program, string ownerLockFile, TimeSpan ownerTimeout)
{
    /// <summary>
    /// The shell opens the log itself, so no pipe leads to the platform that would break when it dies, and setsid gives the worker a
    /// session of its own, so the terminal's Ctrl+C does not reach it. Both exec: the process id stays the one that was started. It is in
    /// its control group before it has read a byte of a model.
    /// </summary>
    private const string Script =
        "log=$1 group=$2; shift 2; [ -z \"$group\" ] || echo 0 >\"$group\"; exec setsid -- \"$@\" </dev/null >>\"$log\" 2>&1";

    /// <summary>What its processes run, as the kernel names it; null if it cannot be told.</summary>
    public string? Executable => program.Executable;

    /// <param name="replica">What to run.</param>
    /// <param name="folder">Where it leaves its endpoint.</param>
    /// <param name="logFile">What it prints is appended here.</param>
    /// <param name="memoryBytesMax">What the whole process may take.</param>
    /// <param name="group">By which the kernel bounds it; without one, or where it cannot be made, the platform's watch alone does.</param>
    public Process Launch(ModelReplica replica, ReplicaFolder folder, string logFile, long memoryBytesMax, ControlGroup? group)
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false, WorkingDirectory = folder.Path };
        string[] shell = ["-c", Script, "trireme-worker", logFile, group?.Prepare(memoryBytesMax) == true ? group.ProcessesFile : ""];
        foreach (string argument in (string[])[.. shell, program.FileName, .. program.Arguments, .. Arguments(replica, folder)])
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in program.Environment) start.Environment[name] = value;

        // It keeps its heap so far below this that requests fail before the watch on resident memory ends it.
        start.Environment[EngineEnvironment.ProcessMemory] = memoryBytesMax.ToString(CultureInfo.InvariantCulture);
        return Process.Start(start) ?? throw new IOException("The shell that starts the worker did not start.");
    }

    /// <summary>Whether a process was started for just this replica in this folder, as its own arguments tell.</summary>
    public bool IsFor(ModelReplica replica, ReplicaFolder folder, ReplicaProcess process)
    {
        IReadOnlyList<string> own = ProcessTable.ArgumentsOf(process), wanted = Arguments(replica, folder);
        return own.Count > wanted.Count && own.Skip(own.Count - wanted.Count).SequenceEqual(wanted);
    }

    /// <summary>The worker's options for one replica: those of its release, then those of this machine.</summary>
    internal IReadOnlyList<string> Arguments(ModelReplica replica, ReplicaFolder folder)
    {
        ModelReplicaSpec spec = replica.Spec;
        EngineDefinition engine = EngineCatalog.Find(spec.Engine.Name)
            ?? throw new ArgumentException($"This version has no engine \"{spec.Engine.Name}\".", nameof(replica));
        return
        [
            .. engine.Arguments(EngineSetup.Of(spec, Local)),
            "--port", "0",
            "--endpoint-file", folder.EndpointFile,
            "--termination-message-file", folder.RefusalFile,
            "--pins", folder.PinsFile,
            "--api-key-file", folder.KeyFile,
            "--served-model-name", spec.Service,
            "--release", spec.Release,
            "--content-hash", spec.ContentHash,
            "--threads", Number(spec.Resources.Threads),
            "--memory", Number(spec.Resources.Memory.Bytes),
            "--drain-timeout", spec.DrainTimeout.ToString(),
            "--owner-lock", ownerLockFile,
            "--owner-timeout", new Duration(ownerTimeout).ToString(),
        ];

        static string Local(ArtifactSource source) =>
            source.LocalPath() ?? throw new ArgumentException($"{source.Uri} is not on this machine.", nameof(replica));

        static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
    }
}
