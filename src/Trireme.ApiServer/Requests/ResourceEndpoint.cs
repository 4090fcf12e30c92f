using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Pods;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Reviews;
using Trireme.ApiServer.Watching;

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
    PodLogOperation podLog,
    ResponseWriter responses,
    ApiServerOptions options,
    ApiServerMetrics metrics)
{
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
        ResourceResponse response = await RunAsync(verb, request);
        await responses.WriteAsync(http, response);
        metrics.Answered(verb, request.Resource.QualifiedPlural, response.Code, options.Time.GetElapsedTime(started));
    }

    private async Task<ResourceResponse> RunAsync(string verb, ApiRequest request) => verb switch
    {
        "get" when request.Subresource == ApiRequest.ScaleSubresource => scale.Get(request),
        "update" or "patch" when request.Subresource == ApiRequest.ScaleSubresource => await scale.ChangeAsync(request),
        "get" when request.Subresource == PodKind.Log => await podLog.RunAsync(request),
        "get" => read.Get(request),
        "list" => read.List(request),
        "watch" => await watch.RunAsync(request),
        "create" when request.Resource.Virtual is { } kind => await review.RunAsync(request, kind),
        "create" => await create.RunAsync(request),
        "update" => await update.RunAsync(request),
        "patch" => await patch.RunAsync(request),
        "delete" => await delete.RunAsync(request),
        "deletecollection" => await delete.RunOnCollectionAsync(request),
        _ when request is { Subresource: "", Resource.Projection.Kind: { } kind } => StatusErrors.ReadOnly(kind.InsteadOfWriting),
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
