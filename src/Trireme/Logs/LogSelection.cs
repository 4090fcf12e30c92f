using Trireme.Contracts.Storage;
using Trireme.Contracts.Validation;
using Trireme.Hosting;
using Trireme.Kubernetes;
using Trireme.Operator.Runtimes.Processes;

namespace Trireme.Logs;

/// <summary>
/// Finds the logs that a person means by the name of a replica or a service. Reads the data folder; no platform need run.
/// </summary>
internal sealed class LogSelection(DataFolderLayout layout, string @namespace)
{
    private readonly ReplicaLogStore _store = new(layout.ReplicaLogs);

    /// <summary>Names of replicas and services that have logs.</summary>
    public IEnumerable<string> Names() =>
        _store.List(@namespace).SelectMany(log => (string[])[log.Service, log.Replica.Name]).Where(name => name.Length > 0).Distinct();

    /// <summary>The platform's own log.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public LogSource Platform()
    {
        string folder = Path.GetDirectoryName(layout.Log)!;
        RegularFile.ThrowIfNoFolder(folder);
        string[] files = Directory.Exists(folder)
            ?
            [
                .. Directory.EnumerateFiles(folder, Path.GetFileName(layout.Log) + "*")
                    .OrderByDescending(file => file.Length)
                    .ThenByDescending(file => file, StringComparer.Ordinal),
            ]
            : [];
        return files is [.., var current] && current == layout.Log
            ? new LogSource("", files)
            : throw new CommandException(
                $"{layout.Log} is not there; log.file.enabled is off, or no platform has run here", ExitCode.NotFound);
    }

    /// <summary>
    /// Logs of the newest process of a replica, or of all replicas of a service that exist; of one that is gone, the log that was
    /// written last.
    /// </summary>
    /// <param name="target">NAME or KIND/NAME.</param>
    /// <param name="previous">Take the newest process that has ended instead.</param>
    /// <exception cref="CommandException">Nothing of that name has a log.</exception>
    public IReadOnlyList<LogSource> Find(string target, bool previous)
    {
        string name = target[(target.IndexOf('/', StringComparison.Ordinal) + 1)..];
        RegularFile.ThrowIfNoFolder(layout.ReplicaLogs);
        IReadOnlyList<ReplicaLog> all = _store.List(@namespace);
        ReplicaLog[] meant = [.. all.Where(log => log.Replica.Name == name)];
        if (meant.Length == 0) meant = [.. all.Where(log => log.Service == name)];
        if (meant.Length == 0) throw NotFound(name);
        ReplicaLog[] candidates = previous ? [.. meant.Where(LogEnds.HasEnded)] : meant;
        if (candidates.Length == 0) throw new CommandException($"no process of {name} has ended yet", ExitCode.NotFound);
        ReplicaLog[] newest = [.. candidates.GroupBy(log => log.Replica).Select(logs => logs.Last())];
        ReplicaLog[] existing = [.. newest.Where(log => Exists(log.Replica))];
        return
        [
            .. (existing.Length > 0 ? existing : [newest.MaxBy(log => File.GetLastWriteTimeUtc(log.File))!])
                .Select(LogSource.Of),
        ];
    }

    /// <summary>The log of the newest process of a replica, or of the newest that has ended.</summary>
    /// <exception cref="CommandException">There is none.</exception>
    public LogSource OfReplica(string name, bool previous)
    {
        // Names reach this from an address; no object's name leads out of its folder.
        bool isName = IsName(@namespace) && IsName(name);
        IReadOnlyList<ReplicaLog> logs = isName ? _store.In(new ResourceKey(@namespace, name)) : [];
        if (logs.Count == 0) throw NotFound(name);
        return logs.LastOrDefault(log => !previous || LogEnds.HasEnded(log)) is { } newest
            ? LogSource.Of(newest)
            : throw new CommandException($"no process of {name} has ended yet", ExitCode.NotFound);
    }

    private static bool IsName(string text) => text is not ("" or "." or "..") && Path.GetFileName(text) == text;

    private bool Exists(ResourceKey replica) => Directory.Exists(Path.Combine(layout.Replicas, replica.Namespace, replica.Name));

    private CommandException NotFound(string name)
    {
        string[] known = [.. Names()];
        string hint = NearestName.Find(name, known) is { } nearest ? $"did you mean {nearest}?"
            : known.Length == 0 ? $"{layout.ReplicaLogs} holds none of this namespace"
            : "\"trireme get modelreplicas\" shows replicas";
        return new CommandException($"no service or replica \"{name}\" of namespace {@namespace} has a log; {hint}", ExitCode.NotFound);
    }
}
