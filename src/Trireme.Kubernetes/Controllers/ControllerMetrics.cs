using Trireme.Contracts.Metrics;

namespace Trireme.Kubernetes;

/// <summary>Metrics of one controller. All series exist from the start, so that an alert on a rate never waits for a first event.</summary>
internal sealed class ControllerMetrics
{
    /// <summary>Seconds: reconciles read memory and write over loopback or a local network; the last bounds show a stuck one.</summary>
    private static readonly double[] SecondsBounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60];

    public ControllerMetrics(MetricRegistry registry, string controller, Func<double> depth, Func<double> delayed)
    {
        Counter reconciles = registry.Counter(
            OperatorMetricNames.Reconciles, "Reconciles by controller and result.", "controller", "result");
        Done = reconciles.With(controller, "done");
        Requeued = reconciles.With(controller, "requeued");
        Conflicts = reconciles.With(controller, "conflict");
        Errors = reconciles.With(controller, "error");
        Seconds = registry.Histogram(
            OperatorMetricNames.ReconcileSeconds, "Duration of a reconcile.", SecondsBounds, "controller").With(controller);
        registry.Gauge(OperatorMetricNames.QueueDepth, "Keys that wait for a worker.", "controller").With(controller).SetSource(depth);
        registry.Gauge(OperatorMetricNames.QueueDelayed, "Keys that wait for a time.", "controller").With(controller).SetSource(delayed);
    }

    public Counter.Series Done { get; }

    public Counter.Series Requeued { get; }

    public Counter.Series Conflicts { get; }

    public Counter.Series Errors { get; }

    public Histogram.Series Seconds { get; }
}
