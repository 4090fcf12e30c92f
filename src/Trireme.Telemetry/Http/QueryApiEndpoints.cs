using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Telemetry.PromQL;
using Trireme.Telemetry.Queries;

namespace Trireme.Telemetry.Http;

public static class QueryApiEndpoints
{
    private delegate Task Handler<T>(T handlers, HttpContext context, ApiParameters parameters);

    /// <summary>
    /// Maps Prometheus' HTTP query API under <c>/api/v1</c>. The result takes conventions such as authorisation for all routes at once.
    /// </summary>
    public static IEndpointConventionBuilder MapTriremeQueryApi(this IEndpointRouteBuilder endpoints)
    {
        RouteGroupBuilder api = endpoints.MapGroup("/api/v1");
        Map<QueryHandlers>(api, "/query", static (handlers, context, parameters) => handlers.QueryAsync(context, parameters));
        Map<QueryHandlers>(api, "/query_range", static (handlers, context, parameters) => handlers.QueryRangeAsync(context, parameters));
        Map<SeriesHandlers>(api, "/series", static (handlers, context, parameters) => handlers.SeriesAsync(context, parameters));
        Map<SeriesHandlers>(api, "/labels", static (handlers, context, parameters) => handlers.LabelNamesAsync(context, parameters));
        Map<SeriesHandlers>(api, "/label/{name}/values", static (handlers, context, parameters) =>
            handlers.LabelValuesAsync(context, parameters));
        Map<SeriesHandlers>(api, "/metadata", static (handlers, context, parameters) => handlers.MetadataAsync(context, parameters));
        Map<StatusHandlers>(api, "/targets", static (handlers, context, parameters) => handlers.TargetsAsync(context, parameters));
        Map<StatusHandlers>(api, "/status/buildinfo", static (_, context, _) => StatusHandlers.BuildInfoAsync(context));
        Map<StatusHandlers>(api, "/status/tsdb", static (handlers, context, parameters) => handlers.StoreAsync(context, parameters));
        return api;
    }

    private static void Map<T>(RouteGroupBuilder api, string route, Handler<T> handler)
        where T : notnull =>
        api.MapMethods(route, [HttpMethods.Get, HttpMethods.Post], (RequestDelegate)(async context =>
        {
            try
            {
                ApiParameters parameters = await ApiParameters.ReadAsync(context.Request, context.RequestAborted);
                await handler(context.RequestServices.GetRequiredService<T>(), context, parameters);
            }
            catch (QueryException exception)
            {
                await ApiResponse.WriteErrorAsync(context, new QueryError(exception.Kind, exception.Message));
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // The client went away; nobody reads an answer.
            }
        }));
}
