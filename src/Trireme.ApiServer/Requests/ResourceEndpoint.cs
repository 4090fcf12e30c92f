using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Reviews;
using Trireme.ApiServer.ServiceAccounts;
using Trireme.ApiServer.Tables;
using Trireme.ApiServer.Watching;
using Trireme.ApiServer.Workloads;

namespace Trireme.ApiServer.Requests;

/// <summary>Answers requests for objects: finds the verb and runs its operation.</summary>
internal sealed class ResourceEndpoint(
    ServedResources resources,
    ReadOperation read,
    WatchOperation watch,
    CreateOperation create,
    UpdateOperation update,
    PatchOperation patch,
    DeleteOperation delete,
    ScaleOperation scale,
    ReviewOperation review,
    PodOperations pods,
    ResponseWriter responses,
    AnswerTurns turns,
    ApiServerOptions options,
    ApiServerMetrics metrics,
    TokenRequestOperation? tokens = null)
{
    /// <summary>Bytes that the server takes from an answer whether or not its client reads.</summary>
    private const int LongAnswer = 64 * 1024;

    public async Task InvokeAsync(RequestState state)
    {
        HttpContext http = state.Http;
        long started = options.Time.GetTimestamp();
        if (ApiRequest.Resolve(http, state.Info, state.User, resources).Failed(out StatusError? error, out ApiRequest? request))
        {
            await responses.WriteAsync(http, error);
            metrics.Answered("none", "none", error.Code, options.Time.GetElapsedTime(started));
            return;
        }

        // A verb that is not served is the client's own text, which must not become a label.
        string verb = Serves(request, state.Info.Verb) ? state.Info.Verb : "none";
        // A client that could not read the answer must not have written. A log is text, which every client of logs takes.
        AcceptedForm? form = AcceptedForm.Json;
        if (!PodOperations.IsText(request) && AcceptedForm.Of(http.Request, verb == "watch").Failed(out error, out form))
        {
            await responses.WriteAsync(http, error);
            metrics.Answered(verb, request.Resource.MetricName, error.Code, options.Time.GetElapsedTime(started));
            return;
        }

        if (request.Resource.Custom?.Warning is { } warning) Warnings.Add(http.Response, warning);
        if (form != AcceptedForm.Json) request = request with { Form = form };
        ResourceResponse response = await RunAsync(verb, request);
        using IDisposable? turn = await TurnOfAsync(state, response);
        await responses.WriteAsync(http, response, form);
        metrics.Answered(verb, request.Resource.MetricName, response.Code, options.Time.GetElapsedTime(started));
    }

    /// <summary>
    /// What a write is answered with may be as large as what was read; reads have their turn already. It is written, and not every client
    /// wants to hear of it: one that holds too many answers hears no more.
    /// </summary>
    private async ValueTask<IDisposable?> TurnOfAsync(RequestState state, ResourceResponse response)
    {
        HttpContext http = state.Http;
        if (HttpMethods.IsGet(http.Request.Method) || ResponseWriter.LengthOf(response) <= LongAnswer) return null;
        IDisposable? turn = await turns.TryTakeAsync(state.User.Name, http.Abort, http.RequestAborted);
        if (turn is null) http.Abort();
        return turn;
    }

    private async Task<ResourceResponse> RunAsync(string verb, ApiRequest request) => verb switch
    {
        "get" or "create" when PodOperations.Takes(request) => await pods.RunAsync(request),
        "update" or "patch" or "delete" when request.FixedObject is { } kept => StatusErrors.ReadOnly(kept.InsteadOfWriting),
        "get" when request.Subresource == ApiRequest.ScaleSubresource => scale.Get(request),
        "update" or "patch" when request.Subresource == ApiRequest.ScaleSubresource => await scale.ChangeAsync(request),
        "get" => read.Get(request),
        "list" => read.List(request),
        "watch" => await watch.RunAsync(request),
        "create" when request.Subresource == TokenRequestOperation.Subresource => await tokens!.RunAsync(request),
        "create" when request.Resource.Virtual is { } kind => await review.RunAsync(request, kind),
        "create" => await create.RunAsync(request),
        "update" => await update.RunAsync(request),
        "patch" => await patch.RunAsync(request),
        "delete" => await delete.RunAsync(request),
        "deletecollection" => await delete.RunOnCollectionAsync(request),
        _ when request is { Subresource: "", Resource.InsteadOfWriting: { } instead } => StatusErrors.ReadOnly(instead),
        _ => StatusErrors.MethodNotAllowed(request.Http.Request.Method, request.Http.Request.Path),
    };

    /// <summary>Whether a verb fits what the path names.</summary>
    private static bool Serves(ApiRequest request, string verb)
    {
        bool collection = request.Name is null;
        bool allNamespaces = collection && request.Resource.Definition.Namespaced && request.Namespace.Length == 0;
        if (request.Resource.FindSubresource(request.Subresource) is { } subresource) return subresource.Verbs.Contains(verb);
        if (!request.Resource.Verbs.Contains(verb)) return false;
        return verb switch
        {
            "get" or "list" or "watch" => true,
            "create" or "deletecollection" => collection && !allNamespaces,
            _ => !collection,
        };
    }
}
