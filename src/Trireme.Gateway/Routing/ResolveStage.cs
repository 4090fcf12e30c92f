using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Primitives;
using Trireme.Fleet.Routing;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Routing;

/// <summary>Looks the service up among those of the caller's namespace. Whether it is there is told after authorisation only.</summary>
internal sealed class ResolveStage(RoutingTable routes) : IRequestStage
{
    public string Name => "resolve";

    public ValueTask<GatewayError?> RunAsync(GatewayRequest request)
    {
        request.Tenant = routes.Current.Find(request.Caller!.Namespace);
        if (request.Route.Model == ModelLocation.None) return default;
        request.Model = request.Route.Model switch
        {
            ModelLocation.Body => request.Scan.ModelText(request.Body!.Span),
            ModelLocation.Kept => request.Kept!.Model,
            _ => request.Http.GetRouteValue(request.Route.PathValue) as string ?? "",
        };
        if (request.Tenant is null || !request.Tenant.TryFind(request.Model, out LiveService? service)) return default;
        request.Service = service;
        request.StickyKey = StickyKey(request, service);
        return default;
    }

    /// <summary>
    /// The service's header names the client, else the user field. Without either the requests are split one by one: the API key
    /// would not do, because all of an application's clients share one, and one key cannot be split.
    /// </summary>
    private static ulong StickyKey(GatewayRequest request, LiveService service)
    {
        StringValues header = request.Http.Request.Headers[service.Route.StickyHeader];
        if (header.Count > 0 && header[0] is { Length: > 0 } client) return TrafficSplit.KeyOf(client);
        ReadOnlySpan<byte> user = request.Body is { } body ? body.Span[request.Scan.User] : default;
        return user.IsEmpty ? (ulong)Random.Shared.NextInt64() : TrafficSplit.KeyOf(user);
    }
}
