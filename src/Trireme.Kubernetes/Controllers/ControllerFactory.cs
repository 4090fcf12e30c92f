using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>Makes the controllers of one connection, over its one set of informers.</summary>
public sealed class ControllerFactory(InformerSet informers, MetricRegistry metrics, ILoggerFactory loggers, TimeProvider time)
{
    public InformerSet Informers { get; } = informers;

    /// <summary>Begins a controller of this kind, under the kind's plural name.</summary>
    public ControllerBuilder<T> For<T>()
        where T : class, IResource =>
        new(Informers, metrics, loggers, time);
}
