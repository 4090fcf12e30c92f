using Trireme.Gateway.Accounting;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Pipeline;

/// <summary>The gateway's own answer to a request.</summary>
internal static class GatewayRefusal
{
    /// <summary>Answers with the error in the caller's dialect.</summary>
    public static async Task<RequestOutcome> RefuseAsync(this GatewayRequest request, GatewayError error)
    {
        request.Progress.BytesToClient += await error.WriteAsync(request.Http, request.Route.Dialect);
        return request.ClientLeft.IsCancellationRequested
            ? request.Progress.ClientLeft()
            : request.Progress.Complete(error.Status, RequestEnd.Gateway);
    }
}
