using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Trireme.Contracts.Metrics;

namespace Trireme.Telemetry;

public static class TelemetryServiceCollectionExtensions
{
    /// <summary>
    /// Adds the series store, the query engine and the scrape loop. Register an <see cref="Scraping.IScrapeTargets"/> for endpoints to
    /// scrape, any number of <see cref="Scraping.IMetricSource"/> for metrics of this process, and a <see cref="MetricRegistry"/> if the
    /// metrics of this part are to land in a registry that is shared.
    /// </summary>
    public static IServiceCollection AddTriremeTelemetry(this IServiceCollection services, TelemetryOptions options)
    {
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<MetricRegistry>();
        return services;
    }
}
