using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Metrics;
using Trireme.Telemetry.Http;
using Trireme.Telemetry.PromQL;
using Trireme.Telemetry.Queries;
using Trireme.Telemetry.Scraping;
using Trireme.Telemetry.Storage;
using Trireme.Telemetry.Storage.Head;

namespace Trireme.Telemetry;

public static class TelemetryServiceCollectionExtensions
{
    /// <summary>
    /// Adds the series store, the query engine and the scrape loop. Register an <see cref="IScrapeTargets"/> for endpoints to
    /// scrape, any number of <see cref="MetricSource"/> for metrics of this process, and a <see cref="MetricRegistry"/> if the
    /// metrics of this part are to land in a registry that is shared.
    /// </summary>
    public static IServiceCollection AddTriremeTelemetry(this IServiceCollection services, TelemetryOptions options)
    {
        options.ThrowIfInvalid();
        services.AddSingleton(options);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<MetricRegistry>();
        services.TryAddSingleton<IScrapeTargets, NoScrapeTargets>();
        services.AddSingleton<HeadMetrics>();
        services.AddSingleton<HeadStore>();
        services.TryAddSingleton<ISeriesReader>(static provider => provider.GetRequiredService<HeadStore>());
        services.TryAddSingleton<ISeriesAppenders>(static provider => provider.GetRequiredService<HeadStore>());
        services.AddHostedService<RetentionLoop>();
        services.AddSingleton<MetricMetadata>();
        services.AddSingleton<QueryMetrics>();
        services.TryAddSingleton<IQueryEngine, QueryEngine>();
        services.AddSingleton<ScrapeMetrics>();
        services.AddSingleton<ScrapeLoop>();
        services.AddHostedService(static provider => provider.GetRequiredService<ScrapeLoop>());
        services.TryAddSingleton<IAuthorizer, LoopbackAuthorizer>();
        services.AddSingleton<ApiGate>();
        services.AddSingleton<QueryHandlers>();
        services.AddSingleton<SeriesHandlers>();
        services.AddSingleton<StatusHandlers>();
        return services;
    }
}
