using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Fleet;
using Trireme.Dashboard.Orders;

namespace Trireme.Dashboard.Tests.Components;

/// <summary>Renders components over a real server's answers, with the services the host would give them.</summary>
internal sealed class DashboardContext : BunitContext
{
    public DashboardContext(FleetServer? server = null)
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddLogging();
        Services.AddSingleton(TimeProvider.System);
        if (server is not null)
        {
            Services.AddSingleton(server.Options);
            Services.AddSingleton<ApiClient>();
            Services.AddSingleton<TelemetryClient>();
            Services.AddSingleton<PlaygroundClient>();
            Services.AddSingleton<ServiceOrders>();
            Services.AddSingleton<FleetQueries>();
            Services.AddSingleton<FleetPoller>();
        }
    }
}
