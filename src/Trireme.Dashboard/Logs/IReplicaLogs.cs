namespace Trireme.Dashboard.Logs;

/// <summary>Where the dashboard gets the logs of replicas from. The host binds it to what keeps them.</summary>
public interface IReplicaLogs
{
    /// <summary>Opens the log of a replica, also of one that is gone.</summary>
    /// <param name="namespace">The replica's namespace.</param>
    /// <param name="replica">Its name.</param>
    /// <param name="previous">True for the newest process that has ended instead of the newest.</param>
    /// <exception cref="IOException">There is none; the message says it to a person.</exception>
    IReplicaLog Open(string @namespace, string replica, bool previous);
}

/// <summary>A log that is being read.</summary>
public interface IReplicaLog
{
    /// <summary>The last lines that are there, at most so many.</summary>
    IReadOnlyList<string> ReadLast(int lines);

    /// <summary>Lines written since; also of a process that was started in between.</summary>
    IReadOnlyList<string> ReadNew();
}
