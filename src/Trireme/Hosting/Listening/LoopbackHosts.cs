using Microsoft.AspNetCore.HostFiltering;

namespace Trireme.Hosting.Listening;

/// <summary>
/// Serves only requests addressed to this machine by name. A part without a login must not let another site's page in by a name of
/// that site which resolves to loopback.
/// </summary>
internal static class LoopbackHosts
{
    /// <summary>Registers the names that <c>UseHostFiltering</c> lets pass; anything else is answered with 400.</summary>
    public static IServiceCollection AddLoopbackHosts(this IServiceCollection services) =>
        services.Configure<HostFilteringOptions>(filter =>
        {
            filter.AllowedHosts = ["localhost", "127.0.0.1", "[::1]"];

            // Browsers and Prometheus' clients send a host, and the dashboard cannot make its own address without one.
            filter.AllowEmptyHosts = false;
        });
}
