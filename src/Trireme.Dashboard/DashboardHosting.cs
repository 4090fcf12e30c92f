using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Trireme.Dashboard;

public static class DashboardHosting
{
    /// <summary>Adds the dashboard's pages and their clients.</summary>
    public static IServiceCollection AddTriremeDashboard(this IServiceCollection services, DashboardOptions options) =>
        services.AddSingleton(options);

    /// <summary>Maps the pages at the root of the application.</summary>
    public static IEndpointRouteBuilder MapTriremeDashboard(this IEndpointRouteBuilder endpoints) => endpoints;
}
