using Trireme.Operator.Runtimes.Processes;

namespace Trireme.Logs;

/// <summary>A log to show: the files it consists of, oldest first, and what to call it.</summary>
/// <param name="Name">Name of the replica; empty for the platform's own.</param>
/// <param name="Files">Its files; the last is the one that is written to.</param>
internal sealed record LogSource(string Name, IReadOnlyList<string> Files)
{
    public string Current => Files[^1];

    /// <summary>The log of a replica's process.</summary>
    public static LogSource Of(ReplicaLog log) => new(log.Replica.Name, [log.Aside, log.File]);
}
