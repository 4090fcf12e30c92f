using Microsoft.AspNetCore.Builder;
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
    public static WebApplication MapTriremeDashboard(this WebApplication app)
    {
        app.UseStatusCodePagesWithReExecute("/not-found");
        app.UseAntiforgery();
        app.MapStaticAssets();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
        return app;
    }
}
