using System.Diagnostics;
using System.Globalization;
using Trireme.Contracts.Resources;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>Starts engine processes that outlive the platform.</summary>
internal sealed class WorkerLauncher(WorkerCommand command, string ownerLockFile)
{
    /// <summary>
    /// The shell opens the log itself, so no pipe leads to the platform that would break when it dies, and setsid gives the worker a
    /// session of its own, so the terminal's Ctrl+C does not reach it. Both exec: the process id stays the one that was started.
    /// </summary>
    private const string Script = "log=$1; shift; exec setsid -- \"$@\" </dev/null >>\"$log\" 2>&1";

    /// <param name="replica">What to run.</param>
    /// <param name="folder">Where it leaves its endpoint and log.</param>
    /// <param name="memoryBytesMax">What the whole process may take.</param>
    public Process Launch(ModelReplica replica, ReplicaFolder folder, long memoryBytesMax)
    {
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false, WorkingDirectory = folder.Path };
        string[] shell = ["-c", Script, "trireme-worker", folder.LogFile];
        foreach (string argument in (string[])[.. shell, command.FileName, .. command.Arguments, .. Arguments(replica, folder)])
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in command.Environment) start.Environment[name] = value;

        // The collector keeps the managed heap below this by itself; the watch on resident memory covers the rest.
        start.Environment["DOTNET_GCHeapHardLimit"] = memoryBytesMax.ToString("x", CultureInfo.InvariantCulture);
        return Process.Start(start) ?? throw new IOException("The shell that starts the worker did not start.");
    }

    /// <summary>The worker's options for one replica.</summary>
    internal IReadOnlyList<string> Arguments(ModelReplica replica, ReplicaFolder folder)
    {
        ModelReplicaSpec spec = replica.Spec;
        var arguments = new List<string>();
        Add("--model", Local(spec.Model));
        Add("--engine", spec.Engine.Name);
        Add("--port", "0");
        Add("--endpoint-file", folder.EndpointFile);
        Add("--served-model-name", spec.Service);
        Add("--release", spec.Release);
        Add("--content-hash", spec.ContentHash);
        Add("--threads", Number(spec.Resources.Threads));
        Add("--memory", Number(spec.Resources.Memory.Bytes));
        Add("--drain-timeout", spec.DrainTimeout.ToString());
        Add("--owner-lock", ownerLockFile);
        if (spec.Engine.Weights is { } weights) Add("--weights", weights);
        if (spec.Engine.KvCacheType is { } type) Add("--kv-cache-dtype", type);
        if (spec.Engine.ContextLength is { } context) Add("--context", Number(context));
        if (spec.Engine.MaxSequences is { } sequences) Add("--max-sequences", Number(sequences));
        if (spec.Engine.MaxBatchedTokens is { } tokens) Add("--max-batched-tokens", Number(tokens));
        if (spec.Engine.KvCacheMemory is { } cache) Add("--kv-cache-memory", Number(cache.Bytes));
        if (spec.Engine.Speculation is { } speculation) Add("--speculative", speculation.Method);
        if (spec.DraftModel is { } draft) Add("--draft-model", Local(draft));
        if (spec.Engine.Speculation?.Tokens is { } drafted) Add("--num-speculative-tokens", Number(drafted));
        return arguments;

        void Add(string option, string value)
        {
            arguments.Add(option);
            arguments.Add(value);
        }

        static string Local(ArtifactSource source) =>
            source.LocalPath() ?? throw new ArgumentException($"{source.Uri} is not on this machine.", nameof(replica));

        static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
    }
}
