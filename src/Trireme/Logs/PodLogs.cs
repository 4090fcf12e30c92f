using System.Runtime.CompilerServices;
using Trireme.ApiServer.Pods;
using Trireme.Hosting;
using Trireme.Kubernetes;
using Trireme.Operator.Runtimes.Processes;

namespace Trireme.Logs;

/// <summary>The logs of this machine's replicas for those who ask for them as for a Pod's: the lines that "trireme logs" shows.</summary>
internal sealed class PodLogs(DataFolderLayout layout, TimeProvider time) : IPodLogs
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    private readonly ReplicaLogStore _store = new(layout.ReplicaLogs);

    public IAsyncEnumerable<PodLogLine>? Open(PodLogRequest request, CancellationToken cancellationToken)
    {
        IReadOnlyList<ReplicaLog> logs = _store.In(new ResourceKey(request.Namespace, request.Name));
        ReplicaLog? log = request.Previous ? logs.LastOrDefault(LogEnds.HasEnded) : logs is [.., var newest] ? newest : null;
        return log is null ? null : ReadAsync(log, request, cancellationToken);
    }

    private async IAsyncEnumerable<PodLogLine> ReadAsync(
        ReplicaLog log, PodLogRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // What is in it when its end has been seen is all there is.
        var lines = new TimedLines { HaveEnded = LogEnds.HasEnded(log) };
        var reader = new LogReader(LogSource.Of(log), request.Since);
        IEnumerable<PodLogLine> present = reader.Read(tail: null, toEnd: lines.HaveEnded || !request.Follow).Select(lines.Next);
        foreach (PodLogLine line in request.Tail is { } count ? present.TakeLast(count) : present)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return line;
        }

        while (request.Follow && !lines.HaveEnded)
        {
            await Task.Delay(PollInterval, time, cancellationToken);

            // A process whose end nobody wrote down has a successor, or no log any more.
            lines.HaveEnded = _store.In(log.Replica) is not [.., var newest] || newest.File != log.File;
            foreach (string line in reader.ReadNew()) yield return lines.Next(line);
        }
    }

    /// <summary>Lines without a time, such as those of a stack trace, were written with the line before them.</summary>
    private sealed class TimedLines
    {
        private DateTimeOffset? _last;

        /// <summary>True once the last line has been read.</summary>
        public bool HaveEnded { get; set; }

        public PodLogLine Next(string line)
        {
            HaveEnded |= LogEnds.IsEnd(line);
            _last = LogTimes.Of(line) ?? _last;
            return new PodLogLine(_last, LogTimes.ToText(line));
        }
    }
}
