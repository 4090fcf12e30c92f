using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Trireme.Telemetry.Queries;

namespace Trireme.Telemetry.Http;

public static class QueryApiEndpoints
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Post];

    private delegate Task Handler<T>(T handlers, HttpContext context, ApiParameters parameters);

    /// <summary>
    /// Maps Prometheus' HTTP query API under <c>/api/v1</c>. Every route, known or not, identifies the caller, asks the
    /// <see cref="Contracts.Identity.IAuthorizer"/>, answers in JSON and is told to every <see cref="Contracts.Audit.IAuditSink"/>.
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
        api.Map("/{**path}", InGate(NotFoundAsync));
        return api;
    }

    private static void Map<T>(RouteGroupBuilder api, string route, Handler<T> handler)
        where T : notnull
    {
        api.MapMethods(route, Methods, InGate(async context =>
        {
            ApiParameters parameters = await ApiParameters.ReadAsync(context.Request, context.RequestAborted);
            await handler(context.RequestServices.GetRequiredService<T>(), context, parameters);
        }));
        api.Map(route, InGate(WrongMethodAsync));
    }

    private static RequestDelegate InGate(RequestDelegate handle) =>
        context => context.RequestServices.GetRequiredService<ApiGate>().RunAsync(context, handle);

    private static Task NotFoundAsync(HttpContext context) => ApiResponse.WriteErrorAsync(
        context,
        StatusCodes.Status404NotFound,
        "not_found",
        $"{context.Request.Path} is not part of the query API; see /api/v1/query, query_range, series, labels, metadata and targets");

    private static Task WrongMethodAsync(HttpContext context)
    {
        context.Response.Headers.Allow = string.Join(", ", Methods);
        return ApiResponse.WriteErrorAsync(
            context,
            StatusCodes.Status405MethodNotAllowed,
            ErrorTypes.Name(QueryErrorKind.BadData),
            $"{context.Request.Path} takes GET and POST, not {context.Request.Method}");
    }
}
