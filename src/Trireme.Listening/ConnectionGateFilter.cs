using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Trireme.Listening;

/// <summary>Tells a gate of every request, before anything else of the application sees it.</summary>
internal sealed class ConnectionGateFilter(ConnectionGate gate) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(RunAsync);
        next(app);
    };

    private async Task RunAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<GatedConnection>() is not { } connection)
        {
            await next(context);
            return;
        }

        gate.BeginRequest(connection);
        try
        {
            await next(context);
        }
        finally
        {
            gate.EndRequest(connection);
        }
    }
}
