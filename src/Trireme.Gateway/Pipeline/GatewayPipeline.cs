using Microsoft.AspNetCore.Http;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Admission;
using Trireme.Gateway.Dialects;
using Trireme.Gateway.Dialects.Responses;
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
///   3. recall     the response that the address names, where it names one,
///   4. resolve    the service that is meant, and what keeps its client on one release,
///   5. authorize  the caller for that service; what is not his looks like what does not exist,
///   6. translate  what comes in another dialect; what is behind this sees a chat completion,
///   7. limit      what the key, the tenant and the service may use,
///   8. answer     through a replica: choose, ask, repeat elsewhere if need be, relay,
///   9. account    for how it ended, whatever ended it.
/// A stage that refuses ends the way at 9, and so does an exception, through the fence.
/// </summary>
internal sealed class GatewayPipeline(
    IdentifyStage identify,
    AdmitStage admit,
    RecallStage recall,
    ResolveStage resolve,
    AuthorizeStage authorize,
    TranslateStage translate,
    LimitStage limit,
    KeptAnswers kept,
    UsageAnswer usage,
    ShadowCopies copies,
    Forwarder forwarder,
    RequestAccount account,
    ExceptionFence fence,
    TimeProvider time)
{
    private readonly IRequestStage[] _stages = [identify, admit, recall, resolve, authorize, translate, limit];

    public async Task RunAsync(HttpContext context, ApiRoute route)
    {
        using var request = new GatewayRequest(context, route, time.GetTimestamp(), RequestId.Assign(context, route.Dialect));
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
            // :: Step 9.
            outcome ??= request.Progress.Cut(context.Response.StatusCode, RequestEnd.Gateway);
            account.Close(request, outcome);
            request.Copy?.RequestEnded(outcome);
        }
    }

    private async Task<RequestOutcome> AnswerAsync(GatewayRequest request)
    {
        if (request.Route.Operation == ApiOperation.Refuse) return await RefuseAsync(request);

        // :: Steps 1 to 7.
        foreach (IRequestStage stage in _stages)
        {
            request.Stage = stage.Name;
            if (await stage.RunAsync(request) is { } refusal) return await request.RefuseAsync(refusal);
        }

        // :: Step 8.
        request.Stage = "answer";
        return request.Route.Operation switch
        {
            ApiOperation.ListModels => await ModelsAnswer.ListAsync(request),
            ApiOperation.GetModel => await ModelsAnswer.GetAsync(request),
            ApiOperation.GetUsage => await usage.AnswerAsync(request),
            ApiOperation.Infer => await InferAsync(request),
            _ => await kept.AnswerAsync(request),
        };
    }

    private static Task<RequestOutcome> RefuseAsync(GatewayRequest request)
    {
        HttpRequest asked = request.Http.Request;
        if (request.Route.Reason is { } reason) return request.RefuseAsync(GatewayErrors.NotServed(asked.Path, reason));
        if (request.Route.Allow is not { } allowed) return request.RefuseAsync(GatewayErrors.UnknownUrl(asked.Method, asked.Path));
        request.Http.Response.Headers.Allow = allowed;
        return request.RefuseAsync(GatewayErrors.WrongMethod(asked.Method, asked.Path, allowed));
    }

    private Task<RequestOutcome> InferAsync(GatewayRequest request)
    {
        request.Copy = copies.Offer(request);
        return forwarder.ForwardAsync(request);
    }
}
