using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Trireme.Operator;

public static class OperatorServiceCollectionExtensions
{
    /// <summary>
    /// Adds the operator as a hosted service. The container must also hold <see cref="Kubernetes.KubernetesConnection"/> (resolved
    /// when the operator starts, so it may be made by a service registered before), <see cref="Contracts.Metrics.MetricRegistry"/>
    /// and <see cref="ModelServices.IRolloutTelemetry"/>. At shutdown the operator drains every replica; the host's shutdown timeout
    /// must be longer than the longest drain timeout for streams to end by themselves.
    /// </summary>
    public static IServiceCollection AddTriremeOperator(this IServiceCollection services, OperatorOptions options)
    {
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddHostedService<OperatorService>();
        return services;
    }
}
