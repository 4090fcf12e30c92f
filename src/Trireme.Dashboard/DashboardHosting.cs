using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.StaticAssets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Components;
using Trireme.Dashboard.Fleet;
using Trireme.Dashboard.Logs;
using Trireme.Dashboard.Orders;

namespace Trireme.Dashboard;

/// <summary>Puts the dashboard into a web application.</summary>
public static class DashboardHosting
{
    /// <summary>
    /// Adds the pages and their clients. The host must add an <see cref="IReplicaLogs"/>, and call UseStaticWebAssets on its web host, so
    /// that style sheets are found when the program runs from its build output. No page has inline scripts or styles.
    /// </summary>
    public static IServiceCollection AddTriremeDashboard(this IServiceCollection services, DashboardOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<ApiClient>();
        services.AddSingleton<TelemetryClient>();
        services.AddSingleton<PlaygroundClient>();
        services.AddSingleton<ServiceOrders>();
        services.AddSingleton<FleetQueries>();
        services.AddSingleton<FleetPoller>();
        services.AddRazorComponents().AddInteractiveServerComponents();
        return services;
    }

    /// <summary>Maps the pages at the root of the application.</summary>
    /// <param name="app">The application.</param>
    /// <param name="files">Adapts the routes of scripts, styles and pictures, which say nothing of a platform.</param>
    public static WebApplication MapTriremeDashboard(this WebApplication app, Action<IEndpointConventionBuilder>? files = null)
    {
        app.UseStatusCodePagesWithReExecute("/not-found");
        app.UseAntiforgery();
        StaticAssetsEndpointConventionBuilder assets = app.MapStaticAssets();
        files?.Invoke(assets);
        // The host says for all answers who may show them in a frame.
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(static mode => mode.ContentSecurityFrameAncestorsPolicy = null);
        return app;
    }
}
