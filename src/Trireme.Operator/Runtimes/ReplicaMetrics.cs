using Trireme.Contracts.Metrics;
using Trireme.Fleet.Replicas;

namespace Trireme.Operator.Runtimes;

/// <summary>Counts starts and ends of engines.</summary>
internal sealed class ReplicaMetrics
{
    private readonly Counter _restarts;
    private readonly Counter _exits;
    private readonly Counter.Series _logBytesRemoved;

    public ReplicaMetrics(MetricRegistry registry)
    {
        _restarts = registry.Counter(
            OperatorMetricNames.ReplicaRestarts, "Engines started again after they ended by themselves.", "namespace", "service");
        _exits = registry.Counter(OperatorMetricNames.ReplicaExits, "Ended engines by reason.", "reason");
        _logBytesRemoved = registry.Counter(
            OperatorMetricNames.ReplicaLogBytesRemoved, "Bytes of engines' logs removed to keep within their bounds.").With();

        // A rate over a series that appears with its first event misses that event.
        foreach (ExitReason reason in Enum.GetValues<ExitReason>()) _exits.With(reason.ToString());
    }

    public void Restarted(string @namespace, string service) => _restarts.With(@namespace, service).Add();

    public void LogRemoved(long bytes) => _logBytesRemoved.Add(bytes);

    public void Exited(ExitReason reason) => _exits.With(reason.ToString()).Add();
}
