using Trireme.Dashboard.Logs;
using Trireme.Hosting;

namespace Trireme.Logs;

/// <summary>Gives the dashboard the logs of replicas as the command line reads them.</summary>
internal sealed class DashboardLogs(DataFolderLayout layout) : IReplicaLogs
{
    public IReplicaLog Open(string @namespace, string replica, bool previous)
    {
        var selection = new LogSelection(layout, @namespace);
        return InWords<IReplicaLog>(() =>
        {
            selection.OfReplica(replica, previous);
            return new Log(new LogFollower(() => [selection.OfReplica(replica, previous)], since: null));
        });
    }

    /// <summary>What cannot be read is said with the command line's words.</summary>
    private static T InWords<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is CommandException or UnauthorizedAccessException)
        {
            throw new IOException(exception.Message, exception);
        }
    }

    private sealed class Log(LogFollower follower) : IReplicaLog
    {
        public IReadOnlyList<string> ReadLast(int lines) =>
            InWords<IReadOnlyList<string>>(() => [.. follower.Begin(lines, toEnd: false).Select(Text)]);

        public IReadOnlyList<string> ReadNew() => InWords<IReadOnlyList<string>>(() => [.. follower.More().Select(Text)]);

        private static string Text((string Name, string Line) line) => LogTimes.ToText(line.Line);
    }
}
