using Microsoft.AspNetCore.Routing;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>
/// Finds the response that an address names among those of the key. Another key's is not found, whatever the namespace: what was said is
/// nobody else's. Whether the key may still use the service that answered is asked behind it.
/// </summary>
internal sealed class RecallStage(IResponseStore store) : IRequestStage
{
    public string Name => "recall";

    public async ValueTask<GatewayError?> RunAsync(GatewayRequest request)
    {
        if (request.Route.Model != ModelLocation.Kept) return null;
        string id = request.Http.GetRouteValue(request.Route.PathValue) as string ?? "";
        try
        {
            request.Kept = await store.FindAsync(request.Caller!.Tenant, id, request.ClientLeft);
        }
        catch (IOException)
        {
            return GatewayErrors.KeptUnavailable;
        }

        return request.Kept is null ? GatewayErrors.ResponseNotFound(id.Length <= 100 ? id : id[..100] + "…") : null;
    }
}
