using Microsoft.AspNetCore.Http;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Admission;
using Trireme.Gateway.Forwarding;
using Trireme.Gateway.Identity;
using Trireme.Gateway.Limits;
using Trireme.Gateway.Routing;
using Trireme.Gateway.Shadowing;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Pipeline;

/// <summary>
/// A request's way through the gateway:
///   1. identify   who calls; before the body is read, so that an unknown caller costs no memory,
///   2. admit      the body: its size, its encoding, and what it asks for,
///   3. resolve    the service that is meant, and what keeps its client on one release,
///   4. authorize  the caller for that service; what is not his looks like what does not exist,
///   5. limit      what the key, the tenant and the service may use,
///   6. answer     through a replica: choose, ask, repeat elsewhere if need be, relay,
///   7. account    for how it ended, whatever ended it.
/// A stage that refuses ends the way at 7, and so does an exception, through the fence.
/// </summary>
internal sealed class GatewayPipeline(
    IdentifyStage identify,
    AdmitStage admit,
    ResolveStage resolve,
    AuthorizeStage authorize,
    LimitStage limit,
    ShadowCopies copies,
    Forwarder forwarder,
    RequestAccount account,
    ExceptionFence fence,
    TimeProvider time)
{
    private readonly IRequestStage[] _stages = [identify, admit, resolve, authorize, limit];

    public async Task RunAsync(HttpContext context, ApiRoute route)
    {
        using var request = new GatewayRequest(context, route, time.GetTimestamp(), RequestId.Assign(context));
        RequestOutcome? outcome = null;
        try
        {
            outcome = await AnswerAsync(request);
        }
        catch (Exception exception)
        {
            outcome = await fence.EndAsync(request, exception);
        }
        finally
        {
            // :: Step 7.
            outcome ??= request.Progress.Cut(context.Response.StatusCode, RequestEnd.Gateway);
            account.Close(request, outcome);
            request.Copy?.RequestEnded(outcome);
        }
    }

    private async Task<RequestOutcome> AnswerAsync(GatewayRequest request)
    {
        HttpRequest asked = request.Http.Request;
        if (request.Route is { Operation: ApiOperation.Refuse, Allow: { } allowed })
        {
            request.Http.Response.Headers.Allow = allowed;
            return await request.RefuseAsync(GatewayErrors.WrongMethod(asked.Method, asked.Path, allowed));
        }

        if (request.Route.Operation == ApiOperation.Refuse)
        {
            return await request.RefuseAsync(GatewayErrors.UnknownUrl(asked.Method, asked.Path));
        }

        // :: Steps 1 to 5.
        foreach (IRequestStage stage in _stages)
        {
            request.Stage = stage.Name;
            if (await stage.RunAsync(request) is { } refusal) return await request.RefuseAsync(refusal);
        }

        // :: Step 6.
        request.Stage = "answer";
        return request.Route.Operation switch
        {
            ApiOperation.ListModels => await ModelsAnswer.ListAsync(request),
            ApiOperation.GetModel => await ModelsAnswer.GetAsync(request),
            _ => await InferAsync(request),
        };
    }

    private Task<RequestOutcome> InferAsync(GatewayRequest request)
    {
        request.Copy = copies.Offer(request);
        return forwarder.ForwardAsync(request);
    }
}
