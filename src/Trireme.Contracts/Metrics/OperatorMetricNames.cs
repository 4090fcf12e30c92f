namespace Trireme.Contracts.Metrics;

/// <summary>Metrics of the operator: its control loops and the replicas it runs.</summary>
public static class OperatorMetricNames
{
    /// <summary>Counter; labels controller and result: done, requeued, conflict or error.</summary>
    public const string Reconciles = "trireme_operator_reconciles_total";

    /// <summary>Histogram; label controller.</summary>
    public const string ReconcileSeconds = "trireme_operator_reconcile_seconds";

    /// <summary>Gauge of keys that wait for a worker; label controller.</summary>
    public const string QueueDepth = "trireme_operator_queue_depth";

    /// <summary>Gauge of keys that wait for a time; label controller.</summary>
    public const string QueueDelayed = "trireme_operator_queue_delayed";

    /// <summary>Counter of engine processes started again after they ended by themselves; labels namespace and service.</summary>
    public const string ReplicaRestarts = "trireme_operator_replica_restarts_total";

    /// <summary>Counter of ended engine processes; label reason.</summary>
    public const string ReplicaExits = "trireme_operator_replica_exits_total";

    /// <summary>Counter of bytes of engines' logs that were removed to keep within their bounds.</summary>
    public const string ReplicaLogBytesRemoved = "trireme_operator_replica_log_bytes_removed_total";

    /// <summary>Counter of writes that the API server never reported back in time; label kind.</summary>
    public const string AssumptionsExpired = "trireme_operator_assumptions_expired_total";

    /// <summary>Gauge of the replicas that spec.scaling has decided on; labels namespace and service.</summary>
    public const string ScalingDesiredReplicas = "trireme_operator_scaling_desired_replicas";

    /// <summary>Counter of events that were not recorded because too many came at once.</summary>
    public const string EventsDropped = "trireme_operator_events_dropped_total";
}
