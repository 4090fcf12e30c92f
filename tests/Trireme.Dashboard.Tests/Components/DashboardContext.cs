using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using MudBlazor.Services;
using Trireme.Dashboard.Clients;
using Trireme.Dashboard.Fleet;

namespace Trireme.Dashboard.Tests.Components;

/// <summary>Renders components over a real server's answers, with the services the host would give them.</summary>
internal sealed class DashboardContext : BunitContext
{
    public DashboardContext(FleetServer? server = null)
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddMudServices();
        Services.AddLogging();
        Services.AddSingleton(TimeProvider.System);
        if (server is not null)
        {
            Services.AddSingleton(server.Options);
            Services.AddSingleton<ApiClient>();
            Services.AddSingleton<TelemetryClient>();
            Services.AddSingleton<PlaygroundClient>();
            Services.AddSingleton<FleetQueries>();
            Services.AddSingleton<FleetPoller>();
        }

        Render<MudPopoverProvider>();
    }
}
