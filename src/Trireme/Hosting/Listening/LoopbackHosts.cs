using Microsoft.AspNetCore.HostFiltering;

namespace Trireme.Hosting.Listening;

/// <summary>
/// Serves only requests addressed to this machine by name. A part without a login must not let another site's page in by a name of
/// that site which resolves to loopback.
/// </summary>
internal static class LoopbackHosts
{
    public static IServiceCollection AddLoopbackHosts(this IServiceCollection services) =>
        services.Configure<HostFilteringOptions>(filter =>
        {
            filter.AllowedHosts = ["localhost", "127.0.0.1", "[::1]"];

            // Browsers and Prometheus' clients send a host, and the dashboard cannot make its own address without one.
            filter.AllowEmptyHosts = false;
        });

    /// <summary>Answers requests to other hosts, and to none, with 400.</summary>
    public static void UseLoopbackHosts(this WebApplication app)
    {
        app.UseHostFiltering();
        app.Use((context, next) =>
        {
            // The filter looks at names only; a port such as 99999 makes no address either.
            if (Uri.TryCreate($"http://{context.Request.Host}", UriKind.Absolute, out _)) return next(context);
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return Task.CompletedTask;
        });
    }
}
